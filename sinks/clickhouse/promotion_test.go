package clickhouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// TestPromotionViews compares the views with counts made by hand: a run with a repeated task that was promoted after approval,
// one that is under way, and an episode that nobody answered.
func TestPromotionViews(t *testing.T) {
	db := embeddedtest.New(t)
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	n := 0
	envelope := func() schemas.Envelope {
		n++
		return schemas.Envelope{EventID: fmt.Sprint("e", n), OccurredAt: at.Add(time.Duration(n) * time.Minute), Source: "test", Org: "acme"}
	}
	trigger := func(kind schemas.TriggerKind, episode string, action schemas.RetrainAction, rate float64) schemas.Event {
		return &schemas.RetrainTrigger{Envelope: envelope(), Kind: kind, Domain: "d-" + episode, RuleID: "rating", EpisodeID: episode, Action: action, Rate: rate}
	}
	triggers := []schemas.Event{
		trigger(schemas.TriggerFired, "one", schemas.RetrainActionPartial, 0.3), trigger(schemas.TriggerFired, "one", schemas.RetrainActionFull, 0.4),
		trigger(schemas.TriggerFired, "two", schemas.RetrainActionPartial, 0.2),
	}
	var evals []schemas.Event
	step := func(run string, kind schemas.EvalKind, task string, candidate, baseline bool) {
		e := &schemas.EvalEvent{Envelope: envelope(), Kind: kind, ModelID: "new", BaselineID: "old", RunID: run, Domain: "d-one", EpisodeID: "one", TaskID: task}
		if kind == schemas.EvalRunStarted {
			e.PlannedTasks = schemas.Some(int32(4))
		} else {
			e.CandidatePassed, e.BaselinePassed = schemas.Some(candidate), schemas.Some(baseline)
		}
		evals = append(evals, e)
	}
	step("first", schemas.EvalRunStarted, "", false, false)
	step("first", schemas.EvalTaskResult, "a", true, false)
	step("first", schemas.EvalTaskResult, "b", true, true)
	step("first", schemas.EvalTaskResult, "a", false, true) // the first result counts
	step("first", schemas.EvalTaskResult, "c", false, true)
	step("first", schemas.EvalTaskResult, "d", true, false)
	step("second", schemas.EvalRunStarted, "", false, false)
	decide := func(kind schemas.PromotionKind, reason string) schemas.Event {
		return &schemas.PromotionDecision{Envelope: envelope(), Kind: kind, ModelID: "new", BaselineID: "old", RunID: "first", EpisodeID: "one", Reason: reason}
	}
	decisions := []schemas.Event{decide(schemas.PromotionAwaitingApproval, "better"), decide(schemas.PromotionPromote, "approved")}
	triggers = append(triggers, trigger(schemas.TriggerCleared, "one", schemas.RetrainActionFull, 0.02))
	for _, events := range [][]schemas.Event{triggers, evals, decisions} {
		b := batchOf(t, events)
		insert(t, db, b)
		insert(t, db, b)
	}
	expect(t, db, "SELECT status, reason, planned_tasks, tasks, both_passed, candidate_only, baseline_only, effect FROM evaluation_runs WHERE run_id = 'first'",
		"promoteapproved4 4 1 2 1 0.25")
	expect(t, db, "SELECT status, tasks, planned_tasks, effect IS NULL, decided_at IS NULL FROM evaluation_runs WHERE run_id = 'second'", "running0 4 1 1")
	expect(t, db, "SELECT count(), countIf(kind = 'promote') FROM promotion_log", "2 1")
	expect(t, db, "SELECT actions, rate_fired, candidate, decision, evaluations, examples, fired_at < promoted_at, promoted_at < cleared_at, rate_cleared FROM retraining_loop WHERE episode_id = 'one'",
		"full, partial0.3newpromote2 0 1 1 0.02")
	expect(t, db, "SELECT actions, decision, evaluations, promoted_at IS NULL, cleared_at IS NULL FROM retraining_loop WHERE episode_id = 'two'", "partial0 1 1")
}
