// Package quality is the service quality: it watches the failure rate of every domain over a window of event time and
// publishes a trigger when the rate is surely over what a rule allows, and another when it came back. It must not know
// wall-clock time or how outcomes are measured.
package quality

import (
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "quality"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.OutcomeRecord.Topic},
		Outputs: []string{schemas.RetrainTriggerRecord.Topic},
		Doc:     "Fires a retraining trigger when a domain's failure rate surely exceeds its rule, and clears it afterwards.",
	}
}

// New returns the service's function. It asks for the rules in force once per input, so that another goroutine may replace
// them between any two (the Load of an atomic.Pointer will do); a trigger says by the hash of its rules which ones decided.
// Inputs that are processed again after a crash are judged by the rules that are then in force. The function changes the
// state that it is given. Domains that no rule matches have no state.
func New(rules func() *Rules) consumers.FoldFunc[State] {
	return func(state *State, in consumers.Input) (*State, []schemas.Event, error) {
		outcome, ok := in.Event.(*schemas.Outcome)
		if !ok {
			return state, nil, fmt.Errorf("watch %s: not an outcome", in.Event.Record().Name)
		}
		obs, err := observe(outcome, in)
		if err != nil {
			return state, nil, fmt.Errorf("watch outcome: %w", err)
		}
		if state == nil {
			state = new(State)
		}
		key, p := state.place(outcome)
		triggers := p.apply(rules(), obs)
		switch _, known := state.Places[key]; {
		case len(p.Trackers) == 0:
			delete(state.Places, key)
		case state.Places == nil:
			state.Places = map[string]*place{key: p}
		case !known:
			state.Places[key] = p
		}
		if len(state.Places) == 0 {
			return nil, nil, nil
		}
		return state, triggers, nil
	}
}

// apply gives the observation to the tracker of every rule that matches, and forgets those of rules that are gone.
func (s *place) apply(rules *Rules, obs observation) []schemas.Event {
	s.Watermark = max(s.Watermark, obs.at)
	if obs.failed {
		s.remember(obs)
	}
	var triggers []schemas.Event
	matched := 0
	for i := range rules.rules {
		rule := &rules.rules[i]
		if !rule.matches(obs.outcome) {
			continue
		}
		matched++
		t := s.tracker(rule.ID)
		if d := t.observe(rule, obs, s.Watermark); d != nil {
			triggers = append(triggers, s.trigger(rule, rules.hash, obs, t, d))
		}
	}
	if matched != len(s.Trackers) {
		for id := range s.Trackers {
			if !rules.has(id, obs.outcome) {
				delete(s.Trackers, id)
			}
		}
	}
	return triggers
}
