package quality

import (
	"slices"

	"github.com/assayhq/assay/schemas"
)

// Stream runs one rule over minute counts, as the service does over the outcomes of a domain, to measure how it
// fires. It doesn't wait for recovery: after it fired, the rule rests for its cool-down and starts afresh.
type Stream struct {
	rule      *Rule
	tracker   tracker
	watermark int64
	until     int64 // event time at which a partial action is no longer followed by the full one
	outcome   schemas.Outcome
}

// Call is what a rule asks for.
type Call struct {
	Action    schemas.RetrainAction
	Escalates bool // the call before, of the same change
}

// NewStream watches for rates over the allowed one, by the first rule that asks for a full retraining, or the first of all.
func NewStream(rules *Rules, allowed float64) *Stream {
	i := max(0, slices.IndexFunc(rules.rules, func(r Rule) bool { return r.Action == schemas.RetrainActionFull }))
	rule := rules.rules[i]
	rule.SLO, rule.ClearBelow = allowed, allowed
	rule.build()
	return &Stream{rule: &rule}
}

// Add gives it n observations of a minute, k of them failures, and returns what it calls for.
func (s *Stream) Add(t int64, n, k int) (calls []Call) {
	at := t * minute
	s.watermark = max(s.watermark, at)
	if s.tracker.Episode != nil && s.watermark >= s.until {
		s.restart()
	}
	for i := range n { // failures last: what is decided on is the whole minute
		partial := s.tracker.Episode != nil
		d := s.tracker.observe(s.rule, observation{outcome: &s.outcome, at: at, weight: weightUnit, failed: i >= n-k}, s.watermark)
		if d == nil {
			continue
		}
		if d.kind == schemas.TriggerFired {
			calls = append(calls, Call{d.action, partial})
			s.until = s.watermark + s.rule.CoolDown.Milliseconds()
		}
		if e := s.tracker.Episode; e == nil || !e.Partial {
			s.restart()
		}
	}
	return calls
}

// restart rests until the cool-down after the fire is over.
func (s *Stream) restart() {
	s.tracker.Episode, s.tracker.From, s.tracker.Quiet = nil, 0, s.until
	if s.tracker.Evidence != nil {
		s.rule.up.Reset(s.tracker.Evidence, s.until/minute)
	}
}
