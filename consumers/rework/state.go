package rework

import (
	"slices"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

// State is what is kept of a file between two of its events. A suggestion of 20 lines takes less than 1 KB of it, the file
// itself 5 bytes a line.
type State struct {
	File
	Watermark int64     `json:"w"` // newest event time, milliseconds
	Subjects  []subject `json:"j"`
	Last      last      `json:"a,omitzero"`
}

// last is the file's last event: what a timer has to say is said in its name.
type last struct {
	ID          string              `json:"i"`
	Org         string              `json:"o"`
	Environment schemas.Environment `json:"e,omitempty"`
	File        string              `json:"f"`
}

func (l *last) event(at int64) *schemas.CodeEvent {
	return &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: l.ID, OccurredAt: fromMillis(at), Org: l.Org, Environment: l.Environment}, FileID: l.File}
}

func fromMillis(at int64) time.Time { return time.UnixMilli(at).UTC() }

// subject is what suggestions of one file mostly have in common.
type subject struct {
	SessionID      string `json:"s,omitempty"`
	ConversationID string `json:"c,omitempty"`
	ChangeID       string `json:"h,omitempty"`
	Model          string `json:"m,omitempty"`
	ModelVersion   string `json:"v,omitempty"`
	Feature        string `json:"f,omitempty"`
	Language       string `json:"l,omitempty"`
	Task           string `json:"t,omitempty"`
	UserToken      string `json:"u,omitempty"`
	TeamToken      string `json:"e,omitempty"`
	RepoToken      string `json:"r,omitempty"`
	PathToken      string `json:"p,omitempty"`
}

// subject returns the index of the event's subject, and forgets those that no live suggestion has.
func (s *State) subject(e *schemas.CodeEvent) int {
	kept := make([]subject, 0, len(s.Subjects)+1)
	index := map[int]int{}
	for _, live := range s.Live {
		to, known := index[live.Subject]
		if !known {
			to = len(kept)
			index[live.Subject] = to
			kept = append(kept, s.Subjects[live.Subject])
		}
		live.Subject = to
	}
	s.Subjects = kept
	sub := subject{
		e.SessionID, e.ConversationID, e.ChangeID, e.Model, e.ModelVersion, e.Feature, e.Language, e.Task,
		e.UserToken, e.TeamToken, e.RepoToken, e.PathToken,
	}
	if at := slices.Index(s.Subjects, sub); at >= 0 {
		return at
	}
	s.Subjects = append(s.Subjects, sub)
	return len(s.Subjects) - 1
}

// advance returns the file's time after an event: clients' clocks may go back, but the file's time doesn't, and what
// claims to have happened after the broker received it happened when the broker received it.
func (s *State) advance(e *schemas.CodeEvent, in consumers.Input) int64 {
	at := e.OccurredAt.UnixMilli()
	if !in.LogTime.IsZero() {
		at = min(at, in.LogTime.UnixMilli())
	}
	s.Watermark = max(s.Watermark, at)
	s.Last = last{e.EventID, e.Org, e.Environment, e.FileID}
	return s.Watermark
}
