package curation

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

var start = time.UnixMilli(1_790_000_000_000).UTC()

func scored(suggestion string, score float64, set ...func(*schemas.Outcome)) *schemas.Outcome {
	o := &schemas.Outcome{
		Envelope: schemas.Envelope{EventID: "outcome of " + suggestion, OccurredAt: start, Source: "outcomes", Org: "acme", Environment: schemas.EnvironmentProduction},
		Kind:     schemas.OutcomeFailure, Domain: "m|1|chat|go|suggestion", Category: "suggestion", Signal: "survived", Weight: 1,
		CausedBy: "shown " + suggestion, CauseTopic: "assistant.code", Model: "m", ModelVersion: "1", Feature: "chat", Language: "go",
		SuggestionID: suggestion, Score: schemas.Some(score), FileID: "f", Attributes: map[string]string{signals.Content: "true"},
	}
	if score >= 0.5 {
		o.Kind = schemas.OutcomeSuccess
	}
	for _, f := range set {
		f(o)
	}
	return o
}

func after(d time.Duration) func(*schemas.Outcome) {
	return func(o *schemas.Outcome) { o.OccurredAt = start.Add(d) }
}

func corrects(o *schemas.Outcome) {
	o.EventID, o.Supersedes = "correction of "+o.SuggestionID, o.EventID
}

func cwe(id string) func(*schemas.Outcome) { return func(o *schemas.Outcome) { o.CWE = id } }

func prints(all ...int64) func(*schemas.Outcome) {
	return func(o *schemas.Outcome) { o.Fingerprints = all }
}

// curate folds outcomes as the runtime does, the state through JSON now and then.
func curate(t interface{ Fatal(...any) }, all ...*schemas.Outcome) (state *State, said []*schemas.CuratedExample) {
	for i, o := range all {
		next, events, err := Fold(state, consumers.Input{Event: o})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			said = append(said, e.(*schemas.CuratedExample))
		}
		if state = next; i%16 > 0 {
			continue
		}
		raw, err := json.Marshal(next)
		if err != nil {
			t.Fatal(err)
		}
		state = new(State)
		if err := json.Unmarshal(raw, state); err != nil {
			t.Fatal(err)
		}
	}
	return state, said
}

func TestWhatBecomesAnExample(t *testing.T) {
	noContent := func(o *schemas.Outcome) { o.Attributes = nil }
	for name, test := range map[string]struct {
		outcomes []*schemas.Outcome
		want     string // review requests left out
	}{
		"good":                       {[]*schemas.Outcome{scored("a", 0.9)}, "[added a positive positive]"},
		"bad":                        {[]*schemas.Outcome{scored("a", 0.1)}, "[added a negative negative]"},
		"neither":                    {[]*schemas.Outcome{scored("a", 0.6), scored("b", 0.4)}, "[]"},
		"nobody has its content":     {[]*schemas.Outcome{scored("a", 0.9, noContent)}, "[]"},
		"secret":                     {[]*schemas.Outcome{scored("a", 0.1, cwe("CWE-798"))}, "[]"},
		"not secure":                 {[]*schemas.Outcome{scored("a", 0.1, cwe("CWE-89"))}, "[added a negative negative]"},
		"turns out bad":              {[]*schemas.Outcome{scored("a", 0.9), scored("a", 0.1, corrects)}, "[added a positive positive removed a positive superseded added a negative negative]"},
		"turns out to hold a secret": {[]*schemas.Outcome{scored("a", 0.1), scored("a", 0.1, corrects, cwe("CWE-798"))}, "[added a negative negative removed a negative secret]"},
		"old":                        {[]*schemas.Outcome{scored("a", 0.9), scored("b", 0.9, after(31*24*time.Hour))}, "[added a positive positive removed a positive expired added b positive positive]"},
		"too late":                   {[]*schemas.Outcome{scored("b", 0.9, after(31*24*time.Hour)), scored("a", 0.9)}, "[added b positive positive]"},
		"alike":                      {[]*schemas.Outcome{scored("a", 0.9, prints(1, 2, 3, 4, 5)), scored("b", 0.1, prints(1, 2, 3, 4, 5))}, "[added a positive positive]"},
		"not alike":                  {[]*schemas.Outcome{scored("a", 0.9, prints(1, 2, 3, 4, 5)), scored("b", 0.1, prints(1, 2, 3, 7, 8))}, "[added a positive positive added b negative negative]"},
		"no fingerprints":            {[]*schemas.Outcome{scored("a", 0.9), scored("b", 0.9)}, "[added a positive positive added b positive positive]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, said := curate(t, test.outcomes...)
			got := []string{}
			for _, x := range said {
				if x.Kind != schemas.ExampleReviewRequested {
					got = append(got, fmt.Sprint(x.Kind, " ", x.SuggestionID, " ", x.Label, " ", x.Reason))
				}
			}
			if s := fmt.Sprint(got); s != test.want {
				t.Errorf("%s, want %s", s, test.want)
			}
		})
	}
}

func TestAnExampleSaysWhereItsContentIs(t *testing.T) {
	_, said := curate(t, scored("a", 0.9, prints(1, 2)))
	x := said[0]
	if x.ContentEventID != "shown a" || x.ContentTopic != "assistant.code" || x.Domain != "m|1|chat|go" || x.FileID != "f" || x.Org != "acme" ||
		x.CausedBy != "outcome of a" || x.Score != schemas.Some(0.9) || x.InclusionProbability != schemas.Some(1.0) || !slices.Equal(x.Fingerprints, []int64{1, 2}) {
		t.Errorf("%+v", x)
	}
}

func TestOrganisationsAreApart(t *testing.T) {
	state, said := curate(t, scored("a", 0.9, prints(1, 2)), scored("b", 0.9, prints(1, 2), func(o *schemas.Outcome) { o.Org = "other" }))
	if len(state.Pools) != 2 || len(said) < 2 {
		t.Errorf("%+v", said)
	}
}

// What was said to be added and not to be removed is what the buffer holds, within its bounds, whatever comes; and ids differ.
func TestTheLogIsTheBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []*schemas.Outcome
		known := map[string]bool{}
		for i := range rapid.IntRange(1, 400).Draw(t, "outcomes") {
			id := fmt.Sprint(rapid.IntRange(0, 300).Draw(t, "suggestion"))
			o := scored(id, rapid.Float64Range(0, 1).Draw(t, "score"), after(time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hours"))*time.Hour))
			if o.EventID = fmt.Sprint("o", i); known[id] {
				o.Supersedes = "x"
			}
			known[id] = true
			all = append(all, o)
		}
		state, said := curate(t, all...)
		held, ids := map[string]schemas.ExampleLabel{}, map[string]bool{}
		for _, x := range said {
			if ids[x.EventID] {
				t.Fatal("an id stands twice")
			}
			ids[x.EventID] = true
			if p := x.InclusionProbability.Value; !(p > 0 && p <= 1) {
				t.Fatalf("inclusion probability %v", p)
			}
			switch _, there := held[x.SuggestionID]; {
			case x.Kind == schemas.ExampleAdded && !there:
				held[x.SuggestionID] = x.Label
			case x.Kind == schemas.ExampleRemoved && there:
				delete(held, x.SuggestionID)
			case x.Kind != schemas.ExampleReviewRequested:
				t.Fatalf("%s of %s, which is there: %v", x.Kind, x.SuggestionID, there)
			}
		}
		n := map[schemas.ExampleLabel]int{}
		for _, e := range state.Pools["production/acme"].Examples {
			if n[e.Label]++; held[e.Suggestion] != e.Label {
				t.Fatalf("%s is held and wasn't said to be", e.Suggestion)
			}
			delete(held, e.Suggestion)
		}
		if len(held) > 0 || n[schemas.ExampleLabelPositive] > capacity || n[schemas.ExampleLabelNegative] > capacity {
			t.Fatalf("%v were said to be held; %v", held, n)
		}
	})
}

// Every suggestion has the same chance where all weigh the same, early or late: with 64 of 400 kept in each of 50 domains, each
// tenth of the stream gives a tenth of what is kept, within 4 standard errors.
func TestTheReservoirIsFair(t *testing.T) {
	const domains, stream = 50, 400
	tenths := [10]int{}
	for d := range domains {
		var state *State
		for i := range stream {
			var err error
			if state, _, err = Fold(state, consumers.Input{Event: scored(fmt.Sprint(d, "-", i), 0.9)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range state.Pools["production/acme"].Examples {
			var at int
			if _, err := fmt.Sscanf(e.Suggestion, fmt.Sprint(d, "-%d"), &at); err != nil {
				t.Fatal(err)
			}
			tenths[at*10/stream]++
		}
	}
	want := float64(domains*capacity) / 10
	for i, n := range tenths {
		if math.Abs(float64(n)-want) > 4*math.Sqrt(want*0.9) {
			t.Errorf("tenth %d has %d of %d, want %.0f", i, n, domains*capacity, want)
		}
	}
}

func TestSimilarity(t *testing.T) {
	for _, test := range []struct {
		a, b []int64
		want float64
	}{
		{nil, nil, 0}, {[]int64{1}, nil, 0}, {[]int64{1, 2}, []int64{1, 2}, 1}, {[]int64{1, 2, 3}, []int64{1, 2, 4}, 2. / 3}, {[]int64{1}, []int64{1, 2, 3, 4}, 0.25},
	} {
		if got := similarity(test.a, test.b); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%v and %v: %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

func TestOthersAreRefusedOrPassed(t *testing.T) {
	if state, events, err := Fold(nil, consumers.Input{Event: scored("a", 0.9, func(o *schemas.Outcome) { o.Category = "retention" })}); state != nil || events != nil || err != nil {
		t.Errorf("%v, %v, %v", state, events, err)
	}
	for _, e := range []schemas.Event{new(schemas.DeadLetter), scored("", 0.9), scored("a", 0.9, func(o *schemas.Outcome) { o.Score.Set = false })} {
		if _, _, err := Fold(nil, consumers.Input{Event: e}); err == nil {
			t.Errorf("%+v was taken", e)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	b.ReportAllocs()
	var state *State
	for i := 0; b.Loop(); i++ {
		var err error
		if state, _, err = Fold(state, consumers.Input{Event: scored(fmt.Sprint(i), 0.9, prints(int64(i), int64(i+1), int64(i+2)))}); err != nil {
			b.Fatal(err)
		}
	}
}
