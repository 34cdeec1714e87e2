package rework

import (
	"fmt"

	"github.com/assayhq/assay/schemas"
)

// reported puts survival that a client measured beside Assay's own, marked as such and under the client's name of the
// measure: edit_distance (Copilot's completions, Cody's persistence), four_gram and no_revert (Copilot Chat), arc (accepted
// and retained characters). A client that couldn't measure says why.
func reported(e *schemas.CodeEvent) ([]schemas.Event, error) {
	if !e.Survival.Set && e.CensorReason == "" {
		return nil, nil
	}
	if s := e.Survival; s.Set && !(s.Value >= 0 && s.Value <= 1) { // also true for NaN
		return nil, fmt.Errorf("survival %v is not within 0 and 1", s.Value)
	}
	v := &schemas.ReworkVerdict{
		Envelope: e.Envelope, Kind: schemas.ReworkCheckpoint,
		FileID: e.FileID, CausedBy: e.EventID, SuggestionID: e.SuggestionID,
		SessionID: e.SessionID, ConversationID: e.ConversationID, ChangeID: e.ChangeID,
		Model: e.Model, ModelVersion: e.ModelVersion, Feature: e.Feature, Language: e.Language, Task: e.Task,
		UserToken: e.UserToken, TeamToken: e.TeamToken, RepoToken: e.RepoToken, PathToken: e.PathToken,
		Survival: e.Survival, CheckpointS: e.CheckpointS, Reported: true, Method: e.SurvivalMethod,
		CommitID: e.CommitID, Lines: e.Lines, SampleWeight: e.SampleWeight,
	}
	v.EventID = schemas.DerivedID(Name, e.Org, e.EventID, "reported")
	v.Source = Name
	if e.CheckpointS.Set {
		v.AgeS = schemas.Some(int64(e.CheckpointS.Value))
	}
	if e.CensorReason != "" { // what a client saw on another branch says nothing of the code
		v.Kind, v.CensorReason, v.Survival = schemas.ReworkCensored, e.CensorReason, schemas.Opt[float64]{}
	}
	switch e.SurvivalMethod {
	case "arc":
		v.RetainedChars = v.Survival
	case "four_gram":
		v.FourGram = v.Survival
	}
	return []schemas.Event{v}, nil
}
