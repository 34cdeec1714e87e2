package clickhouse_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// verdicts of five suggestions of one model, as the service rework writes them.
func reworkVerdicts() []schemas.Event {
	accepted := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var events []schemas.Event
	add := func(suggestion string, kind schemas.ReworkKind, age int64, verdict schemas.Verdict, survival float64) {
		v := &schemas.ReworkVerdict{
			Envelope: schemas.Envelope{EventID: fmt.Sprintf("%s/%s/%d", suggestion, kind, age), OccurredAt: accepted.Add(time.Duration(age) * time.Second), Source: "rework", Org: "acme"},
			Kind:     kind, FileID: "f", SuggestionID: suggestion, Model: "m", Language: "go", Method: "sketch", Verdict: verdict, Survival: schemas.Some(survival),
			AgeS: schemas.Some(age), Tokens: schemas.Some(int32(100)), Lines: schemas.Some(int32(10)), AcceptedAt: schemas.Some(accepted),
		}
		if kind == schemas.ReworkCheckpoint {
			v.CheckpointS = schemas.Some(int32(age))
		}
		events = append(events, v)
	}
	const fortnight = 14 * 24 * 60 * 60
	add("a", schemas.ReworkCheckpoint, 15, schemas.VerdictKept, 1)
	add("a", schemas.ReworkCheckpoint, 60, schemas.VerdictRewritten, 0.3)
	add("a", schemas.ReworkFinal, fortnight, schemas.VerdictRewritten, 0.2)
	add("b", schemas.ReworkCheckpoint, 60, schemas.VerdictKept, 0.9)
	add("b", schemas.ReworkFinal, 300, schemas.VerdictDeleted, 0)
	add("c", schemas.ReworkCheckpoint, 60, schemas.VerdictKept, 1)
	add("c", schemas.ReworkCensored, 120, schemas.VerdictKept, 1)
	add("d", schemas.ReworkCheckpoint, 60, schemas.VerdictMoved, 1)
	add("d", schemas.ReworkFinal, fortnight, schemas.VerdictMoved, 1)
	add("e", schemas.ReworkFinal, fortnight, schemas.VerdictKept, 0.8)
	return events
}

// TestReworkViews compares the views with figures worked out by hand.
func TestReworkViews(t *testing.T) {
	db := embeddedtest.New(t)
	b := batchOf(t, reworkVerdicts())
	insert(t, db, b)
	insert(t, db, b)
	expect(t, db, "SELECT n, round(mean_survival, 6), share_untouched, share_third_changed FROM survival_by_checkpoint WHERE checkpoint_s = 60 AND NOT reported",
		"4 0.8 0.5 0.25")
	expect(t, db, "SELECT judged, censored, kept, moved, rewritten, deleted, reverted, share_reworked FROM rework_by_model", "4 1 1 1 1 1 0 0.5")
	expect(t, db, "SELECT accepted_tokens, round(churn, 6) FROM churn_14d WHERE week = '2026-03-02'", "400 0.5")

	curve, err := db.Query(t.Context(), "SELECT age_s, at_risk, reworked, not_reworked FROM survival_curves ORDER BY age_s")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		age            int64
		risk, reworked uint64
		notReworkedYet float64
	}{{60, 5, 1, 0.8}, {120, 4, 0, 0.8}, {300, 3, 1, 0.8 * 2 / 3}, {14 * 24 * 60 * 60, 2, 0, 0.8 * 2 / 3}}
	if len(curve.Rows) != len(want) {
		t.Fatalf("curve %v, want %v", curve.Rows, want)
	}
	for i, w := range want {
		row := curve.Rows[i]
		if row[0] != w.age || row[1] != w.risk || row[2] != w.reworked || math.Abs(row[3].(float64)-w.notReworkedYet) > 1e-12 {
			t.Errorf("step %d is %v, want %v", i, row, w)
		}
	}
}
