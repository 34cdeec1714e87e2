package outcomes

import (
	"math"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/assayhq/assay/consumers/compact"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

// Suggestion is the category of the outcome that concludes a suggestion with its score. Its caused_by is the event that holds
// the suggestion's sealed text where the attribute content is true.
const Suggestion = "suggestion"

// Attributes of the outcome that concludes a suggestion.
const (
	For       = "for"        // "true": it stayed or a person liked it
	Against   = "against"    // "true": a person or a scan spoke against it, or it didn't stay
	ContentAt = "content_at" // when its content was suggested, milliseconds since 1970
)

// Attributes of the score of a suggestion whose survival is known: what the score would be without, which is how its calibration is
// watched (view score_calibration), and the surviving fraction.
const (
	attributeBefore   = "score_before_survival"
	attributeSurvival = "survival"
)

const (
	survivalWeight  = 4.0 // of the surviving fraction, from -1 for none to 1 for all of it
	deliveredWeight = 0.7 // of a change or task that held, or didn't: it is made of many suggestions
)

// score is how good the suggestion is, from 0 to 1 by hundredths, by what is known of it: the logistic function of a sum of
// log-odds, a naive Bayes estimate of the probability that the suggestion was a good one, from even odds. The weights are
// fixed, so that scores of different days and models can be compared; docs/guides/ml-pipelines.md shows how they are
// calibrated against survival.
func (st *State) score() float64 {
	odds := st.odds()
	if w := st.strongest(signals.Retention); w.Code != 0 {
		odds += w.Code.meaning().odds
	}
	if st.Survival.Code != 0 {
		odds += survivalWeight * (2*min(max(st.Survival.Fraction, 0), 1) - 1)
	}
	return math.Round(100*logistic(odds)) / 100
}

// odds are the log-odds by everything but retention.
func (st *State) odds() (odds float64) {
	for i := range st.Strongest {
		if w := &st.Strongest[i]; w.Code != 0 && scored[i] != signals.Retention {
			odds += w.Code.meaning().odds
		}
	}
	switch st.Delivered {
	case held:
		odds += deliveredWeight
	case didNotHold:
		odds -= deliveredWeight
	}
	return odds
}

func logistic(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }

// conclude adds the score of the suggestion once something is known of what became of it: it wasn't accepted, its survival is
// known, it was rated, or a grave finding speaks against it. Later signals that change what is said of it conclude it anew. A
// secret makes it a failure: nobody should learn from that.
func (st *State) conclude(s *schemas.Signal, events []schemas.Event) []schemas.Event {
	if s.SuggestionID == "" {
		return events
	}
	evidence, conclusive := st.evidence()
	if !conclusive {
		return events
	}
	score, old := st.score(), st.Concluded
	o := st.outcome(s, Suggestion, score < 0.5 || signals.Secret(st.CWE.Value))
	o.Score, o.CWE, o.Attributes = schemas.Some(score), st.CWE.Value, map[string]string{}
	if c := &st.Content; c.Value != "" {
		o.CausedBy, o.CauseTopic, o.FileID, o.Weight, o.Fingerprints = c.Value, c.Topic, c.File, c.Weight, c.Fingerprints
		o.Attributes[signals.Content] = "true"
		o.Attributes[ContentAt] = strconv.FormatInt(c.At, 10)
		if evidence&forIt != 0 {
			o.Attributes[For] = "true"
		}
		if evidence&againstIt != 0 {
			o.Attributes[Against] = "true"
		}
	}
	said := fingerprint(o, evidence)
	if old != nil && old.Print == said {
		return events
	}
	if st.Survival.Code != 0 {
		o.Attributes[attributeBefore] = strconv.FormatFloat(logistic(st.odds()), 'f', 4, 64)
		o.Attributes[attributeSurvival] = strconv.FormatFloat(st.Survival.Fraction, 'f', 4, 64)
	}
	here := st.Place.names()
	if old != nil {
		o.Supersedes = old.ID
		if old.Place != here {
			w := withdrawn(o, old.Place)
			o.Supersedes = w.EventID
			events = append(events, w)
		}
	}
	st.Concluded = &concluded{ID: o.EventID, Print: said, Place: here}
	return append(events, o)
}

// withdrawn ends a score in a domain that the suggestion turned out not to belong to: it is no example there.
func withdrawn(o *schemas.Outcome, place [4]string) *schemas.Outcome {
	w := *o
	in(&w, place)
	w.EventID = schemas.DerivedID(Name, o.Org, o.EventID, "withdrawn")
	w.Attributes = nil
	return &w
}

// fingerprint is a hash of what an outcome says of the suggestion.
func fingerprint(o *schemas.Outcome, e evidence) uint64 {
	b := compact.AppendFloat(append(make([]byte, 0, 256), byte(e)), o.Score.Value)
	for _, s := range [...]string{o.Domain, o.CWE, o.Attributes[ContentAt]} {
		b = compact.AppendString(b, s)
	}
	if o.Attributes[signals.Content] != "" {
		b = compact.AppendString(b, o.CausedBy)
	}
	return xxh3.Hash(b)
}

// evidence is what was said for and against the suggestion as an example, and whether that is enough for a score.
func (st *State) evidence() (e evidence, conclusive bool) {
	for i := range meanings {
		if st.Seen&(1<<(i+1)) == 0 {
			continue
		}
		m := &meanings[i]
		e |= m.evidence
		switch m.category {
		case signals.Retention, signals.Rating:
			conclusive = true
		case signals.Acceptance, signals.Security:
			conclusive = conclusive || m.odds < 0
		}
	}
	return e, conclusive
}
