package curation

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/outcomes"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

// What remains to be exported is the same in whatever order the signals arrive, of one suggestion and of all.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		all := telemetry(r, rapid.IntRange(1, 300).Draw(t, "suggestions"))
		want := exported(t, all)
		for range 2 {
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			got := exported(t, all)
			if maps.Equal(got, want) {
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(want)) {
				if got[key] != want[key] {
					t.Fatalf("%s: %s, in another order %q; %d and %d examples", key, want[key], got[key], len(want), len(got))
				}
			}
			t.Fatalf("%d examples, in another order %d", len(want), len(got))
		}
	})
}

// telemetry makes up the signals of n suggestions of two domains over two months. Only the events of the client say what the
// suggestion is, and what becomes of it others say.
func telemetry(r *rand.Rand, n int) (all []*schemas.Signal) {
	kinds := []struct {
		category, signal string
		kind             schemas.SignalKind
		survival         float64 // up to; 0 for none
	}{
		{signals.Acceptance, "accepted", schemas.SignalSuccess, 0}, {signals.Acceptance, "rejected", schemas.SignalFailure, 0},
		{signals.Acceptance, "timed_out", schemas.SignalFailure, 0}, {signals.Retention, "survived", schemas.SignalSuccess, 1},
		{signals.Retention, "lost", schemas.SignalFailure, 0.4}, {signals.Retention, "measured_survived", schemas.SignalSuccess, 1},
		{signals.Retention, "kept", schemas.SignalSuccess, 1}, {signals.Retention, "reverted", schemas.SignalFailure, 0},
		{signals.Rating, "thumbs_up", schemas.SignalSuccess, 0}, {signals.Rating, "thumbs_down", schemas.SignalFailure, 0},
		{signals.Security, "scan_findings", schemas.SignalFailure, 0}, {signals.Security, "secret", schemas.SignalContext, 0},
		{signals.Security, "scan_clean", schemas.SignalSuccess, 0}, {signals.Delivery, "reverted", schemas.SignalContext, 0},
	}
	start := time.UnixMilli(1_790_000_000_000).UTC()
	for i := range n {
		id := fmt.Sprint("s", r.Uint64())
		at := start.Add(time.Duration(r.Int64N(int64(60 * 24 * time.Hour))))
		say := func(category, signal string, kind schemas.SignalKind) *schemas.Signal {
			at = at.Add(time.Duration(r.IntN(2)) * time.Hour) // ties, too
			s := &schemas.Signal{
				Envelope: schemas.Envelope{EventID: fmt.Sprint("signal ", len(all)), OccurredAt: at, Source: "signals", Org: "acme"},
				Subject:  "suggestion/acme/" + id, SuggestionID: id, Category: category, Signal: signal, Kind: kind, Weight: 1,
				CausedBy: fmt.Sprint("cause ", len(all)), CauseTopic: "code.rework", Severity: schemas.SeverityNone,
			}
			all = append(all, s)
			return s
		}
		shown := say(signals.Acceptance, "shown", schemas.SignalContext)
		shown.Model, shown.ModelVersion, shown.Feature, shown.Language, shown.FileID = "m", "1", "chat", []string{"go", "python"}[i%2], "f"
		shown.Weight, shown.CauseTopic = []float64{1, 1, 20}[r.IntN(3)], "assistant.code"
		if r.IntN(8) > 0 {
			shown.Attributes = map[string]string{signals.Content: "true"}
		}
		for h := range int64(5) { // some are alike
			shown.Fingerprints = append(shown.Fingerprints, 100*r.Int64N(200)+h)
		}
		slices.Sort(shown.Fingerprints)
		for range r.IntN(5) {
			k := kinds[r.IntN(len(kinds))]
			s := say(k.category, k.signal, k.kind)
			if k.survival > 0 {
				s.Value = schemas.Some(r.Float64() * k.survival)
			}
			switch k.signal {
			case "secret":
				s.CWE = "CWE-798"
			case "scan_findings":
				s.CWE, s.Severity = "CWE-89", schemas.SeverityHigh
			}
		}
	}
	return all
}

// exported is what remains of signals by domain and suggestion, without what tells how it came about.
func exported(t *rapid.T, all []*schemas.Signal) map[string]string {
	subjects, domains := map[string]*outcomes.State{}, map[string]*State{}
	var said []*schemas.CuratedExample
	for _, s := range all {
		state, settled, err := outcomes.Fold(subjects[s.Subject], consumers.Input{Event: s})
		if err != nil {
			t.Fatal(err)
		}
		subjects[s.Subject] = state
		for _, event := range settled {
			o := event.(*schemas.Outcome)
			state, curated, err := Fold(domains[o.Domain], consumers.Input{Event: o})
			if err != nil {
				t.Fatal(err)
			}
			domains[o.Domain] = state
			for _, x := range curated {
				said = append(said, x.(*schemas.CuratedExample))
			}
		}
	}
	left := map[string]string{}
	for key, x := range lastWords(said) {
		left[key] = fmt.Sprint(x.Label, x.Score, x.InclusionProbability, x.ContentEventID, x.ContentTopic, x.Language, x.FileID, x.Fingerprints)
	}
	return left
}
