package outcomes

import (
	"math"
	"strconv"

	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

// Suggestion is the category of the outcome that concludes a suggestion with its score. Its caused_by is the event that holds
// the suggestion's sealed text where the attribute content is true.
const Suggestion = "suggestion"

// The score of a suggestion is the logistic function of the sum of these log-odds: a naive Bayes estimate of the
// probability that the suggestion was a good one, from even odds. The weights are fixed, so that scores of different days
// and models can be compared; docs/guides/ml-pipelines.md shows how they are calibrated against survival.
var weights = map[named]float64{
	{signals.Acceptance, "accepted"}:           2.3, // 93 % of what is accepted is still there after 10 minutes
	{signals.Acceptance, "partially_accepted"}: 1.2,
	{signals.Acceptance, "timed_out"}:          -0.5,
	{signals.Acceptance, "dismissed"}:          -0.8,
	{signals.Acceptance, "rejected"}:           -1.6,
	{signals.Rating, "thumbs_up"}:              1.5,
	{signals.Rating, "thumbs_down"}:            -2.5,
	{signals.Security, "scan_clean"}:           0.1,
	{signals.Security, "scan_findings"}:        -3.5,
	{signals.Confusion, "confused"}:            -0.8,
	{signals.Retention, "lost"}:                -2.5, // beyond the surviving fraction, as the following
	{signals.Retention, "measured_lost"}:       -2.5,
	{signals.Retention, "rewritten"}:           -2,
	{signals.Retention, "deleted"}:             -2,
	{signals.Retention, "reverted"}:            -4,
}

const (
	survivalWeight  = 4.0 // of the surviving fraction, from -1 for none to 1 for all of it
	deliveredWeight = 0.7 // of a change or task that held, or didn't: it is made of many suggestions
)

// score is how good the suggestion is, from 0 to 1, by what is known of it.
func (st *State) score() float64 {
	odds := st.odds()
	for _, s := range st.Settled {
		if s.Category == signals.Retention {
			odds += weights[named{s.Category, s.Signal}]
		}
	}
	if st.Survival != nil {
		odds += survivalWeight * (2*min(max(*st.Survival, 0), 1) - 1)
	}
	return logistic(odds)
}

// odds are the log-odds by everything but retention.
func (st *State) odds() (odds float64) {
	for _, s := range st.Settled {
		if s.Category != signals.Retention {
			odds += weights[named{s.Category, s.Signal}]
		}
	}
	if st.Delivered != nil {
		if *st.Delivered {
			odds += deliveredWeight
		} else {
			odds -= deliveredWeight
		}
	}
	return odds
}

func logistic(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }

// Attributes of the score of a suggestion whose survival is known: what the score would be without, which is how its calibration is
// watched (view score_calibration), and the surviving fraction.
const (
	attributeBefore   = "score_before_survival"
	attributeSurvival = "survival"
)

// secretFound marks a conclusion that said that the suggestion holds a secret.
const secretFound = "secret"

// conclude scores the suggestion once what became of it is known: it wasn't accepted, its survival is known, it was rated,
// or a grave finding speaks against it. Later signals correct the conclusion only where the suggestion turns out bad, or a
// secret in it: nobody should learn from that, so that it is a failure.
func (st *State) conclude(s *schemas.Signal) *schemas.Outcome {
	if s.SuggestionID == "" || !st.conclusive() {
		return nil
	}
	score, secret, old := st.score(), signals.Secret(st.CWE), st.Concluded
	failed := score < 0.5 || secret || old != nil && old.Failed
	if old != nil && old.Failed == failed && (old.Signal == secretFound || !secret) {
		return nil
	}
	o := st.outcome(s, Suggestion, failed)
	o.Score, o.CWE, o.Fingerprints = schemas.Some(score), st.CWE, st.Fingerprints
	o.Attributes = map[string]string{}
	if st.Content != "" {
		o.CausedBy, o.CauseTopic = st.Content, st.ContentTopic
		o.Attributes[signals.Content] = "true"
	}
	if st.Survival != nil {
		o.Attributes[attributeBefore] = strconv.FormatFloat(logistic(st.odds()), 'f', 4, 64)
		o.Attributes[attributeSurvival] = strconv.FormatFloat(*st.Survival, 'f', 4, 64)
	}
	if old != nil {
		o.Supersedes = old.ID
	}
	st.Concluded = &settled{Failed: failed, ID: o.EventID}
	if secret {
		st.Concluded.Signal = secretFound
	}
	return o
}

func (st *State) conclusive() bool {
	if st.of(signals.Retention) != nil || st.of(signals.Rating) != nil {
		return true
	}
	acceptance, security := st.of(signals.Acceptance), st.of(signals.Security)
	return acceptance != nil && acceptance.Failed || security != nil && security.Failed
}
