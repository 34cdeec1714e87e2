package quality

import (
	"fmt"
	"math"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

// worst is how many failures a trigger names.
const worst = 10

// State is what is kept of a domain between two of its outcomes: organisations and environments share a domain, and each is
// watched by itself. It follows from the sequence of inputs alone, and is the same after a round trip through JSON.
type State struct {
	Places map[string]*place `json:"p"` // by organisation and environment
}

// place is a domain in one organisation and environment.
type place struct {
	Watermark int64               `json:"w"` // newest event time, milliseconds
	Trackers  map[string]*tracker `json:"t"` // by rule id
	Failures  []failure           `json:"f,omitempty"`
}

// place returns the outcome's place. No environment's name holds a slash.
func (s *State) place(o *schemas.Outcome) (key string, p *place) {
	key = string(o.Environment) + "/" + o.Org
	if p = s.Places[key]; p == nil {
		p = new(place)
	}
	return key, p
}

// failure is one of the latest failures, in order of arrival.
type failure struct {
	ID string `json:"i"` // event id of what the outcome observed
	At int64  `json:"t"` // event time, milliseconds
}

func (s *place) tracker(rule string) *tracker {
	t := s.Trackers[rule]
	if t == nil {
		t = new(tracker)
		if s.Trackers == nil {
			s.Trackers = map[string]*tracker{}
		}
		s.Trackers[rule] = t
	}
	return t
}

func (s *place) remember(obs observation) {
	if len(s.Failures) == worst {
		s.Failures = s.Failures[:copy(s.Failures, s.Failures[1:])]
	}
	s.Failures = append(s.Failures, failure{ID: obs.outcome.CausedBy, At: obs.at})
}

// observation is one outcome as the trackers see it.
type observation struct {
	outcome   *schemas.Outcome
	partition int
	offset    int64
	at        int64 // event time, milliseconds
	weight    int64 // in hundredths
	failed    bool
}

const (
	weightUnit = 100    // an observation of weight 1
	maxWeight  = 10_000 // squares of weights must not overflow their sum
)

// observe reads an outcome. What claims to have happened after the broker received it would push the window into the
// future, so that all others were late: it counts as having happened when the broker received it.
func observe(o *schemas.Outcome, in consumers.Input) (observation, error) {
	obs := observation{outcome: o, partition: in.Partition, offset: in.Offset, at: o.OccurredAt.UnixMilli()}
	switch o.Kind {
	case schemas.OutcomeFailure:
		obs.failed = true
	case schemas.OutcomeSuccess:
	default:
		return obs, fmt.Errorf("kind %q is neither success nor failure", o.Kind)
	}
	if !(o.Weight > 0 && o.Weight <= maxWeight) { // also false for NaN
		return obs, fmt.Errorf("weight %v is not over 0 and at most %d", o.Weight, maxWeight)
	}
	obs.weight = max(1, int64(math.Round(o.Weight*weightUnit)))
	if !in.LogTime.IsZero() {
		obs.at = min(obs.at, in.LogTime.UnixMilli())
	}
	return obs, nil
}
