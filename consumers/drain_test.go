package consumers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

var errBadRow, errBusy, errGone = errors.New("bad row"), errors.New("busy"), errors.New("no such table")

// sink is a store with ClickHouse's rule: equal tokens are one insert. It insists that equal tokens mean equal rows.
type sink struct {
	t     testing.TB
	mu    sync.Mutex
	rng   *rand.Rand
	seen  map[string][]string // token -> ids
	rows  map[string]int      // id -> count
	fails func(ids []string) error
}

func newSink(t testing.TB) *sink {
	return &sink{t: t, rng: rand.New(rand.NewPCG(1, 2)), seen: map[string][]string{}, rows: map[string]int{}}
}

func (s *sink) Write(ctx context.Context, b Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Clone(b.Columns.Slices()[0].([]string))
	if len(ids) != len(b.Offsets) || len(ids) != len(b.LogTimes) {
		s.t.Errorf("%d rows, %d offsets, %d times", len(ids), len(b.Offsets), len(b.LogTimes))
	}
	if s.fails != nil {
		if err := s.fails(ids); err != nil {
			return err
		}
	}
	token := fmt.Sprintf("%s/%d/%d-%d/%s", b.Topic, b.Partition, b.From, b.To, b.Version)
	if old, there := s.seen[token]; there {
		if !slices.Equal(old, ids) {
			s.t.Errorf("token %s: %d rows the first time, %d now", token, len(old), len(ids))
		}
	} else {
		s.seen[token] = slices.Clone(ids)
		for _, id := range ids {
			s.rows[id]++
		}
	}
	if s.rng.IntN(3) == 0 { // written, but the writer doesn't learn of it
		return errBusy
	}
	return ctx.Err()
}

func (s *sink) Judge(err error) Verdict {
	switch {
	case errors.Is(err, errBadRow):
		return Reject
	case errors.Is(err, errGone):
		return Halt
	}
	return Retry
}

func (s *sink) service() Service {
	return NewDrain(topology.Service{Name: "sink", Inputs: []string{"assistant.chat"}, Doc: "test"}, s)
}

func TestDrainWritesEveryEventOnceOverCrashes(t *testing.T) {
	const n, rounds = 3000, 6
	s := newSink(t)
	b := newBench(t, s.service())
	crash := b.config.Tuning
	crash.DrainDeadline, crash.FlushEvery, crash.FlushRows = 1, time.Millisecond, 50
	for round := range rounds {
		part := prompts(n)[round*n/rounds : (round+1)*n/rounds]
		b.publish(part...)
		b.publish(part[:50]...) // repeats
		stop := b.start(s.service(), crash)
		before := len(s.snapshot())
		for len(s.snapshot()) == before {
			time.Sleep(time.Millisecond) // until it is in the middle of it
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	b.untilDrained(s.service())
	rows := s.snapshot()
	for i := range n {
		if got := rows[prompt(i).EventID]; got != 1 {
			t.Errorf("%s is there %d times", prompt(i).EventID, got)
		}
	}
	if len(rows) != n {
		t.Errorf("%d ids, want %d", len(rows), n)
	}
}

func (s *sink) snapshot() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.rows)
}

func TestARejectedBatchIsSplitUntilBadRowsStandAlone(t *testing.T) {
	s := newSink(t)
	bad := map[string]bool{prompt(3).EventID: true, prompt(77).EventID: true}
	s.fails = func(ids []string) error {
		if slices.ContainsFunc(ids, func(id string) bool { return bad[id] }) {
			return errBadRow
		}
		return nil
	}
	b := newBench(t, s.service())
	b.publish(prompts(200)...)
	b.untilDrained(s.service())
	if rows := s.snapshot(); len(rows) != 198 {
		t.Errorf("%d rows, want the 198 good ones", len(rows))
	}
	letters := b.read(topology.DeadLetters)
	for _, e := range letters {
		if l := e.(*schemas.DeadLetter); l.Kind != schemas.DeadLetterRejectedBySink || l.Service != "sink" || l.Org != "acme" {
			t.Errorf("got %+v", l)
		}
	}
	if len(letters) != 2 {
		t.Errorf("%d letters, want 2", len(letters))
	}
}

func TestASinkThatNeedsAPersonEndsTheService(t *testing.T) {
	s := newSink(t)
	s.fails = func([]string) error { return errGone }
	b := newBench(t, s.service())
	b.publish(prompt(1))
	r, err := New(s.service(), b.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); !errors.Is(err, errGone) {
		t.Errorf("Run returned %v", err)
	}
}

func TestIntentSurvivesItsText(t *testing.T) {
	for _, i := range []intent{{0, "1"}, {1 << 60, "2/x"}} {
		if got, ok := parseIntent(i.String()); !ok || got != i {
			t.Errorf("%v became %v, %v", i, got, ok)
		}
	}
	for _, s := range []string{"", "hello", intentPrefix, intentPrefix + "5", intentPrefix + "5/", intentPrefix + "-5/1", intentPrefix + "x/1"} {
		if _, ok := parseIntent(s); ok {
			t.Errorf("%q is taken for an intent", s)
		}
	}
}
