// Package rework is the service rework: it follows accepted code through the later versions of its file and says what
// became of it (kept, moved, rewritten, deleted, reverted), at fixed ages and finally after 14 days. It sees sketches,
// never code. It must not read a clock: what is due is written when the file's next event tells the time, or, in the end, a timer.
package rework

import (
	"errors"
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "rework"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.CodeEventRecord.Topic},
		Outputs: []string{schemas.ReworkVerdictRecord.Topic, schemas.MoveInputRecord.Topic},
		Doc:     "Follows accepted code through saves and commits and says what became of it.",
	}
}

// Fold is the service's function. A file has a state while it holds code that was accepted within the last 14 days.
func Fold(state *State, in consumers.Input) (*State, []schemas.Event, error) {
	e, ok := in.Event.(*schemas.CodeEvent)
	if !ok {
		return state, nil, fmt.Errorf("follow code: %s is not a code event", in.Event.Record().Name)
	}
	var events []schemas.Event
	var err error
	switch e.Kind {
	case schemas.CodeSurvivalObserved:
		events, err = reported(e)
	case schemas.CodeSuggestionAccepted, schemas.CodeSuggestionPartiallyAccepted:
		if len(e.Sketch) > 0 { // others can't be followed; their clients may report survival
			state, events, err = state.accept(e, in)
		}
	case schemas.CodeFileSaved, schemas.CodeFileCommitted:
		events, err = state.step(e, in)
	case schemas.CodeTrackingStopped:
		events = state.stop(e, in)
	}
	if err != nil {
		return state, nil, fmt.Errorf("follow code: %w", err)
	}
	if state != nil && len(state.Live) == 0 {
		state = nil
	}
	return state, events, nil
}

// Limits of what is followed. What exceeds them is recorded as censored.
const (
	maxLive   = 256     // suggestions of one file
	maxTokens = 1 << 14 // of one suggestion: some 2,000 lines
)

// accept begins to follow a suggestion.
func (s *State) accept(e *schemas.CodeEvent, in consumers.Input) (*State, []schemas.Event, error) {
	accepted, err := sketch.Parse(e.Sketch)
	if err != nil {
		return s, nil, err
	}
	replaced, err := optional(e.ReplacedSketch)
	if err != nil {
		return s, nil, err
	}
	start := int(e.LineStart.Or(0))
	if start < 1 {
		return s, nil, errors.New("the accepted code has a sketch but no line_start: the client must say where it stands, from 1")
	}
	if s == nil {
		s = new(State)
	}
	now := s.advance(e, in)
	events := s.due(e, now-1)
	sub := s.subject(e)
	if n := len(accepted.Tokens); n == 0 || n > maxTokens {
		reason := "no_tokens"
		if n > 0 {
			reason = "too_large"
		}
		stranger := &suggestion{Cause: e.EventID, ID: e.SuggestionID, At: now, Subject: sub, Tokens: n, Weight: e.SampleWeight.Or(0)}
		return s, append(events, s.censored(e, stranger, now, reason)), nil
	}
	if len(s.Live) >= maxLive {
		events = append(events, s.censored(e, s.Live[0], now, "crowded_out"))
		s.Live = s.Live[1:]
	}
	var r sketch.Sketch
	if replaced != nil {
		r = *replaced
	}
	end := max(start, int(e.LineEnd.Or(0)))
	live := s.File.accept(Acceptance{Accepted: accepted, Replaced: r, Start: start, End: end})
	live.Cause, live.ID, live.At, live.Subject, live.Weight = e.EventID, e.SuggestionID, now, sub, e.SampleWeight.Or(0)
	live.Lines = end - start + 1
	return s, append(events, added(e, e.RepoToken, accepted.Tokens)...), nil
}

// step takes in a save or commit: what was due before is answered by what was known before. Of a commit that tells the file before it in
// replaced_sketch, what was added is known even where nothing in the file is followed.
func (s *State) step(e *schemas.CodeEvent, in consumers.Input) ([]schemas.Event, error) {
	step := Step{Revert: e.IsRevert || e.RevertsCommitID != ""}
	var err error
	if step.Now, err = optional(e.Sketch); err != nil {
		return nil, err
	}
	before, err := optional(e.ReplacedSketch)
	if err != nil {
		return nil, err
	}
	if e.FileDeleted {
		step.Now = new(sketch.Sketch)
	}
	repo := s.repository(e)
	var came sketch.Sketch
	if before != nil && step.Now != nil && repo != "" {
		AppendAdded(&came, before, step.Now)
	}
	if s == nil {
		return added(e, repo, came.Tokens), nil
	}
	if step.Elsewhere, err = optional(e.ElsewhereSketch); err != nil {
		return nil, err
	}
	now := s.advance(e, in)
	events := s.due(e, now-1)
	if step.Now != nil || step.Elsewhere != nil {
		if tokens := s.File.Step(step); before == nil {
			came.Tokens = tokens
		}
	}
	events = append(append(events, s.left(e)...), added(e, repo, came.Tokens)...)
	events = append(events, s.due(e, now)...)
	if e.FileDeleted {
		for _, live := range s.Live {
			events = append(events, s.conclude(e, live, now))
		}
		s.Live = nil
	}
	return events, nil
}

// stop records that a suggestion, or all of the file, can't be followed any more.
func (s *State) stop(e *schemas.CodeEvent, in consumers.Input) []schemas.Event {
	if s == nil {
		return nil
	}
	now := s.advance(e, in)
	events := s.due(e, now)
	reason := e.CensorReason
	if reason == "" {
		reason = "tracking_stopped"
	}
	followed := s.Live[:0]
	for _, live := range s.Live {
		if e.SuggestionID != "" && e.SuggestionID != live.ID {
			followed = append(followed, live)
			continue
		}
		events = append(events, s.censored(e, live, now, reason))
	}
	s.Live = followed
	return events
}

func optional(raw []byte) (*sketch.Sketch, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	s, err := sketch.Parse(raw)
	return &s, err
}
