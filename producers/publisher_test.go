package producers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assayhq/assay/schemas"
)

func TestFaultsKeepOrderAndLoseNothing(t *testing.T) {
	const keys, perKey, partitions = 8, 100, 3
	b := startBroker(t, partitions)
	rng, mu := rand.New(rand.NewPCG(1, 2)), sync.Mutex{}
	dice := func(n int) int { mu.Lock(); defer mu.Unlock(); return rng.IntN(n) }
	for _, e := range []*kerr.Error{kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.UnknownServerError,
		kerr.RequestTimedOut, kerr.NotEnoughReplicasAfterAppend} { // the last two are answered though the batch was written
		b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: e, Count: -1, When: func(kmsg.Request) bool { return dice(25) == 0 }})
	}
	b.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		return nil, errors.New("cut"), dice(25) == 0
	})
	p := b.publisher(t, 0)
	var wg sync.WaitGroup
	for key := range keys {
		wg.Go(func() {
			for i := range perKey {
				e := codeEvent(fmt.Sprint("file", key), fmt.Sprintf("%d/%d", key, i))
				publish := p.Publish
				if i%25 == 0 {
					publish = p.PublishSync
				}
				if err := publish(t.Context(), e); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	next, repeats := map[string]int{}, 0
	for partition := range partitions {
		for _, m := range b.read(t, "assistant.code", partition) {
			i := 0
			if _, err := fmt.Sscanf(m.id[strings.IndexByte(m.id, '/')+1:], "%d", &i); err != nil {
				t.Fatal(err)
			}
			switch want := next[m.key]; {
			case i == want:
				next[m.key]++
			case i < want:
				repeats++
			default:
				t.Fatalf("%s: event %d before event %d", m.key, i, want)
			}
		}
	}
	for key := range keys {
		if n := next[fmt.Sprint("file", key)]; n != perKey {
			t.Errorf("key %d: %d of %d events", key, n, perKey)
		}
	}
	if repeats == 0 {
		t.Error("no fault after a write happened: the test shows nothing")
	}
}

func TestEventsArriveAsPublished(t *testing.T) {
	b := startBroker(t, 1)
	p := b.publisher(t, 0)
	e := codeEvent("file", "")
	if err := p.PublishSync(t.Context(), e, codeEvent("file", "mine")); err != nil {
		t.Fatal(err)
	}
	messages := b.read(t, "assistant.code", 0)
	if len(messages) != 2 || messages[1].id != "mine" {
		t.Fatalf("%+v", messages)
	}
	if len(e.EventID) != 36 || e.EventID[14] != '7' || messages[0].id != e.EventID || messages[0].key != "file" {
		t.Errorf("event %q, header %q, key %q", e.EventID, messages[0].id, messages[0].key)
	}
	decoded, err := schemas.NewDecoder(b.registry).Decode(t.Context(), e.Record(), messages[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	if got := decoded.(*schemas.CodeEvent); got.EventID != e.EventID || got.Kind != e.Kind || got.OccurredAt.UnixMilli() != e.OccurredAt.UnixMilli() {
		t.Errorf("got %+v, want %+v", got, e)
	}
}

func TestAFullBufferBlocksUntilThereIsRoomOrCtxEnds(t *testing.T) {
	b := startBroker(t, 1)
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	b.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		select {
		case arrived <- struct{}{}:
		default:
		}
		b.SleepControl(func() { <-release })
		return nil, nil, false
	})
	p := b.publisher(t, MaxRecordBytes)
	big := func() *schemas.CodeEvent { e := codeEvent("file", "big"); e.Sealed = make([]byte, 500_000); return e }
	if err := p.Publish(t.Context(), big()); err != nil {
		t.Fatal(err)
	}
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	blocked := make(chan error, 1)
	go func() { blocked <- p.Publish(ctx, big()) }()
	cancel()
	if err := <-blocked; !errors.Is(err, context.Canceled) {
		t.Errorf("full buffer: %v", err)
	}
	go func() { blocked <- p.Publish(t.Context(), big()) }()
	close(release)
	if err := <-blocked; err != nil {
		t.Errorf("with room: %v", err)
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.read(t, "assistant.code", 0)); n != 2 {
		t.Errorf("%d events, want 2: the one whose publisher gave up was not accepted", n)
	}
}

func TestCloseFlushes(t *testing.T) {
	b := startBroker(t, 2)
	p := b.publisher(t, 0)
	for i := range 1000 {
		if err := p.Publish(t.Context(), codeEvent(fmt.Sprint(i), "")); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.read(t, "assistant.code", 0)) + len(b.read(t, "assistant.code", 1)); n != 1000 {
		t.Errorf("%d of 1000 events", n)
	}
	if err := p.Publish(t.Context(), codeEvent("file", "")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestSendWritesRecordsAsTheyAre(t *testing.T) {
	b := startBroker(t, 3)
	p := b.publisher(t, 0)
	records := []Record{
		{Topic: "assistant.chat", Partition: 2, Key: []byte("k"), Value: []byte("v"), Headers: []kafka.Header{{Key: "h", Value: []byte("1")}}},
		{Topic: "assistant.chat", Partition: 2, Key: []byte("k"), Value: nil},
		{Topic: "assistant.chat", Partition: 2, Key: []byte{}, Value: []byte{}},
	}
	if err := p.Send(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	got := b.read(t, "assistant.chat", 2)
	if len(got) != len(records) {
		t.Fatalf("%d records", len(got))
	}
	for i, m := range got {
		if string(m.Key) != string(records[i].Key) || (m.Value == nil) != (records[i].Value == nil) || string(m.Value) != string(records[i].Value) ||
			len(m.Headers) != len(records[i].Headers) {
			t.Errorf("record %d: %+v", i, m.Message)
		}
	}
	if err := p.Send(t.Context(), []Record{{Topic: "assistant.chat", Partition: 3}}); err == nil || !strings.Contains(err.Error(), "no partition 3") {
		t.Errorf("got %v", err)
	}
	if err := p.Send(t.Context(), nil); err != nil {
		t.Errorf("nothing to send: %v", err)
	}
}

func TestWhatNobodyWaitsForIsWithdrawn(t *testing.T) {
	b := startBroker(t, 1)
	faults := b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: -1})
	p := b.publisher(t, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.PublishSync(ctx, codeEvent("file", "abandoned")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	faults.Remove()
	if err := p.PublishSync(t.Context(), codeEvent("file", "kept")); err != nil {
		t.Fatal(err)
	}
	if got := b.read(t, "assistant.code", 0); len(got) != 1 || got[0].id != "kept" {
		t.Errorf("%+v", got)
	}
}

func TestBatchesThatAreTooLargeAreSplit(t *testing.T) {
	b := startBroker(t, 1)
	const most = 5
	b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.MessageTooLarge, Count: -1, When: func(r kmsg.Request) bool {
		var batch kmsg.RecordBatch
		return batch.ReadFrom(r.(*kmsg.ProduceRequest).Topics[0].Partitions[0].Records) == nil && batch.NumRecords > most
	}})
	p := b.publisher(t, 0)
	var events []schemas.Event
	for i := range 37 {
		events = append(events, codeEvent("file", fmt.Sprint(i)))
	}
	if err := p.PublishSync(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	got := b.read(t, "assistant.code", 0)
	if len(got) != len(events) {
		t.Fatalf("%d of %d events", len(got), len(events))
	}
	for i, m := range got {
		if m.id != fmt.Sprint(i) {
			t.Fatalf("event %s at %d", m.id, i)
		}
	}
}

// Vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2 (Apache Kafka), as Java's partitioner uses them.
func TestPartitionsAreJavas(t *testing.T) {
	for key, hash := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		for _, n := range []int32{1, 3, 6, 100} {
			partitions := make([]int, n)
			for i := range partitions {
				partitions[i] = i
			}
			want := int((hash & 0x7fffffff) % n)
			if got := balancer.Balance(kafka.Message{Key: []byte(key)}, partitions...); got != want {
				t.Errorf("%q of %d: partition %d, want %d", key, n, got, want)
			}
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	broker := startBroker(b, 6)
	p := broker.publisher(b, 0)
	events := make([]schemas.Event, 600)
	for i := range events {
		e := codeEvent(fmt.Sprint("file", i), fmt.Sprint("0192d4c0-0000-7000-8000-00000000", i))
		e.Sealed = make([]byte, 600)
		for j := range e.Sealed {
			e.Sealed[j] = byte(rand.Uint32())
		}
		events[i] = e
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := p.Publish(b.Context(), events[i%len(events)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	if err := p.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
