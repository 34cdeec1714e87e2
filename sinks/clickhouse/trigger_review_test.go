package clickhouse_test

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers/quality/detect"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// reviewedWeek is a period with what happened before, in and after it.
type reviewedWeek struct {
	since, until       time.Time
	outcomes, triggers []schemas.Event
	open               []reviewedEpisode
	live               int // domains with outcomes in the period
}

// reviewedEpisode is one that was open in the period.
type reviewedEpisode struct {
	id string
	e  float64
}

// drawWeek makes up domains with episodes that were fired before, in or after the period, and cleared likewise or never.
func drawWeek(t *rapid.T, since time.Time, offset int64) *reviewedWeek {
	luck := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "luck"), 13))
	w := &reviewedWeek{since: since, until: since.Add(7 * 24 * time.Hour)}
	within := func(at time.Time) bool { return !at.Before(w.since) && at.Before(w.until) }
	for d := range rapid.IntRange(1, 9).Draw(t, "domains") {
		domain := fmt.Sprint("d", d)
		rate := rapid.SampledFrom([]float64{0.02, 0.3, 0.7}).Draw(t, "rate")
		slo := rapid.SampledFrom([]float64{0.05, 0.1, 0.4}).Draw(t, "slo")
		effect := rapid.SampledFrom([]float64{1, 1, 2.5}).Draw(t, "effect")
		at := since.Add(-time.Duration(rapid.IntRange(-20, 200).Draw(t, "begins before")) * time.Hour)
		var of []*schemas.Outcome
		begins := offset
		for i := range rapid.IntRange(1, 100).Draw(t, "outcomes") {
			at = at.Add(time.Duration(rapid.IntRange(1, 6).Draw(t, "hours")) * time.Hour)
			o := &schemas.Outcome{
				Envelope: schemas.Envelope{EventID: fmt.Sprint("o", offset), OccurredAt: at, Source: "test", Org: "acme"},
				Kind:     schemas.OutcomeSuccess, Domain: domain, Category: "rating", Weight: []float64{1, 1, 0.5, 3}[i%4],
			}
			if luck.Float64() < rate {
				o.Kind = schemas.OutcomeFailure
			}
			of, w.outcomes = append(of, o), append(w.outcomes, o)
			offset++
		}
		if slices.ContainsFunc(of, func(o *schemas.Outcome) bool { return within(o.OccurredAt) }) {
			w.live++
		}
		nth := 0
		for i := rapid.IntRange(0, 60).Draw(t, "fires at"); i < len(of); i += 1 + rapid.IntRange(0, 30).Draw(t, "quiet for") {
			id := fmt.Sprint("e", begins, "-", i)
			trigger := func(i int, kind schemas.TriggerKind) {
				w.triggers = append(w.triggers, &schemas.RetrainTrigger{
					Envelope: schemas.Envelope{EventID: fmt.Sprint("t", begins, "-", i), OccurredAt: of[i].OccurredAt, Source: "test", Org: "acme"},
					Kind:     kind, Domain: domain, RuleID: "rating", EpisodeID: id, SLO: slo, InputPartition: 3, LastOffset: begins + int64(i),
					Attributes: map[string]string{"design_effect": strconv.FormatFloat(effect, 'g', -1, 64)},
				})
			}
			fired, cleared := i, i+2+rapid.IntRange(0, 90).Draw(t, "lasts")
			trigger(fired, schemas.TriggerFired)
			if fired+1 < len(of) {
				trigger(fired+1, schemas.TriggerFired) // the full action after the partial one changes nothing
			}
			if cleared < len(of) {
				trigger(cleared, schemas.TriggerCleared)
			}
			if of[fired].OccurredAt.Before(w.until) && (cleared >= len(of) || !of[cleared].OccurredAt.Before(w.since)) {
				nth++
				var c detect.Counts
				for _, o := range of[fired+1 : min(cleared+1, len(of))] {
					if within(o.OccurredAt) {
						n := int64(min(1, o.Weight) * detect.Unit)
						c.N += n
						if o.Kind == schemas.OutcomeFailure {
							c.K += n
						}
					}
				}
				e := detect.New(detect.Settings{Allowed: slo}).Evidence(c, effect) / math.Exp2(float64(nth))
				if c.N > 0 || !of[fired].OccurredAt.Before(w.since) { // of others nothing was seen in the period
					w.open = append(w.open, reviewedEpisode{id, e})
				}
			}
			i = cleared
		}
	}
	return w
}

// standing are the episodes that e-BH accepts: of m hypotheses the r with the largest e-values, for the largest r whose r-th is at least m / (alpha r).
func (w *reviewedWeek) standing(alpha float64) (ids []string) {
	byE := slices.SortedFunc(slices.Values(w.open), func(a, b reviewedEpisode) int { return cmp.Compare(b.e, a.e) })
	for r := len(byE); r > 0; r-- {
		if byE[r-1].e >= float64(w.live)/(alpha*float64(r)) {
			for _, x := range byE[:r] {
				ids = append(ids, x.id)
			}
			return slices.Sorted(slices.Values(ids))
		}
	}
	return nil
}

// The view's fdr says of every alpha what e-BH accepts at it, with the detector's own e-values.
func TestTriggerReviewIsEBH(t *testing.T) {
	db := embeddedtest.New(t)
	checks := flag.Lookup("rapid.checks").Value
	defer func(before string) { _ = checks.Set(before) }(checks.String())
	if err := checks.Set("20"); err != nil { // each asks ClickHouse
		t.Fatal(err)
	}
	// Offsets grow on from case to case: ClickHouse would take a block of the same offsets for a repeat.
	since, offset := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), int64(0)
	rows, stood := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"outcomes", "retrain_triggers"} {
			if _, err := db.Query(t.Context(), "TRUNCATE TABLE "+table); err != nil {
				rt.Fatal(err)
			}
		}
		w := drawWeek(rt, since, offset)
		for _, events := range [][]schemas.Event{w.outcomes, w.triggers} {
			if len(events) == 0 {
				continue
			}
			b := batchOf(t, events)
			b.From, b.To = offset, offset+int64(len(events))
			for i := range b.Offsets {
				b.Offsets[i] = offset + int64(i)
			}
			insert(t, db, b)
		}
		offset += int64(len(w.outcomes))
		got, err := db.Query(t.Context(), "SELECT episode_id, e_value, domains, fdr FROM retrain_triggers_fdr(since = {since:DateTime64(3)}, until = {until:DateTime64(3)})",
			clickhouse.Parameters(map[string]any{"since": w.since, "until": w.until})...)
		if err != nil {
			rt.Fatal(err)
		}
		es := map[string]float64{}
		for _, x := range w.open {
			es[x.id] = x.e
		}
		if len(got.Rows) != len(es) {
			rt.Fatalf("%d episodes, want %v: %v", len(got.Rows), es, got.Rows)
		}
		for _, r := range got.Rows {
			if e := r[1].(float64); math.Abs(e-es[r[0].(string)]) > 1e-9*e || r[2].(uint64) != uint64(w.live) {
				rt.Fatalf("%v, want e-value %v of %d domains", r, es[r[0].(string)], w.live)
			}
		}
		rows += len(got.Rows)
		for _, alpha := range []float64{0.013, 0.1, 0.47, 0.98} {
			var ids []string
			for _, r := range got.Rows {
				if r[3].(float64) <= alpha {
					ids = append(ids, r[0].(string))
				}
			}
			slices.Sort(ids)
			if want := w.standing(alpha); !slices.Equal(ids, want) {
				rt.Fatalf("at %v stand %v, want %v", alpha, ids, want)
			}
			stood += len(ids)
		}
	})
	if rows == 0 || stood == 0 {
		t.Errorf("%d episodes, of which %d stood", rows, stood)
	}
}
