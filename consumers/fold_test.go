package consumers

import (
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

type tally struct{ N, Last int }

// tallying emits a running number per conversation, and forgets a conversation at every tenth prompt.
func tallying(s *tally, in Input) (*tally, []schemas.Event, error) {
	e := in.Event.(*schemas.ChatEvent)
	next := tally{N: 1, Last: int(e.Turn.Value)}
	if s != nil {
		next.N += s.N
	}
	out := []schemas.Event{&schemas.Outcome{
		Envelope: schemas.Envelope{EventID: schemas.DerivedID(e.EventID, "tally"), OccurredAt: e.OccurredAt, Source: "tally", Org: e.Org},
		Kind:     schemas.OutcomeSuccess, Domain: e.ConversationID, Signal: fmt.Sprint(next.N), CausedBy: e.EventID,
	}}
	if next.N == 10 {
		return nil, out, nil
	}
	return &next, out, nil
}

var tallyService = NewFold(topology.Service{Name: "tally", Inputs: []string{"assistant.chat"}, Outputs: []string{"quality.outcomes"}, Doc: "test"}, tallying)

// wantTally computes what tallying says of every prompt without the runtime.
func wantTally(n int) map[string]string {
	want, state := map[string]string{}, map[string]*tally{}
	for i := range n {
		e := prompt(i)
		next, out, _ := tallying(state[e.ConversationID], Input{Event: e})
		state[e.ConversationID] = next
		o := out[0].(*schemas.Outcome)
		want[o.EventID] = o.Signal
	}
	return want
}

func TestFoldKeepsStateOverCrashes(t *testing.T) {
	const n = 2000
	b := newBench(t, tallyService)
	crash := b.config.Tuning
	crash.DrainDeadline = 1 // everything in flight is abandoned wherever it is
	for from := 0; from < n; from += n / 5 {
		b.publish(prompts(n)[from : from+n/5]...)
		stop := b.start(tallyService, crash)
		for len(b.read("quality.outcomes")) < from+1 { // it is at work
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	b.untilDrained(tallyService)

	got := map[string]string{}
	for _, e := range b.read("quality.outcomes") {
		o := e.(*schemas.Outcome)
		if old, repeat := got[o.EventID]; repeat && old != o.Signal {
			t.Fatalf("%s was %s and is %s when derived again", o.CausedBy, old, o.Signal)
		}
		got[o.EventID] = o.Signal
	}
	want := wantTally(n)
	if len(got) != len(want) {
		t.Errorf("%d outcomes, want %d", len(got), len(want))
	}
	for id, signal := range want {
		if got[id] != signal {
			t.Errorf("%s: got %q, want %q", id, got[id], signal)
		}
	}
}

func TestRestoreTakesTheNewestEntryWhateverItsPlace(t *testing.T) {
	b := newBench(t, tallyService)
	w := &worker{service: &tallyService, config: &b.config, place: place{"assistant.chat", 0}, stop: t.Context(), hard: t.Context(),
		session: session{client: b.client}, metrics: discarded(t), log: b.config.Logger}
	save := func(key string, applied int64, n int) {
		k := newKeyedState(w)
		k.touch(key, &entry{state: &tally{N: n}, applied: applied})
		if err := k.save(0); err != nil {
			t.Fatal(err)
		}
	}
	save("a", 10, 1)
	save("a", 20, 2)
	save("a", 15, 9) // a zombie writes after its successor
	save("b", 1, 5)
	bury := func(key string, applied int64) { // as a member does that forgot the key
		k := newKeyedState(w)
		k.touch(key, &entry{applied: applied})
		if err := k.save(0); err != nil {
			t.Fatal(err)
		}
		k.entries[key] = &entry{applied: applied, gone: true}
		if err := k.save(applied); err != nil || len(k.gone) != 1 {
			t.Fatalf("%v, or it was buried before its input was committed", err)
		}
		if err := k.save(applied + 1); err != nil || len(k.gone) != 0 {
			t.Fatalf("%v, or it was not buried", err)
		}
	}
	bury("a", 12) // a zombie again
	save("c", 3, 7)
	bury("c", 4)
	k := newKeyedState(w)
	if err := k.restore(); err != nil {
		t.Fatal(err)
	}
	if e := k.entries["c"]; e != nil {
		t.Errorf("c is there again: %+v", e)
	}
	for key, want := range map[string]entry{"a": {state: &tally{N: 2}, applied: 20}, "b": {state: &tally{N: 5}, applied: 1}} {
		e, err := k.get(key)
		if err != nil {
			t.Fatal(err)
		}
		if e.applied != want.applied || *e.state.(*tally) != *want.state.(*tally) {
			t.Errorf("%s: got %+v %+v, want %+v", key, e, e.state, want)
		}
	}
}

func TestIdleKeysAreForgotten(t *testing.T) {
	s := tallyService.Forgetting(1000 * time.Millisecond)
	b := newBench(t, s)
	w := &worker{service: &s, config: &b.config, place: place{"assistant.chat", 0}, stop: t.Context(), hard: t.Context(),
		session: session{client: b.client}, metrics: discarded(t), log: b.config.Logger}
	k := newKeyedState(w)
	apply := func(key string, offset, at int64) {
		t.Helper()
		e := prompt(0)
		e.ConversationID = key
		if _, err := w.applied(k, Input{Event: e, Offset: offset, LogTime: time.UnixMilli(at)}); err != nil {
			t.Fatal(err)
		}
		if err := k.save(offset); err != nil {
			t.Fatal(err)
		}
	}
	apply("idle", 0, 10_000)
	apply("busy", 1, 10_100)
	apply("busy", 2, 11_000)
	if k.entries["idle"] == nil {
		t.Fatal("forgotten within the time")
	}
	apply("busy", 3, 11_020) // forgotten, and buried when the inputs before are committed
	apply("busy", 4, 11_021)
	if k.entries["idle"] != nil || k.entries["busy"] == nil || len(k.gone) != 0 {
		t.Errorf("%+v", k.entries)
	}
	restored := newKeyedState(w)
	if err := restored.restore(); err != nil {
		t.Fatal(err)
	}
	if e, err := restored.get("busy"); err != nil || restored.entries["idle"] != nil || e.state.(*tally).N != 4 {
		t.Errorf("%+v, error %v", restored.entries, err)
	}
}

// A service that keeps nothing of a key writes nothing of it.
func TestKeysWithoutStateAreNotSaved(t *testing.T) {
	s := NewFold(tallyService.Service, func(_ *tally, in Input) (*tally, []schemas.Event, error) {
		_, out, err := tallying(nil, in)
		return nil, out, err
	})
	b := newBench(t, s)
	w := &worker{service: &s, config: &b.config, place: place{"assistant.chat", 0}, stop: t.Context(), hard: t.Context(),
		session: session{client: b.client}, metrics: discarded(t), log: b.config.Logger}
	k := newKeyedState(w)
	for offset := range int64(3) {
		if out, err := w.applied(k, Input{Event: prompt(0), Offset: offset}); err != nil || len(out) != 1 {
			t.Fatalf("%d events, error %v", len(out), err)
		}
	}
	if len(k.entries) != 0 || len(k.touched) != 0 {
		t.Errorf("%d entries, %d to be saved", len(k.entries), len(k.touched))
	}
}
