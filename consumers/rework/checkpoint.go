package rework

import (
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

const day = 24 * 60 * 60

// checkpoints are the ages at which survival is recorded, in seconds: those of Copilot's telemetry, whose last is Copilot Chat's,
// and days, for commits. After the last one the verdict is final.
var checkpoints = []int32{15, 30, 60, 120, 300, 600, 900, 1 * day, 3 * day, 7 * day, 14 * day}

// lifetime is how long a suggestion is followed, milliseconds.
const lifetime = 14 * day * 1000

// patience is how long after the last checkpoint a file's next event is waited for, milliseconds: clients that were offline for a
// while still count.
const patience = day * 1000 / 2

// Timer ends what is followed in files that have no event any more: by what was known last.
func Timer() consumers.Timer[State] {
	left := func(s *State) (time.Duration, bool) {
		return time.Duration(s.Live[0].At+lifetime+patience-s.Watermark) * time.Millisecond, s.Last.Org != ""
	}
	return consumers.Timer[State]{Left: left, Expire: func(s *State) (*State, []schemas.Event, error) {
		d, _ := left(s)
		s.Watermark += d.Milliseconds()
		events := s.due(s.Last.event(s.Watermark), s.Watermark)
		if len(s.Live) == 0 {
			s = nil
		}
		return s, events, nil
	}}
}

// due writes the checkpoints that the file's live suggestions passed until now (milliseconds), answered by what is known:
// nothing happened to the file since, or there would have been an event. Suggestions that passed the last one
// leave with their final verdict.
func (s *State) due(e *schemas.CodeEvent, now int64) (events []schemas.Event) {
	followed := s.Live[:0]
	for _, live := range s.Live {
		for live.Due < len(checkpoints) && live.At+int64(checkpoints[live.Due])*1000 <= now {
			events = append(events, s.checkpoint(e, live, checkpoints[live.Due]))
			live.Due++
		}
		if live.Due == len(checkpoints) {
			events = append(events, s.conclude(e, live, live.At+lifetime))
			continue
		}
		followed = append(followed, live)
	}
	s.Live = followed
	return events
}

func (s *State) checkpoint(e *schemas.CodeEvent, live *suggestion, age int32) *schemas.ReworkVerdict {
	v := s.verdict(e, live, live.At+int64(age)*1000)
	v.EventID = schemas.DerivedID(Name, e.Org, live.Cause, "checkpoint", (time.Duration(age) * time.Second).String())
	v.Kind = schemas.ReworkCheckpoint
	v.CheckpointS = schemas.Some(age)
	return v
}

func (s *State) final(e *schemas.CodeEvent, live *suggestion, at int64) *schemas.ReworkVerdict {
	v := s.verdict(e, live, at)
	v.EventID = finalID(e.Org, live.Cause)
	v.Kind = schemas.ReworkFinal
	if e.FileDeleted {
		v.CommitID = e.CommitID
	}
	return v
}

func (s *State) censored(e *schemas.CodeEvent, live *suggestion, at int64, reason string) *schemas.ReworkVerdict {
	v := s.verdict(e, live, at)
	v.EventID = schemas.DerivedID(Name, e.Org, live.Cause, "censored")
	v.Kind = schemas.ReworkCensored
	v.CensorReason = reason
	return v
}

// verdict is what is known of a suggestion, as of a time in milliseconds.
func (s *State) verdict(e *schemas.CodeEvent, live *suggestion, at int64) *schemas.ReworkVerdict {
	sub := &s.Subjects[live.Subject]
	v := &schemas.ReworkVerdict{
		Envelope: e.Envelope,
		FileID:   e.FileID, CausedBy: e.EventID, SuggestionID: live.ID,
		SessionID: sub.SessionID, ConversationID: sub.ConversationID, ChangeID: sub.ChangeID,
		Model: sub.Model, ModelVersion: sub.ModelVersion, Feature: sub.Feature, Language: sub.Language, Task: sub.Task,
		UserToken: sub.UserToken, TeamToken: sub.TeamToken, RepoToken: sub.RepoToken, PathToken: sub.PathToken,
		AgeS: schemas.Some((at - live.At) / 1000), Method: method,
		Lines: schemas.Some(int32(live.Lines)), Tokens: schemas.Some(int32(live.Tokens)),
		AcceptedAt: schemas.Some(fromMillis(live.At)),
	}
	v.Source = Name
	if live.Weight > 0 {
		v.SampleWeight = schemas.Some(live.Weight)
	}
	if f := live.Fate; f.Verdict != "" {
		v.Verdict, v.Survival, v.SurvivalInPlace, v.FourGram = f.Verdict, schemas.Some(f.Survival), schemas.Some(f.InPlace), schemas.Some(f.FourGram)
	}
	return v
}

// method says how Assay's own figures were measured.
const method = "sketch"
