// Package outcomes is the service outcomes: it settles the signals about a suggestion, reply or change into at most one
// success or failure of its (model, version, feature, language) domain in each category, and scores suggestions. It must
// not judge rates: that is the service quality.
//
// A subject's first signal in a category is its outcome there. A later one changes that only where it is stronger by the
// precedence (see strengths) and a failure after a success: published outcomes aren't taken back, so the correction, which
// names in supersedes what it corrects, adds the failure that was missing. Whoever counts subjects leaves out what was
// superseded, as the views of ClickHouse do; quality counts both.
//
// The score of a suggestion is different: it is published again, in place of the one before, whenever it changes, and the last
// one is a function of the set of signals, in whatever order they arrived.
package outcomes

import (
	"fmt"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "outcomes"

// Retention is how long the service remembers a subject after its last signal: the last word on accepted code comes 14 days
// after acceptance.
const Retention = 16 * 24 * time.Hour

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.SignalRecord.Topic},
		Outputs: []string{schemas.OutcomeRecord.Topic},
		Doc:     "Settles the signals about a suggestion, reply or change into one success or failure per category, and scores suggestions.",
	}
}

// Fold is the service's function. It changes the state that it is given.
func Fold(state *State, in consumers.Input) (*State, []schemas.Event, error) {
	s, ok := in.Event.(*schemas.Signal)
	if !ok {
		return state, nil, fmt.Errorf("settle %s: not a signal", in.Event.Record().Name)
	}
	c := codes[named{s.Category, s.Signal}]
	if c == 0 {
		return state, nil, fmt.Errorf("settle signal: there is no signal %s in category %s", s.Signal, s.Category)
	}
	if state == nil {
		state = new(State)
	}
	state.learn(s, c)
	var events []schemas.Event
	if s.Kind == schemas.SignalSuccess || s.Kind == schemas.SignalFailure {
		if o := state.settle(s, c); o != nil {
			events = append(events, o)
		}
	}
	return state, state.conclude(s, events), nil
}

// settle returns the signal's outcome, nil where it changes nothing.
func (st *State) settle(s *schemas.Signal, c code) *schemas.Outcome {
	failed := s.Kind == schemas.SignalFailure
	old := st.of(s.Category)
	switch {
	case old == nil:
		o := st.outcome(s, s.Category, failed)
		is := settled{Code: c, Failed: failed}
		if !failed {
			is.ID = o.EventID
		}
		st.Settled = append(st.Settled, is)
		return o
	case c.meaning().strength <= old.Code.meaning().strength:
		return nil
	case old.Failed && !failed: // a failure stands
		return nil
	}
	old.Code = c
	if old.Failed == failed {
		return nil
	}
	o := st.outcome(s, s.Category, failed)
	o.Supersedes, old.Failed, old.ID = old.ID, true, ""
	return o
}

// outcome is the signal as an observation; its id follows from the cause and the category.
func (st *State) outcome(s *schemas.Signal, category string, failed bool) *schemas.Outcome {
	o := &schemas.Outcome{
		Envelope: s.Envelope, Kind: schemas.OutcomeSuccess,
		Category: category, Signal: s.Signal, Weight: s.Weight, CausedBy: s.CausedBy, CauseTopic: s.CauseTopic,
		SuggestionID: s.SuggestionID, ConversationID: s.ConversationID, ChangeID: s.ChangeID, SessionID: s.SessionID, TeamToken: s.TeamToken,
		CWE: s.CWE, Severity: schemas.SeverityNone, FileID: s.FileID,
	}
	if failed {
		o.Kind, o.Severity = schemas.OutcomeFailure, severity(s)
	}
	in(o, st.Place.names())
	o.EventID = schemas.DerivedID(Name, s.Org, s.CausedBy, category)
	o.Source = Name
	return o
}

// in puts an outcome into a domain.
func in(o *schemas.Outcome, names [4]string) {
	o.Model, o.ModelVersion, o.Feature, o.Language = names[0], names[1], names[2], names[3]
	o.Domain = domain(names[0], names[1], names[2], names[3], o.Category)
}
