package outcomes

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

// says makes the signal "category name kind" of the suggestion s, optionally with a surviving fraction.
func says(id, text string, value ...float64) *schemas.Signal {
	f := strings.Fields(text)
	s := &schemas.Signal{
		Envelope: schemas.Envelope{EventID: "signal-" + id, OccurredAt: time.UnixMilli(1_790_000_000_000).UTC(), Source: signals.Name, Org: "acme"},
		Subject:  "suggestion/acme/s", SuggestionID: "s", Category: f[0], Signal: f[1], Kind: schemas.SignalKind(f[2]), Weight: 1,
		CausedBy: id, CauseTopic: "x", Severity: schemas.SeverityNone, Model: "m", ModelVersion: "1", Feature: "chat", Language: "go",
	}
	if len(value) > 0 {
		s.Value = schemas.Some(value[0])
	}
	return s
}

// settleAll folds signals as the runtime does, the state through its encoding, and returns the outcomes.
func settleAll(t interface{ Fatal(...any) }, all ...*schemas.Signal) (outcomes []*schemas.Outcome) {
	var state *State
	for _, s := range all {
		next, events, err := Fold(state, consumers.Input{Event: s})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := next.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		state = new(State)
		if err := state.UnmarshalBinary(raw); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(state, next) {
			t.Fatal(fmt.Sprintf("%+v is read as %+v", next, state))
		}
		for _, e := range events {
			outcomes = append(outcomes, e.(*schemas.Outcome))
		}
	}
	return outcomes
}

func TestPrecedence(t *testing.T) {
	for name, test := range map[string]struct {
		signals []string
		want    string // category signal kind, * where it supersedes another; category suggestion left out
	}{
		"once":                         {[]string{"acceptance accepted success"}, "acceptance accepted success"},
		"twice":                        {[]string{"acceptance accepted success", "acceptance accepted success"}, "acceptance accepted success"},
		"context":                      {[]string{"acceptance shown context"}, ""},
		"first decision":               {[]string{"acceptance accepted success", "acceptance rejected failure"}, "acceptance accepted success"},
		"a failure stands":             {[]string{"acceptance timed_out failure", "acceptance accepted success"}, "acceptance timed_out failure"},
		"reverted later":               {[]string{"retention survived success", "retention reverted failure"}, "retention survived success, retention reverted failure *"},
		"corrected once":               {[]string{"retention survived success", "retention deleted failure", "retention reverted failure"}, "retention survived success, retention deleted failure *"},
		"measured over reported":       {[]string{"retention measured_survived success", "retention lost failure"}, "retention measured_survived success"},
		"reported, then measured":      {[]string{"retention survived success", "retention measured_lost failure"}, "retention survived success, retention measured_lost failure *"},
		"confirmed, then contradicted": {[]string{"retention survived success", "retention measured_survived success", "retention lost failure"}, "retention survived success"},
		"thought again":                {[]string{"rating thumbs_up success", "rating thumbs_down failure"}, "rating thumbs_up success, rating thumbs_down failure *"},
		"and again":                    {[]string{"rating thumbs_down failure", "rating thumbs_up success"}, "rating thumbs_down failure"},
		"findings of one suggestion":   {[]string{"security scan_findings failure", "security scan_findings failure"}, "security scan_findings failure"},
		"incident of what was merged":  {[]string{"delivery merged success", "delivery incident failure"}, "delivery merged success, delivery incident failure *"},
		"merged after an incident":     {[]string{"delivery incident failure", "delivery merged success"}, "delivery incident failure"},
		"categories stand alone":       {[]string{"acceptance accepted success", "retention lost failure"}, "acceptance accepted success, retention lost failure"},
	} {
		t.Run(name, func(t *testing.T) {
			var all []*schemas.Signal
			for i, text := range test.signals {
				all = append(all, says(fmt.Sprint("e", i), text))
			}
			var got []string
			last := map[string]string{}
			for _, o := range settleAll(t, all...) {
				if o.Category == Suggestion {
					continue
				}
				text := o.Category + " " + o.Signal + " " + string(o.Kind)
				if o.Supersedes != "" {
					text += " *"
					if o.Supersedes != last[o.Category] {
						t.Errorf("%s supersedes %s, not the one before", text, o.Supersedes)
					}
				}
				last[o.Category] = o.EventID
				got = append(got, text)
			}
			if s := strings.Join(got, ", "); s != test.want {
				t.Errorf("%s, want %s", s, test.want)
			}
		})
	}
}

// Whatever is said of a subject in whatever order: ids differ, a category has at most one outcome that isn't superseded, and
// it is a failure exactly where one of the outcomes is.
func TestNothingCountsTwice(t *testing.T) {
	var texts []string
	for name := range codes {
		for _, kind := range []schemas.SignalKind{schemas.SignalSuccess, schemas.SignalFailure, schemas.SignalContext} {
			texts = append(texts, name.category+" "+name.signal+" "+string(kind))
		}
	}
	slices.Sort(texts)
	rapid.Check(t, func(t *rapid.T) {
		var all []*schemas.Signal
		for i, text := range rapid.SliceOfN(rapid.SampledFrom(texts), 1, 30).Draw(t, "signals") {
			s := says(fmt.Sprint("e", i), text, rapid.Float64Range(-1, 2).Draw(t, "value"))
			s.CWE = rapid.SampledFrom([]string{"", "CWE-89", "CWE-798"}).Draw(t, "cwe")
			all = append(all, s)
		}
		current, ids := map[string]*schemas.Outcome{}, map[string]bool{}
		for _, o := range settleAll(t, all...) {
			if ids[o.EventID] {
				t.Fatal("an id stands twice")
			}
			ids[o.EventID] = true
			old := current[o.Category]
			switch {
			case old == nil && o.Supersedes != "", old != nil && o.Supersedes != old.EventID:
				t.Fatalf("%s supersedes %q", o.Category, o.Supersedes)
			case o.Category != Suggestion && old != nil && o.Kind != schemas.OutcomeFailure:
				t.Fatalf("%s: a correction that isn't a failure", o.Category)
			case o.Category != Suggestion && old != nil && old.Kind == schemas.OutcomeFailure:
				t.Fatalf("%s failed twice", o.Category)
			case o.Score.Set != (o.Category == Suggestion) || o.Score.Set && !(o.Score.Value >= 0 && o.Score.Value <= 1):
				t.Fatalf("%s has score %v", o.Category, o.Score)
			}
			current[o.Category] = o
		}
	})
}

func TestOutcomeCarriesItsSubject(t *testing.T) {
	shown := says("e0", "acceptance shown context")
	shown.Attributes = map[string]string{signals.Content: "true"}
	shown.Fingerprints, shown.FileID, shown.Weight = []int64{1, 2}, "g", 2
	rejected := says("e1", "acceptance rejected failure")
	rejected.Model, rejected.ModelVersion, rejected.Language = "", "", "" // as clients that say so only once
	rejected.ConversationID, rejected.ChangeID, rejected.SessionID, rejected.TeamToken, rejected.FileID, rejected.Weight = "co", "ch", "se", "t", "f", 2.5
	got := settleAll(t, shown, rejected)
	if len(got) != 2 {
		t.Fatalf("%d outcomes", len(got))
	}
	for i, want := range []schemas.Outcome{
		{Category: "acceptance", Domain: "m|1|chat|go|acceptance", CausedBy: "e1", CauseTopic: "x"},
		{Category: "suggestion", Domain: "m|1|chat|go|suggestion", CausedBy: "e0", CauseTopic: "x", Fingerprints: []int64{1, 2}, Score: got[1].Score,
			Attributes: map[string]string{signals.Content: "true", ContentAt: "1790000000000", Against: "true"}},
	} {
		o := *got[i]
		want.Envelope = schemas.Envelope{EventID: o.EventID, OccurredAt: rejected.OccurredAt, Source: Name, Org: "acme"}
		want.Kind, want.Signal, want.Weight, want.Severity = schemas.OutcomeFailure, "rejected", 2.5, schemas.SeverityLow
		want.Model, want.ModelVersion, want.Feature, want.Language = "m", "1", "chat", "go"
		want.SuggestionID, want.ConversationID, want.ChangeID, want.SessionID, want.TeamToken, want.FileID = "s", "co", "ch", "se", "t", "f"
		if i == 1 { // what the content's event says of it
			want.Weight, want.FileID = 2, "g"
		}
		if g, w := fmt.Sprintf("%+v", o), fmt.Sprintf("%+v", want); g != w {
			t.Errorf("\n%s, want\n%s", g, w)
		}
		if len(o.EventID) != 22 {
			t.Errorf("event id %q", o.EventID)
		}
	}
}

func TestScore(t *testing.T) {
	type said struct {
		text  string
		value float64
	}
	for name, test := range map[string]struct {
		said     []said
		min, max float64 // of the last score; 0 and 0 for none
	}{
		"not concluded":        {[]said{{"acceptance accepted success", 0}}, 0, 0},
		"rejected":             {[]said{{"acceptance rejected failure", 0}}, 0.1, 0.3},
		"timed out":            {[]said{{"acceptance timed_out failure", 0}}, 0.3, 0.5},
		"all survives":         {[]said{{"acceptance accepted success", 0}, {"retention survived success", 1}}, 0.9, 1},
		"nothing survives":     {[]said{{"acceptance accepted success", 0}, {"retention lost failure", 0}}, 0, 0.3},
		"survives, not secure": {[]said{{"acceptance accepted success", 0}, {"security scan_findings failure", 0}, {"retention survived success", 1}}, 0, 0.5},
		"thumbs down":          {[]said{{"rating thumbs_down failure", 0}}, 0, 0.2},
		"failed task":          {[]said{{"delivery task_failed context", 0}, {"rating thumbs_up success", 0}}, 0.5, 0.8},
	} {
		t.Run(name, func(t *testing.T) {
			var all []*schemas.Signal
			for i, s := range test.said {
				all = append(all, says(fmt.Sprint("e", i), s.text, s.value))
			}
			score := math.NaN()
			for _, o := range settleAll(t, all...) {
				if o.Category == Suggestion {
					score = o.Score.Value
				}
			}
			switch {
			case test.max == 0 && !math.IsNaN(score):
				t.Errorf("concluded with %v", score)
			case test.max != 0 && !(score >= test.min && score <= test.max):
				t.Errorf("score %v, want %v to %v", score, test.min, test.max)
			}
		})
	}
}

// A secret that is found later reaches the examples, whatever the suggestion's score was.
func TestASecretIsSaidEvenOfAFailure(t *testing.T) {
	secret := says("e1", "security secret context")
	secret.CWE = "CWE-798"
	got := settleAll(t, says("e0", "acceptance rejected failure"), secret, says("e2", "rating thumbs_down failure"))
	var of []*schemas.Outcome
	for _, o := range got {
		if o.Category == Suggestion {
			of = append(of, o)
		}
	}
	if len(of) != 3 || of[0].CWE != "" || of[1].CWE != "CWE-798" || of[1].Supersedes != of[0].EventID || of[2].CWE != "CWE-798" || of[2].Supersedes != of[1].EventID {
		t.Errorf("%+v", of)
	}
}

func TestUnknownSignalsAreRefused(t *testing.T) {
	for _, e := range []schemas.Event{says("e", "acceptance adored success"), new(schemas.DeadLetter)} {
		state := &State{Place: place{Model: first{Value: "m"}}}
		if next, events, err := Fold(state, consumers.Input{Event: e}); err == nil || next != state || len(events) > 0 || state.Settled != nil {
			t.Errorf("%v: %+v, error %v", e, next, err)
		}
	}
}

func TestStateIsSmall(t *testing.T) {
	s := says("018f3c1e-7d3a-7000-8000-000000000000", "acceptance shown context")
	s.Attributes = map[string]string{signals.Content: "true"}
	s.CauseTopic, s.Model, s.ModelVersion, s.Feature, s.Language = "assistant.code", "gpt-4.1", "2025-04-14", "inline_completion", "typescriptreact"
	for i := range 16 {
		s.Fingerprints = append(s.Fingerprints, math.MinInt64+int64(i))
	}
	for _, test := range []struct {
		more []string
		size int
	}{
		{nil, 300},
		{[]string{"acceptance rejected failure"}, 350},
		{[]string{"acceptance accepted success", "security scan_clean success", "retention survived success"}, 450},
	} {
		state, _, err := Fold(nil, consumers.Input{Event: s})
		for i, text := range test.more {
			if err == nil {
				state, _, err = Fold(state, consumers.Input{Event: says(fmt.Sprint("e", i), text, 1)})
			}
		}
		raw, _ := state.MarshalBinary()
		if err != nil || len(raw) > test.size {
			t.Errorf("after %v: %d bytes, error %v: %q", test.more, len(raw), err, raw)
		}
	}
}

func TestDomainIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []string {
			return rapid.SliceOfN(rapid.StringMatching(`[a|%27C]{0,4}`), 5, 5).Draw(t, name)
		}
		a, b := draw("a"), draw("b")
		if slices.Equal(a, b) != (domain(slices.Clone(a)...) == domain(slices.Clone(b)...)) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	b.ReportAllocs()
	accepted, survived := says("e1", "acceptance accepted success"), says("e2", "retention survived success", 1)
	for b.Loop() {
		state, _, err := Fold(nil, consumers.Input{Event: accepted})
		if err == nil {
			_, _, err = Fold(state, consumers.Input{Event: survived})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
