package producers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// partitions is what Publisher promises of brokers that fail: within a partition a call's events are written up to the first
// that fails, and that one may have been written, too.
type partitions struct {
	written map[string][]string // by key, each its own partition
	fails   func() bool         // drawn for every event
	cut     func() bool         // whether a failed one was written
}

func (p *partitions) PublishSync(_ context.Context, events ...schemas.Event) error {
	failed := map[string]error{}
	for _, e := range events {
		key := e.Key()
		switch {
		case failed[key] != nil:
		case e.(*schemas.CodeEvent).Model == "never passes":
			failed[key] = ErrRefused
		case p.fails():
			failed[key] = errors.New("away")
			if p.cut() {
				p.written[key] = append(p.written[key], e.Env().EventID)
			}
		default:
			p.written[key] = append(p.written[key], e.Env().EventID)
		}
	}
	for _, err := range failed {
		return err
	}
	return nil
}

// Whatever fails, and however often the program ends: what was accepted is written in the order of the calls within its key,
// first appearances counting, or stands aside if it never passes.
func TestOrderProperty(t *testing.T) {
	metrics, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		dir := filepath.Join(dir, fmt.Sprint(run))
		away := false
		kafka := &partitions{written: map[string][]string{}, fails: func() bool { return away && rapid.IntRange(0, 3).Draw(r, "fails") > 0 }, cut: func() bool { return rapid.Bool().Draw(r, "cut") }}
		var s *SpooledPublisher
		open := func() {
			kept, err := spool.Open(spool.Config{Dir: dir, MaxBytes: 2000, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
			if err != nil {
				r.Fatal(err)
			}
			s = newSpooled(&Publisher{log: slog.New(slog.DiscardHandler), metrics: metrics}, kept, time.Second)
			s.publisher, s.portion = kafka, 300
		}
		open()
		defer func() { _ = s.spool.Close() }()
		accepted, refused, n := map[string][]string{}, map[string]bool{}, 0
		r.Repeat(map[string]func(*rapid.T){
			"publish": func(r *rapid.T) {
				var events []schemas.Event
				for range rapid.IntRange(1, 4).Draw(r, "events") {
					n++
					e := codeEvent(rapid.SampledFrom([]string{"a", "b"}).Draw(r, "key"), fmt.Sprintf("%05d", n))
					if rapid.IntRange(0, 9).Draw(r, "bad") == 0 {
						e.Model = "never passes"
					}
					events = append(events, e)
				}
				switch err := s.PublishSync(t.Context(), events...); {
				case err == nil:
					for _, e := range events {
						if e.(*schemas.CodeEvent).Model != "" {
							refused[e.Env().EventID] = true
						} else {
							accepted[e.Key()] = append(accepted[e.Key()], e.Env().EventID)
						}
					}
				case !errors.Is(err, spool.ErrFull) && !errors.Is(err, ErrRefused):
					r.Fatal(err)
				}
			},
			"kafka leaves or returns": func(r *rapid.T) { away = !away },
			"replay": func(r *rapid.T) {
				if s.spool.Pending() > 0 {
					_ = s.advance(t.Context()) // the caller tries again
				}
			},
			"restart": func(r *rapid.T) {
				if err := s.spool.Close(); err != nil {
					r.Fatal(err)
				}
				open()
			},
		})
		away = false
		for s.spool.Pending() > 0 {
			if err := s.advance(t.Context()); err != nil {
				r.Fatal(err)
			}
		}
		for key, want := range accepted {
			var got []string
			for _, id := range kafka.written[key] {
				if slices.Contains(want, id) && !slices.Contains(got, id) {
					got = append(got, id)
				}
			}
			if !slices.Equal(got, want) {
				r.Errorf("key %s: %v was accepted, %v is written: %v", key, want, got, kafka.written[key])
			}
		}
		files, _ := filepath.Glob(filepath.Join(dir, "refused-*"))
		for _, path := range files {
			entry, err := os.ReadFile(path)
			if err != nil {
				r.Fatal(err)
			}
			events, err := decodeEvents(t.Context(), entry)
			if err != nil || len(events) != 1 {
				r.Fatal(len(events), err)
			}
			delete(refused, events[0].Env().EventID)
		}
		if len(refused) > 0 {
			r.Errorf("accepted, and neither written nor aside: %v", refused)
		}
	})
}
