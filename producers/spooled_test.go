package producers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// A program starts without Kafka, ends without it, and the next one delivers what it left, before what it publishes itself.
func TestAnOfflineStart(t *testing.T) {
	o, dir := startOutage(t), t.TempDir()
	o.stop()
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	for run := range 2 {
		p, err := New(Config{Client: o.client, Registry: o.registry, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.OpenSpool(SpoolConfig{Dir: dir, MaxBytes: 1 << 20, AckWait: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids(20)[run*10:][:10] {
			e := codeEvent("file", id)
			payload := schemas.Payload{Code: "kanari()"}
			if e.Sealed, e.SealKeyID, err = keys.Seal(e.Org, e.OccurredAt, payload.Marshal(), []byte(id)); err != nil {
				t.Fatal(err)
			}
			if err := s.PublishSync(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if s.Pending() == 0 {
			t.Error("nothing is on the disk")
		}
		if err := errors.Join(s.Close(), p.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		if err := s.PublishSync(t.Context(), codeEvent("file", "late")); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%q %v", files, err)
	}
	for _, path := range files {
		if content, err := os.ReadFile(path); err != nil || bytes.Contains(content, []byte("kanari")) {
			t.Errorf("%s: sealed code stands there in clear, or %v", path, err)
		}
	}
	o.start()
	s := o.openSpool(t, SpoolConfig{Dir: dir})
	nameless := codeEvent("file", "")
	if err := s.PublishSync(t.Context(), nameless); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	if got, want := o.published()["file"], append(ids(20), nameless.EventID); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Kafka goes away under load and comes back, twice: whatever was accepted is published, in order within its key.
func TestKafkaIsLostMidway(t *testing.T) {
	o := startOutage(t)
	s := o.openSpool(t, SpoolConfig{Dir: t.TempDir(), AckWait: 200 * time.Millisecond})
	const clients = 4
	accepted := make([][]string, clients)
	loading, stopLoad := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for c := range clients {
		load.Go(func() {
			for n := 0; loading.Err() == nil; n++ {
				id := fmt.Sprintf("%d/%06d", c, n)
				if err := s.PublishSync(t.Context(), codeEvent(fmt.Sprint("file", c), id)); err != nil {
					t.Error(err)
					return
				}
				accepted[c] = append(accepted[c], id)
			}
		})
	}
	for range 2 {
		o.stop()
		eventually(t, "events are kept on the disk", func() bool { return s.Pending() > 50_000 })
		o.start()
		eventually(t, "the disk is left under load", func() bool { return s.Pending() == 0 })
	}
	stopLoad()
	load.Wait()
	flush(t, s)
	published := o.published()
	for c := range clients {
		if got := published[fmt.Sprint("file", c)]; !slices.Equal(got, accepted[c]) {
			t.Errorf("client %d: %d accepted, %d published, or in another order", c, len(accepted[c]), len(got))
		}
	}
}

// Without room the caller is told, nothing that was accepted makes way, and there is room again when Kafka is back.
func TestTheSpoolIsFull(t *testing.T) {
	o := startOutage(t)
	o.stop()
	s := o.openSpool(t, SpoolConfig{Dir: t.TempDir(), MaxBytes: 4 << 10, AckWait: 50 * time.Millisecond})
	var accepted []string
	var err error
	for _, id := range ids(1000) {
		if err = s.PublishSync(t.Context(), codeEvent("file", id)); err != nil {
			break
		}
		accepted = append(accepted, id)
	}
	if !errors.Is(err, spool.ErrFull) || len(accepted) == 0 || s.Pending() > 4<<10 {
		t.Fatalf("%d accepted, %d bytes on the disk, %v", len(accepted), s.Pending(), err)
	}
	o.start()
	flush(t, s)
	if err := s.PublishSync(t.Context(), codeEvent("file", "last")); err != nil {
		t.Fatal(err)
	}
	if got := o.published()["file"]; !slices.Equal(got, append(accepted, "last")) {
		t.Errorf("got %q", got)
	}
}

// A deadline leaves time for the disk, and what never passes is refused in an outage, too, all of its call.
func TestAnOutageWithinADeadline(t *testing.T) {
	o := startOutage(t)
	o.stop()
	s := o.openSpool(t, SpoolConfig{Dir: t.TempDir()})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	large := codeEvent("file", "large")
	large.Sealed = make([]byte, MaxRecordBytes)
	for _, c := range []struct {
		e    *schemas.CodeEvent
		want error
	}{{codeEvent("", "invalid"), ErrInvalid}, {large, ErrTooLarge}} {
		if err := s.PublishSync(ctx, codeEvent("file", "good"), c.e); !errors.Is(err, c.want) || s.Pending() != 0 {
			t.Errorf("%s: %v, %d bytes on the disk", c.e.EventID, err, s.Pending())
		}
	}
	for range 2 { // the second waits for nothing
		if err := errors.Join(s.PublishSync(ctx, codeEvent("file", "good")), s.PublishSync(ctx)); err != nil || s.Pending() == 0 {
			t.Errorf("%v, %d bytes on the disk", err, s.Pending())
		}
	}
	o.start()
	flush(t, s)
}

// What the brokers refuse for good stands aside and doesn't hold up the rest.
func TestARefusedEventStandsAside(t *testing.T) {
	b, dir := startBroker(t, 1), t.TempDir()
	down := true
	var mu sync.Mutex
	b.ControlKey(int16(kmsg.Metadata), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		return nil, errors.New("cut"), down
	})
	s := b.openSpool(t, SpoolConfig{Dir: dir, AckWait: 50 * time.Millisecond})
	for _, id := range ids(5) {
		if err := s.PublishSync(t.Context(), codeEvent("file", id)); err != nil {
			t.Fatal(err)
		}
	}
	b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidRecord, Count: 2}) // all together, and the first alone
	mu.Lock()
	down = false
	mu.Unlock()
	flush(t, s)
	var got []string
	for _, m := range b.read(t, "assistant.code", 0) {
		got = append(got, m.id)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, "refused-*"))
	if len(aside) != 1 || len(got) != 4 {
		t.Fatalf("%q aside, %q published", aside, got)
	}
	entry, err := os.ReadFile(aside[0])
	if err != nil {
		t.Fatal(err)
	}
	events, err := decodeEvents(t.Context(), entry)
	if err != nil || len(events) != 1 || slices.Contains(got, events[0].Env().EventID) {
		t.Errorf("%v aside, %v", events, err)
	}
}
