package outcomes

import (
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

type named struct{ category, signal string }

// evidence is what a signal says about the suggestion as an example.
type evidence uint8

const (
	forIt     evidence = 1 << iota // it stayed or a person liked it
	againstIt                      // a person or a scan spoke against it, or it didn't stay
)

// meaning is what is known of a signal beforehand.
type meaning struct {
	named
	strength int     // precedence in its category; 0 is context
	odds     float64 // log-odds that the suggestion is a good one: see score
	evidence evidence
}

// meanings holds every signal. Signals are kept by their place here, so that the list may only grow at its end. A category's
// strongest signal counts, among equals the first one.
//
//	acceptance  decisions of persons, partial ones included, over timeouts
//	retention   reverted over the final verdict after 14 days, over survival measured by Assay, over survival that a client reports
//	rating      thumbs down over thumbs up: a person may think again
//	security    grave findings over a clean scan
//	confusion   confused over not confused
//	delivery    incident over reverted, over failed tasks and replies that weren't used as they were, over merged, over the rest
var meanings = [...]meaning{
	{named{signals.Acceptance, "shown"}, 0, 0, 0},
	{named{signals.Acceptance, "timed_out"}, 1, -0.5, 0},
	{named{signals.Acceptance, "dismissed"}, 2, -0.8, 0},
	{named{signals.Acceptance, "rejected"}, 2, -1.6, againstIt},
	{named{signals.Acceptance, "accepted"}, 2, 2.3, 0}, // 93 % of what is accepted is still there after 10 minutes
	{named{signals.Acceptance, "partially_accepted"}, 2, 1.2, 0},

	{named{signals.Retention, "survived"}, 1, 0, forIt},
	{named{signals.Retention, "lost"}, 1, -2.5, againstIt}, // beyond the surviving fraction, as the following
	{named{signals.Retention, "measured_survived"}, 2, 0, forIt},
	{named{signals.Retention, "measured_lost"}, 2, -2.5, againstIt},
	{named{signals.Retention, "kept"}, 3, 0, forIt},
	{named{signals.Retention, "moved"}, 3, 0, forIt},
	{named{signals.Retention, "rewritten"}, 3, -2, againstIt},
	{named{signals.Retention, "deleted"}, 3, -2, againstIt},
	{named{signals.Retention, "reverted"}, 4, -4, againstIt},

	{named{signals.Rating, "thumbs_up"}, 1, 1.5, forIt},
	{named{signals.Rating, "thumbs_down"}, 2, -4, againstIt},

	{named{signals.Security, "secret"}, 0, 0, 0},
	{named{signals.Security, "scan_clean"}, 1, 0, 0}, // nearly all are
	{named{signals.Security, "scan_findings"}, 2, -7, againstIt},

	{named{signals.Confusion, "not_confused"}, 1, 0, 0},
	{named{signals.Confusion, "confused"}, 2, -0.8, 0},

	{named{signals.Delivery, "copied"}, 1, 0, 0},
	{named{signals.Delivery, "task_succeeded"}, 1, 0, 0},
	{named{signals.Delivery, "merged"}, 2, 0, 0},
	{named{signals.Delivery, "task_failed"}, 3, 0, 0},
	{named{signals.Delivery, "overridden"}, 3, 0, 0},
	{named{signals.Delivery, "undone"}, 3, 0, 0},
	{named{signals.Delivery, "reverted"}, 4, 0, 0},
	{named{signals.Delivery, "incident"}, 5, 0, 0},
}

// code is a signal's place in meanings, counted from 1; 0 is none.
type code uint8

func (c code) meaning() *meaning { return &meanings[c-1] }

var codes = func() map[named]code {
	m := make(map[named]code, len(meanings))
	for i := range meanings {
		m[meanings[i].named] = code(i + 1)
	}
	return m
}()

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
