// Package quality is the service quality: it watches the failure rate of every domain over a window of event time and
// publishes a trigger when the rate is surely over what a rule allows, and another when it came back. It must not know
// wall-clock time or how outcomes are measured.
package quality

import (
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

// Rules are the parsed rules; build them with ParseRules or DefaultRules.
type Rules struct{}

// ParseRules reads rules in YAML.
func ParseRules(yaml []byte) (*Rules, error) { return nil, nil }

// DefaultRules are the rules that ship with Assay.
func DefaultRules() *Rules { return nil }

// State is what is kept of a domain between two of its outcomes.
type State struct{}

// New returns the service's function under the given rules.
func New(rules *Rules) consumers.FoldFunc[State] {
	return func(state *State, in consumers.Input) (*State, []schemas.Event, error) { return state, nil, nil }
}
