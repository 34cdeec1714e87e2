// Package gate is the service gate: it says of every change of a repository whether it may be merged, and why, from what is known of
// the suggestions that the change carries, from the policy, and from what people decided. After the merge it asks for a revert where a
// finding or an incident comes late. It must not read a clock or the policy's file, and it blocks nobody by itself: whoever merges
// asks for the decision.
package gate

import (
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "gate"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.GateInputRecord.Topic},
		Outputs: []string{schemas.GateDecisionRecord.Topic},
		Doc:     "Decides whether a change may be merged, waits for people, and asks for reverts.",
	}
}

// New returns the service's function. It asks for the policy in force once per input, so that another goroutine may replace it between
// any two; a new policy is applied to the open changes of a repository with the repository's next input. A decision is published when
// it, or a reason of it, differs from the one before.
func New(policy func() *Policy) consumers.FoldFunc[State] {
	return func(state *State, in consumers.Input) (*State, []schemas.Event, error) {
		e, ok := in.Event.(*schemas.GateInput)
		if !ok {
			return state, nil, fmt.Errorf("judge change: %s is no evidence", in.Event.Record().Name)
		}
		if state == nil {
			state = new(State)
		}
		s := state.Orgs[e.Org]
		if s == nil {
			s = new(repository)
			put(&state.Orgs, e.Org, s)
		}
		events := s.judge(policy(), e, in)
		if s.empty() {
			delete(state.Orgs, e.Org)
		}
		if len(state.Orgs) == 0 {
			return nil, events, nil
		}
		return state, events, nil
	}
}

// judge adds an input to what is known and returns the decisions that follow from it.
func (s *repository) judge(p *Policy, e *schemas.GateInput, in consumers.Input) (events []schemas.Event) {
	at := e.OccurredAt.UnixMilli()
	if !in.LogTime.IsZero() {
		at = min(at, in.LogTime.UnixMilli()) // what claims to be later would end suppressions early
	}
	ended := s.advance(at)
	all := ended || s.Policy != p.Hash()
	s.Policy = p.Hash()
	touched := s.take(e, at)
	if all || touched.all {
		touched.changes = s.allChanges()
	}
	for _, id := range touched.changes {
		if d := s.decide(p, id, e, at); d != nil {
			events = append(events, d)
		}
	}
	s.prune()
	return events
}
