package partlog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assayhq/assay/topology/local/localtest"
	"github.com/assayhq/assay/topology/partlog"
)

func TestAbortedTransactionsAreNotRead(t *testing.T) {
	broker := localtest.Start(t)
	client := localtest.Client(t, broker.Cluster())
	const topic = "assistant.chat"
	producer, err := kgo.NewClient(kgo.SeedBrokers(broker.Cluster().Brokers...), kgo.TransactionalID("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	send := func(value string, end kgo.TransactionEndTry) {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: fmt.Append(nil, value, i)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	send("a", kgo.TryCommit)
	send("b", kgo.TryAbort)
	send("c", kgo.TryCommit)

	r, err := partlog.NewReader(broker.Cluster(), client, topic, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, end, err := r.Bounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for next := int64(0); next < end; {
		c, err := r.Fetch(t.Context(), next, 1<<20, 100*time.Millisecond)
		if err != nil || c.Missing != 0 {
			t.Fatalf("missing %d, %v", c.Missing, err)
		}
		for _, rec := range c.Records {
			got = append(got, string(rec.Value))
		}
		next = c.Next
	}
	if want := "[a0 a1 a2 c0 c1 c2]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestFetchSaysWhatIsWrong(t *testing.T) {
	broker := localtest.Start(t)
	client := localtest.Client(t, broker.Cluster())
	r, err := partlog.NewReader(broker.Cluster(), client, "assistant.chat", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var gone *partlog.OutOfRangeError
	if _, err := r.Fetch(t.Context(), 7, 1<<20, 0); !errors.As(err, &gone) || gone.Start != 0 || gone.End != 0 {
		t.Errorf("beyond the end: %v", err)
	}
	none, err := partlog.NewReader(broker.Cluster(), client, "assistant.chat", 99)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Fetch(t.Context(), 0, 1<<20, 0); !errors.Is(err, kafka.UnknownTopicOrPartition) {
		t.Errorf("unknown partition: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	if _, err := r.Fetch(ctx, 0, 1<<20, time.Minute); !errors.Is(err, context.Canceled) || time.Since(began) > 10*time.Second {
		t.Errorf("cancelled: %v after %v", err, time.Since(began))
	}
	if c, err := r.Fetch(t.Context(), 0, 1<<20, 0); err != nil || c.Next != 0 { // on a new connection
		t.Errorf("after a cancelled one: %+v, %v", c, err)
	}
}
