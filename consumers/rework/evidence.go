package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

// What the search of the whole repository is told (package moves): text that came into a file, text of a suggestion that is no longer
// where it was, and last words that it may correct before anybody reads them. Without a repository there is no search.

// Reworked reports whether a verdict is rework: rewritten, deleted or reverted.
func Reworked(v schemas.Verdict) bool {
	return v == schemas.VerdictRewritten || v == schemas.VerdictDeleted || v == schemas.VerdictReverted
}

// added tells of text that came into the event's file. Runs that are too short to tell of a move are left out, and so is what exceeds the
// limit of one suggestion.
func added(e *schemas.CodeEvent, repo string, tokens []sketch.Token) []schemas.Event {
	if repo == "" || len(tokens) < verbatim {
		return nil
	}
	m := &schemas.MoveInput{
		Envelope: e.Envelope, Kind: schemas.MoveInputAdded, RepoToken: repo, FileID: e.FileID, CausedBy: e.EventID,
		CommitID: e.CommitID, Sketch: inOneLine(tokens[:min(len(tokens), maxTokens)]), Language: e.Language,
	}
	m.EventID = schemas.DerivedID(Name, e.Org, e.EventID, "added")
	m.Source = Name
	return []schemas.Event{m}
}

// inOneLine encodes tokens whose lines don't matter.
func inOneLine(tokens []sketch.Token) []byte {
	s := sketch.Sketch{Tokens: tokens, Lines: []sketch.Line{{Number: 1, End: len(tokens)}}}
	return s.Append(nil)
}

// repository is that of the event, or of what was accepted into its file last.
func (s *State) repository(e *schemas.CodeEvent) string {
	if e.RepoToken != "" || s == nil {
		return e.RepoToken
	}
	for _, live := range slices.Backward(s.Live) {
		if repo := s.Subjects[live.Subject].RepoToken; repo != "" {
			return repo
		}
	}
	return ""
}

// left tells of suggestions that became rework: their text is looked for from now on.
func (s *State) left(e *schemas.CodeEvent) (events []schemas.Event) {
	for _, live := range s.Live {
		repo := s.Subjects[live.Subject].RepoToken
		if live.Left || repo == "" || !Reworked(live.Fate.Verdict) {
			continue
		}
		live.Left = true
		m := &schemas.MoveInput{
			Envelope: e.Envelope, Kind: schemas.MoveInputLeft, RepoToken: repo, FileID: e.FileID, CausedBy: e.EventID,
			AcceptanceID: live.Cause, SuggestionID: live.ID, Sketch: live.Code, AcceptedAt: schemas.Some(fromMillis(live.At)), CommitID: e.CommitID,
		}
		m.EventID = schemas.DerivedID(Name, e.Org, live.Cause, "left")
		m.Source = Name
		events = append(events, m)
	}
	return events
}

// conclude writes the last word on a suggestion. Rework waits for the repository to be searched, so that no verdict is ever taken back.
func (s *State) conclude(e *schemas.CodeEvent, live *suggestion, at int64) schemas.Event {
	v := s.final(e, live, at)
	if v.RepoToken == "" || !Reworked(v.Verdict) {
		return v
	}
	standing := live.Standing
	standing.Add(live.Away)
	text, _ := standing.MarshalText() // it never fails
	m := &schemas.MoveInput{
		Envelope: v.Envelope, Kind: schemas.MoveInputFinal, RepoToken: v.RepoToken, FileID: v.FileID, CausedBy: v.CausedBy,
		AcceptanceID: live.Cause, SuggestionID: v.SuggestionID, SessionID: v.SessionID, ConversationID: v.ConversationID, ChangeID: v.ChangeID,
		Model: v.Model, ModelVersion: v.ModelVersion, Feature: v.Feature, Language: v.Language, Task: v.Task,
		UserToken: v.UserToken, TeamToken: v.TeamToken, PathToken: v.PathToken,
		Sketch: live.Code, Standing: text, Verdict: v.Verdict, Survival: v.Survival, SurvivalInPlace: v.SurvivalInPlace, FourGram: v.FourGram,
		AgeS: v.AgeS, CommitID: v.CommitID, Lines: v.Lines, Tokens: v.Tokens, AcceptedAt: v.AcceptedAt, SampleWeight: v.SampleWeight,
	}
	m.EventID = schemas.DerivedID(Name, e.Org, live.Cause, "concluded")
	return m
}

// Verdict is the last word that the input holds.
func Verdict(m *schemas.MoveInput) *schemas.ReworkVerdict {
	v := &schemas.ReworkVerdict{
		Envelope: m.Envelope, Kind: schemas.ReworkFinal, RepoToken: m.RepoToken, FileID: m.FileID, CausedBy: m.CausedBy,
		SuggestionID: m.SuggestionID, SessionID: m.SessionID, ConversationID: m.ConversationID, ChangeID: m.ChangeID,
		Model: m.Model, ModelVersion: m.ModelVersion, Feature: m.Feature, Language: m.Language, Task: m.Task,
		UserToken: m.UserToken, TeamToken: m.TeamToken, PathToken: m.PathToken, Method: method,
		Verdict: m.Verdict, Survival: m.Survival, SurvivalInPlace: m.SurvivalInPlace, FourGram: m.FourGram,
		AgeS: m.AgeS, CommitID: m.CommitID, Lines: m.Lines, Tokens: m.Tokens, AcceptedAt: m.AcceptedAt, SampleWeight: m.SampleWeight,
	}
	v.EventID = finalID(m.Org, m.AcceptanceID)
	return v
}

// finalID is that of a suggestion's last word, whoever has it.
func finalID(org, acceptance string) string { return schemas.DerivedID(Name, org, acceptance, "final") }
