package curation

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/outcomes"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

var start = time.UnixMilli(1_790_000_000_000).UTC()

func scored(suggestion string, score float64, set ...func(*schemas.Outcome)) *schemas.Outcome {
	o := &schemas.Outcome{
		Envelope: schemas.Envelope{EventID: "outcome of " + suggestion, OccurredAt: start, Source: "outcomes", Org: "acme", Environment: schemas.EnvironmentProduction},
		Kind:     schemas.OutcomeFailure, Domain: "m|1|chat|go|suggestion", Category: "suggestion", Signal: "survived", Weight: 1,
		CausedBy: "shown " + suggestion, CauseTopic: "assistant.code", Model: "m", ModelVersion: "1", Feature: "chat", Language: "go",
		SuggestionID: suggestion, Score: schemas.Some(score), FileID: "f", Attributes: map[string]string{signals.Content: "true", outcomes.Against: "true"},
	}
	if score >= 0.5 {
		o.Kind = schemas.OutcomeSuccess
		delete(o.Attributes, outcomes.Against)
		o.Attributes[outcomes.For] = "true"
	}
	for _, f := range set {
		f(o)
	}
	if o.Attributes != nil {
		o.Attributes[outcomes.ContentAt] = strconv.FormatInt(o.OccurredAt.UnixMilli(), 10)
	}
	return o
}

func despite(o *schemas.Outcome) {
	o.Attributes[outcomes.For], o.Attributes[outcomes.Against] = "true", "true"
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

// curate folds outcomes as the runtime does, the state through its encoding now and then.
func curate(t interface{ Fatal(...any) }, all ...*schemas.Outcome) (state *State, said []*schemas.CuratedExample) {
	for i, o := range all {
		next, events, err := Fold(state, consumers.Input{Event: o})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			said = append(said, e.(*schemas.CuratedExample))
		}
		if state = next; i%16 > 0 || state == nil {
			continue
		}
		raw, err := next.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		state = new(State)
		if err := state.UnmarshalBinary(raw); err != nil {
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
		"turns out bad":              {[]*schemas.Outcome{scored("a", 0.9), scored("a", 0.1, corrects, despite)}, "[added a positive positive removed a positive superseded added a negative negative]"},
		"good, but":                  {[]*schemas.Outcome{scored("a", 0.9, despite)}, "[]"},
		"bad, but":                   {[]*schemas.Outcome{scored("a", 0.1, despite)}, "[added a negative negative]"},
		"better":                     {[]*schemas.Outcome{scored("a", 0.9), scored("a", 0.95, corrects)}, "[added a positive positive added a positive positive]"},
		"the same again":             {[]*schemas.Outcome{scored("a", 0.9), scored("a", 0.9, corrects)}, "[added a positive positive]"},
		"moved away":                 {[]*schemas.Outcome{scored("a", 0.9), scored("a", 0.9, corrects, noContent)}, "[added a positive positive removed a positive superseded]"},
		"turns out to hold a secret": {[]*schemas.Outcome{scored("a", 0.1), scored("a", 0.1, corrects, cwe("CWE-798"))}, "[added a negative negative removed a negative secret]"},
		"old":                        {[]*schemas.Outcome{scored("a", 0.9), scored("b", 0.9, after(40*24*time.Hour))}, "[added a positive positive removed a positive expired added b positive positive]"},
		"too late":                   {[]*schemas.Outcome{scored("b", 0.9, after(40*24*time.Hour)), scored("a", 0.9)}, "[added b positive positive]"},
		"alike":                      {[]*schemas.Outcome{scored("c", 0.9, prints(1, 2, 3, 4, 5)), scored("a", 0.1, prints(1, 2, 3, 4, 5))}, "[added c positive positive]"},
		"alike, drawn before":        {[]*schemas.Outcome{scored("a", 0.9, prints(1, 2, 3, 4, 5)), scored("c", 0.1, prints(1, 2, 3, 4, 5))}, "[added a positive positive removed a positive duplicate added c negative negative]"},
		"alike, until one goes":      {[]*schemas.Outcome{scored("c", 0.9, prints(1, 2)), scored("a", 0.1, prints(1, 2)), scored("c", 0.6, corrects)}, "[added c positive positive removed c positive superseded added a negative negative]"},
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
		for i := range rapid.IntRange(1, 600).Draw(t, "outcomes") {
			id := fmt.Sprint(rapid.IntRange(0, 400).Draw(t, "suggestion"))
			o := scored(id, rapid.Float64Range(0, 1).Draw(t, "score"), after(time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hours"))*time.Hour))
			if o.EventID = fmt.Sprint("o", i); known[id] {
				o.Supersedes = "x"
			}
			o.Weight = rapid.SampledFrom([]float64{1, 1, 1, 0.5, 20}).Draw(t, "weight")
			known[id] = true
			all = append(all, o)
		}
		state, said := curate(t, all...)
		held, ids := lastWords(said), map[string]bool{}
		for _, x := range said {
			if ids[x.EventID] {
				t.Fatal("an id stands twice")
			}
			ids[x.EventID] = true
			if p := x.InclusionProbability.Value; !(p > 0 && p <= 1) {
				t.Fatalf("inclusion probability %v", p)
			}
		}
		if state == nil {
			return
		}
		p, n := state.Pools["production/acme"], [sides]int{}
		for _, e := range p.Examples {
			if !e.Said {
				continue
			}
			level := p.Levels[e.Side][epochs-1]
			x := held["m|1|chat|go/"+e.Suggestion]
			if n[e.Side]++; x == nil || x.Label != labels[e.Side] || x.InclusionProbability.Value != e.probability(level) || !e.Fit || e.Level < level {
				t.Fatalf("%+v is held and said to be %+v", e, x)
			}
			delete(held, "m|1|chat|go/"+e.Suggestion)
		}
		if len(held) > 0 || n[positive] > capacity || n[negative] > capacity || len(p.Examples) > int(sides)*epochs*capacity {
			t.Fatalf("%v were said to be held; %v of %d", held, n, len(p.Examples))
		}
	})
}

// lastWords are the examples by domain and suggestion, as who reads the log sees them.
func lastWords(said []*schemas.CuratedExample) map[string]*schemas.CuratedExample {
	held := map[string]*schemas.CuratedExample{}
	for _, x := range said {
		switch key := x.Domain + "/" + x.SuggestionID; x.Kind {
		case schemas.ExampleAdded:
			held[key] = x
		case schemas.ExampleRemoved:
			delete(held, key)
		}
	}
	return held
}

// The sample is one of the suggestions, early or late: those that are kept stand, by their probability, for all that there were,
// and so for each tenth of them; within 5 standard errors.
func TestTheSampleIsFair(t *testing.T) {
	const domains, stream = 60, 400
	sum, variance, total := [10]float64{}, [10]float64{}, [10]float64{}
	for d := range domains {
		var all []*schemas.Outcome
		for i := range stream {
			o := scored(fmt.Sprint(d, "-", i), 0.9)
			o.Weight = []float64{1, 1, 4}[i%3]
			total[i*10/stream]++
			all = append(all, o)
		}
		_, said := curate(t, all...)
		for _, x := range lastWords(said) {
			var at int
			if _, err := fmt.Sscanf(x.SuggestionID, fmt.Sprint(d, "-%d"), &at); err != nil {
				t.Fatal(err)
			}
			p := x.InclusionProbability.Value
			sum[at*10/stream] += 1 / p
			variance[at*10/stream] += (1 - p) / (p * p)
		}
	}
	for i := range sum {
		if math.Abs(sum[i]-total[i]) > 5*math.Sqrt(variance[i]) {
			t.Errorf("what is kept of tenth %d stands for %.0f of %.0f, standard error %.0f", i, sum[i], total[i], math.Sqrt(variance[i]))
		}
	}
}

func TestAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []int64 {
			s := rapid.SliceOfNDistinct(rapid.Int64Range(0, 24), 0, 16, rapid.ID).Draw(t, name)
			slices.Sort(s)
			return s
		}
		a, b := draw("a"), draw("b")
		union := slices.Concat(a, b)
		slices.Sort(union)
		union = slices.Compact(union)
		union = union[:min(len(union), max(len(a), len(b)))]
		both := 0
		for _, h := range union {
			if slices.Contains(a, h) && slices.Contains(b, h) {
				both++
			}
		}
		if want := len(a) > 0 && len(b) > 0 && 10*both >= 8*len(union); alike(a, b) != want || alike(b, a) != want {
			t.Fatalf("%v and %v: %d of %d", a, b, both, len(union))
		}
	})
}

func TestOthersAreRefusedOrPassed(t *testing.T) {
	if state, events, err := Fold(nil, consumers.Input{Event: scored("a", 0.9, func(o *schemas.Outcome) { o.Category = "retention" })}); state != nil || events != nil || err != nil {
		t.Errorf("%v, %v, %v", state, events, err)
	}
	for _, e := range []schemas.Event{new(schemas.DeadLetter), scored("", 0.9), scored("a", 0.9, func(o *schemas.Outcome) { o.Score.Set = false }),
		scored("a", 0.9, func(o *schemas.Outcome) { o.Weight = 0 })} {
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
