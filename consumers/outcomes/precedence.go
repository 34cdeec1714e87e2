package outcomes

import (
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

type named struct{ category, signal string }

// strengths is the precedence of the signals of a category; 0 is context. Among equals the first one counts.
//
//	acceptance  decisions of persons, partial ones included, over timeouts
//	retention   reverted over the final verdict after 14 days, over survival measured by Assay, over survival that a client reports
//	rating      thumbs down over thumbs up: a person may think again
//	security    grave findings over a clean scan
//	confusion   confused over not confused
//	delivery    incident over reverted, over failed tasks and replies that weren't used as they were, over merged, over the rest
var strengths = map[named]int{
	{signals.Acceptance, "shown"}:              0,
	{signals.Acceptance, "timed_out"}:          1,
	{signals.Acceptance, "dismissed"}:          2,
	{signals.Acceptance, "rejected"}:           2,
	{signals.Acceptance, "accepted"}:           2,
	{signals.Acceptance, "partially_accepted"}: 2,

	{signals.Retention, "survived"}:          1,
	{signals.Retention, "lost"}:              1,
	{signals.Retention, "measured_survived"}: 2,
	{signals.Retention, "measured_lost"}:     2,
	{signals.Retention, "kept"}:              3,
	{signals.Retention, "moved"}:             3,
	{signals.Retention, "rewritten"}:         3,
	{signals.Retention, "deleted"}:           3,
	{signals.Retention, "reverted"}:          4,

	{signals.Rating, "thumbs_up"}:   1,
	{signals.Rating, "thumbs_down"}: 2,

	{signals.Security, "secret"}:        0,
	{signals.Security, "scan_clean"}:    1,
	{signals.Security, "scan_findings"}: 2,

	{signals.Confusion, "not_confused"}: 1,
	{signals.Confusion, "confused"}:     2,

	{signals.Delivery, "copied"}:         1,
	{signals.Delivery, "task_succeeded"}: 1,
	{signals.Delivery, "merged"}:         2,
	{signals.Delivery, "task_failed"}:    3,
	{signals.Delivery, "overridden"}:     3,
	{signals.Delivery, "undone"}:         3,
	{signals.Delivery, "reverted"}:       4,
	{signals.Delivery, "incident"}:       5,
}

// severity of a failure: what the signal says itself, as findings and incidents do, else by what failed.
func severity(s *schemas.Signal) schemas.Severity {
	if s.Severity != "" && s.Severity != schemas.SeverityNone {
		return s.Severity
	}
	switch s.Signal {
	case "incident", "reverted":
		return schemas.SeverityHigh
	case "timed_out", "dismissed", "rejected":
		return schemas.SeverityLow
	}
	return schemas.SeverityMedium
}
