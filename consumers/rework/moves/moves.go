// Package moves is the service rework-moves: it finds accepted code that left its file in one commit, or one save, and stands in another
// file of the repository by an earlier or later one, and has the last word on what looks like rework. It sees sketches, never code. It
// must not read a clock.
package moves

import (
	"fmt"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "rework-moves"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.MoveInputRecord.Topic},
		Outputs: []string{schemas.ReworkVerdictRecord.Topic},
		Doc:     "Finds accepted code that left its file in other files of the repository, and has the last word on rework.",
	}
}

const (
	// lifetime is how long text may take to turn up elsewhere, from its acceptance on.
	lifetime = 14 * 24 * time.Hour
	// patience is how long a last word is waited for after that: services that are behind, and clients that were offline.
	patience = 24 * time.Hour
	// memory is for how long text that came into files is kept.
	memory = lifetime + patience
	// lag is how long after its suggestion's lifetime a last word that came early still waits for text from slower partitions.
	lag = time.Hour
)

// Fold is the service's function. It changes the state that it is given.
func Fold(state *State, in consumers.Input) (*State, []schemas.Event, error) {
	m, ok := in.Event.(*schemas.MoveInput)
	if !ok {
		return state, nil, fmt.Errorf("search for moves: %s is no input of it", in.Event.Record().Name)
	}
	text, err := sketch.Parse(m.Sketch)
	if err != nil {
		return state, nil, fmt.Errorf("search for moves: %w", err)
	}
	var standing rework.Marks
	if len(m.Standing) > 0 {
		_ = standing.UnmarshalText(m.Standing) // it never fails
		if len(standing) != len(text.Tokens) {
			return state, nil, fmt.Errorf("search for moves: %d tokens have %d marks", len(text.Tokens), len(standing))
		}
	}
	if state == nil {
		state = new(State)
	}
	state.Watermark = max(state.Watermark, min(m.OccurredAt.UnixMilli(), in.LogTime.UnixMilli()))
	events := state.pass()
	switch m.Kind {
	case schemas.MoveInputAdded:
		state.add(m, text.Tokens)
	case schemas.MoveInputLeft:
		if state.find(m.AcceptanceID) == nil {
			state.register(m, text.Tokens)
		}
	case schemas.MoveInputFinal:
		l := state.find(m.AcceptanceID)
		if l == nil {
			l = state.register(m, text.Tokens)
		}
		l.Standing.Add(standing)
		if due := m.AcceptedAt.Value.Add(lifetime).UnixMilli(); state.Watermark < due {
			l.hold(m, due+lag.Milliseconds())
		} else {
			events = append(events, state.settle(l, m))
		}
	}
	events = append(events, state.trim()...)
	if state.empty() {
		state = nil
	}
	return state, events, nil
}

// Timer ends what waits in repositories where nothing happens any more.
func Timer() consumers.Timer[State] {
	left := func(s *State) (time.Duration, bool) {
		return time.Duration(s.next()-s.Watermark) * time.Millisecond, true
	}
	return consumers.Timer[State]{Left: left, Expire: func(s *State) (*State, []schemas.Event, error) {
		s.Watermark = max(s.Watermark+1, s.next())
		events := s.pass()
		if s.empty() {
			s = nil
		}
		return s, events, nil
	}}
}
