package quality

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

// quickRule decides after a few observations, so that short sequences see whole episodes.
const quickRule = `rules:
  - {id: quick, match: {category: retention}, slo: 0.2, detector: wilson_window, window: 2h, min_events: 5, z: 1.5, lateness: 20m, clear_z: 0.7, cool_down: 5m, action: full, severity: low}
  - {id: other, match: {category: retention}, slo: 0.4, detector: wilson_window, window: 1h, min_events: 3, z: 1, lateness: 1h, clear_z: 1, clear_below: 0.3, cool_down: 0s, action: none, severity: low}
  - {id: burn, match: {category: retention}, slo: 0.1, detector: burn_rate, burn: 2, window: 2h, min_events: 5, lateness: 1h, clear_z: 1, cool_down: 0s, action: none, severity: low}
  - {id: evidence, match: {category: retention}, slo: 0.2, arl: 30, clear_arl: 20, min_events: 3, blip: 5m, lateness: 20m, cool_down: 5m, action: full, severity: low}
`

// sequence draws outcomes whose times wander, back and forth, with phases of few and of many failures.
func sequence(t *rapid.T) []consumers.Input {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	n := rapid.IntRange(1, 400).Draw(t, "n")
	var ins []consumers.Input
	at, rate := start, 0.05
	for i := range n {
		at = at.Add(time.Duration(rng.IntN(180)-40) * time.Second)
		if rng.IntN(40) == 0 {
			rate = []float64{0, 0.05, 0.5, 1}[rng.IntN(4)]
			at = at.Add(time.Duration(rng.IntN(90)) * time.Minute)
		}
		in := input(int64(100+i), at, rng.Float64() < rate)
		in.Event.(*schemas.Outcome).Weight = []float64{1, 1, 1, 0.01, 2.5, 12}[rng.IntN(6)]
		ins = append(ins, in)
	}
	return ins
}

// The runtime may persist and restore the state between any two events.
func TestRestoredStateDecidesTheSame(t *testing.T) {
	fold := New(always(parse(t, quickRule)))
	rapid.Check(t, func(t *rapid.T) {
		var kept, restored *State
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "restores"), 2))
		for i, in := range sequence(t) {
			if restored != nil && rng.IntN(4) == 0 {
				raw := marshal(t, restored)
				restored = new(State)
				if err := json.Unmarshal(raw, restored); err != nil {
					t.Fatal(err)
				}
			}
			var a, b []schemas.Event
			var err error
			if kept, a, err = fold(kept, in); err != nil {
				t.Fatal(err)
			}
			if restored, b, err = fold(restored, in); err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(a, b, func(a, b schemas.Event) bool { return sameEvent(a, b) }) {
				t.Fatalf("event %d: %v, restored %v", i, a, b)
			}
			if !bytes.Equal(marshal(t, kept), marshal(t, restored)) {
				t.Fatalf("event %d: states\n%s\n%s", i, marshal(t, kept), marshal(t, restored))
			}
		}
	})
}

func marshal(t *rapid.T, s *State) []byte {
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func sameEvent(a, b schemas.Event) bool {
	x, y := a.(*schemas.RetrainTrigger), b.(*schemas.RetrainTrigger)
	for k, v := range x.Attributes { // the order of a map on the wire is any
		if y.Attributes[k] != v {
			return false
		}
	}
	p, q := *x, *y
	p.Attributes, q.Attributes = nil, nil
	return bytes.Equal(p.AppendAvro(nil), q.AppendAvro(nil))
}

// A rule's triggers alternate: fired, cleared, fired ..., each pair with an episode of its own, ids never repeat, and what
// a trigger says fits together.
func TestTriggersAlternate(t *testing.T) {
	fold := New(always(parse(t, quickRule)))
	rapid.Check(t, func(t *rapid.T) {
		var state *State
		open := map[string]*schemas.RetrainTrigger{}
		ids, episodes := map[string]bool{}, map[string]bool{}
		for _, in := range sequence(t) {
			var events []schemas.Event
			var err error
			if state, events, err = fold(state, in); err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				x := e.(*schemas.RetrainTrigger)
				last := open[x.RuleID]
				switch {
				case ids[x.EventID]:
					t.Fatalf("id %s twice", x.EventID)
				case x.Kind == schemas.TriggerFired && last == nil && (episodes[x.EpisodeID] || x.Rate <= x.SLO):
					t.Fatalf("%s fired while open %v: %+v", x.RuleID, last != nil, x)
				case x.Kind == schemas.TriggerFired && last != nil && (last.Action != schemas.RetrainActionPartial || x.Action != schemas.RetrainActionFull || last.EpisodeID != x.EpisodeID):
					t.Fatalf("%s fired while open: %+v", x.RuleID, x)
				case x.Kind == schemas.TriggerCleared && (last == nil || last.EpisodeID != x.EpisodeID || x.Rate >= x.SLO):
					t.Fatalf("%s cleared without having fired: %+v", x.RuleID, x)
				case x.WindowStart.After(x.WindowEnd), x.Failures > x.Events, x.FirstOffset > x.LastOffset, x.LastOffset != in.Offset:
					t.Fatalf("%+v", x)
				}
				ids[x.EventID], episodes[x.EpisodeID] = true, true
				open[x.RuleID] = x
				if x.Kind == schemas.TriggerCleared {
					open[x.RuleID] = nil
				}
			}
		}
	})
}

// Inside a minute the order of arrival leaves no trace in what is counted.
func TestOrderInsideAMinute(t *testing.T) {
	never := strings.NewReplacer("z: 1.5", "z: 1000", "z: 1,", "z: 1000,", "burn: 2, window: 2h, min_events: 5", "burn: 2, window: 2h, min_events: 100000", "arl: 30", "arl: 1e9", "slo: 0.2, arl", "slo: 0.99, arl").Replace(quickRule)
	fold := New(always(parse(t, never)))
	rapid.Check(t, func(t *rapid.T) {
		ins := sequence(t)
		slices.SortStableFunc(ins, func(a, b consumers.Input) int { return minuteOf(a).Compare(minuteOf(b)) })
		shuffled := slices.Clone(ins)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 3))
		for i := 0; i < len(shuffled); {
			j := i
			for j < len(shuffled) && minuteOf(shuffled[j]).Equal(minuteOf(shuffled[i])) {
				j++
			}
			rng.Shuffle(j-i, func(a, b int) { shuffled[i+a], shuffled[i+b] = shuffled[i+b], shuffled[i+a] })
			i = j
		}
		run := func(ins []consumers.Input) *State {
			var state *State
			for _, in := range ins {
				next, events, err := fold(state, in)
				if err != nil || len(events) > 0 {
					t.Fatalf("%d triggers, error %v", len(events), err)
				}
				state = next
			}
			state.only().Failures = nil // the latest ones, in order of arrival
			return state
		}
		if a, b := marshal(t, run(ins)), marshal(t, run(shuffled)); !bytes.Equal(a, b) {
			t.Fatalf("\n%s\n%s", a, b)
		}
	})
}

func minuteOf(in consumers.Input) time.Time { return in.Event.Env().OccurredAt.Truncate(time.Minute) }

// No observation vanishes: it is in the window, was late, or has left the window.
func TestNothingVanishes(t *testing.T) {
	fold := New(always(parse(t, strings.NewReplacer("window: 2h", "window: 2000h", "z: 1.5", "z: 1000", "lateness: 20m", "lateness: 7m").Replace(quickRule))))
	rapid.Check(t, func(t *rapid.T) {
		var state *State
		ins := sequence(t)
		for _, in := range ins {
			in.Event.(*schemas.Outcome).Weight = 1
			var err error
			if state, _, err = fold(state, in); err != nil {
				t.Fatal(err)
			}
		}
		tracker := state.only().Trackers["quick"]
		counted := tracker.Late
		for _, b := range tracker.Window {
			counted += b.n / weightUnit
		}
		if counted != int64(len(ins)) {
			t.Fatalf("%d of %d observations accounted for", counted, len(ins))
		}
	})
}

// A domain's name comes from clients; in the query it must stay inside its quotes.
func FuzzQuote(f *testing.F) {
	f.Add("m|1|chat|go|rating")
	f.Add(`\' OR 1=1 --`)
	f.Fuzz(func(t *testing.T, s string) {
		q := quote(s)
		if q[0] != '\'' || q[len(q)-1] != '\'' {
			t.Fatalf("%s is not quoted", q)
		}
		var plain []byte
		for i := 1; i < len(q)-1; i++ {
			switch q[i] {
			case '\'':
				t.Fatalf("%s ends early", q)
			case '\\':
				i++
			}
			plain = append(plain, q[i])
		}
		if string(plain) != s {
			t.Fatalf("%q reads back as %q", s, plain)
		}
	})
}
