package clickhouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// TestGateViews compares the views with figures worked out by hand.
func TestGateViews(t *testing.T) {
	db := embeddedtest.New(t)
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	n := 0
	env := func(after time.Duration) schemas.Envelope {
		n++
		return schemas.Envelope{EventID: fmt.Sprint("e", n), OccurredAt: at.Add(after), Source: "gate", Org: "acme"}
	}
	var decisions []schemas.Event
	decide := func(change string, after time.Duration, previous, kind schemas.GateKind, reasons ...string) {
		decisions = append(decisions, &schemas.GateDecision{Envelope: env(after), Kind: kind, ChangeID: change, CausedBy: "c", Previous: string(previous), PolicyHash: "h", Reasons: reasons})
	}
	decide("1", time.Minute, "", schemas.GateBlocked, "sql")
	decide("2", time.Minute, "", schemas.GatePass)
	decide("1", 11*time.Minute, schemas.GateBlocked, schemas.GatePass)
	insert(t, db, batchOf(t, decisions))

	var inputs []schemas.Event
	input := func(e schemas.GateInput) {
		e.Envelope, e.RepoToken, e.CausedBy, e.CauseTopic = env(time.Duration(n)*time.Second), "r", "c", "t"
		inputs = append(inputs, &e)
	}
	n = 0
	input(schemas.GateInput{Kind: schemas.GateInputChangeOpened, ChangeID: "1"})
	triage := func(rule, finding, verdict string) {
		input(schemas.GateInput{Kind: schemas.GateInputTriage, RuleID: rule, FindingID: finding, Verdict: verdict})
	}
	for i := range 10 {
		triage("noisy", fmt.Sprint("n", i), "false_positive")
		triage("good", fmt.Sprint("g", i), "false_positive")
	}
	for i := range 10 { // second thoughts: the last triage of a finding counts
		triage("good", fmt.Sprint("g", i), "true_positive")
	}
	insert(t, db, batchOf(t, inputs))

	expect(t, db, "SELECT decision, previous, since FROM gate_current WHERE change_id = '1'", "passblocked2026-03-02 09:11:00 +0000 UTC")
	expect(t, db, "SELECT count() FROM gate_current", "2")
	expect(t, db, "SELECT seconds_to_decision, seconds_to_free, seconds_blocked, decisions FROM gate_times WHERE change_id = '1'", "60 660 600 2")
	expect(t, db, "SELECT true_positives, false_positives, precision, round(precision_lower, 3) FROM rule_precision WHERE rule_id = 'good'", "10 0 1 0.722")
	expect(t, db, "SELECT rule_id, round(precision_upper, 3) FROM rules_below_floor", "noisy0.278")

	insert(t, db, batchOf(t, []schemas.Event{&schemas.ChangeEvent{Envelope: env(0), Kind: schemas.ChangeChangeOpened, ChangeID: "9"}}))
	expect(t, db, "SELECT changes FROM gate_ungated", "1")
}
