// Package inputs is the service gate-inputs: it brings what the merge gate needs to know of a repository, from three topics, under
// the repository's key. It must not judge anything: that is the service gate.
package inputs

import (
	"errors"
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/gate"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "gate-inputs"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Map,
		Inputs:  []string{schemas.ChangeEventRecord.Topic, schemas.FindingRecord.Topic, schemas.CodeEventRecord.Topic},
		Outputs: []string{schemas.GateInputRecord.Topic},
		Doc:     "Brings changes, findings, accepted code, reviews and incidents of a repository under one key for the gate.",
	}
}

// Map is the service's function. What names no repository can't be gated and gives nothing (view gate_ungated counts the changes),
// nor does what the gate doesn't need. A suppression that doesn't say what, why, who and until when is an error.
func Map(in consumers.Input) ([]schemas.Event, error) {
	var out *schemas.GateInput
	var err error
	switch e := in.Event.(type) {
	case *schemas.ChangeEvent:
		out, err = ofChange(e)
	case *schemas.Finding:
		out = ofFinding(e)
	case *schemas.CodeEvent:
		out = ofCode(e)
	default:
		err = fmt.Errorf("%s is no evidence", in.Event.Record().Name)
	}
	if err != nil {
		return nil, fmt.Errorf("gather evidence: %w", err)
	}
	if out == nil || out.RepoToken == "" {
		return nil, nil
	}
	cause := in.Event.Env()
	out.Envelope = *cause
	out.EventID = schemas.DerivedID(Name, cause.Org, cause.EventID)
	out.Source = Name
	out.CausedBy, out.CauseTopic = cause.EventID, in.Topic
	return []schemas.Event{out}, nil
}

var changeKinds = map[schemas.ChangeKind]schemas.GateInputKind{
	schemas.ChangeChangeOpened:      schemas.GateInputChangeOpened,
	schemas.ChangeChangeUpdated:     schemas.GateInputChangeUpdated,
	schemas.ChangeChangeMerged:      schemas.GateInputChangeMerged,
	schemas.ChangeChangeClosed:      schemas.GateInputChangeClosed,
	schemas.ChangeChangeReverted:    schemas.GateInputChangeClosed,
	schemas.ChangeReviewSubmitted:   schemas.GateInputReview,
	schemas.ChangeGateReviewed:      schemas.GateInputGateReview,
	schemas.ChangeFindingTriaged:    schemas.GateInputTriage,
	schemas.ChangeFindingSuppressed: schemas.GateInputSuppression,
	schemas.ChangeIncidentOpened:    schemas.GateInputIncidentOpened,
}

// ofChange passes a change on. A reverted change is a closed one: it is out of the branch. Lines are those that the change touches.
// The reviewer of a gate review may be given as the user, too.
func ofChange(e *schemas.ChangeEvent) (*schemas.GateInput, error) {
	kind, needed := changeKinds[e.Kind]
	if !needed {
		return nil, nil
	}
	out := &schemas.GateInput{
		Kind: kind, RepoToken: e.RepoToken, ChangeID: e.ChangeID, SuggestionID: e.SuggestionID, PathToken: e.PathToken,
		Model: e.Model, ModelVersion: e.ModelVersion, Feature: e.Feature, Language: e.Language,
		CommitIDs: e.CommitIDs, Fingerprints: e.Fingerprints, RuleID: e.RuleID, Severity: e.Severity,
		AuthorToken: e.AuthorToken, ReviewerToken: e.ReviewerToken, ReviewState: e.ReviewState,
		FindingID: e.FindingID, Verdict: e.Verdict, Reason: e.Reason, ExpiresAt: e.ExpiresAt, IncidentID: e.IncidentID, BaseBranch: e.BaseBranch,
	}
	if e.LinesAdded.Set || e.LinesRemoved.Set {
		out.Lines = schemas.Some(e.LinesAdded.Or(0) + e.LinesRemoved.Or(0))
	}
	switch e.Kind {
	case schemas.ChangeChangeReverted:
		out.Verdict = gate.Reverted
		if e.RevertsChangeID != "" {
			out.ChangeID = e.RevertsChangeID
		}
	case schemas.ChangeIncidentOpened:
		if e.ChangeID == e.IncidentID { // no change is known
			out.ChangeID = ""
		}
	case schemas.ChangeChangeOpened, schemas.ChangeChangeUpdated:
		if out.AuthorToken == "" {
			out.AuthorToken = e.UserToken
		}
	case schemas.ChangeGateReviewed, schemas.ChangeReviewSubmitted:
		if out.ReviewerToken == "" {
			out.ReviewerToken = e.UserToken
		}
	case schemas.ChangeFindingSuppressed:
		out.ChangeID = "" // it only says where the event stands
		return out, complete(e)
	}
	return out, nil
}

// complete checks a suppression: it must not be for ever, for everything, or nobody's.
func complete(e *schemas.ChangeEvent) error {
	switch {
	case e.RuleID == "" && e.FindingID == "":
		return errors.New("a suppression names a rule_id or a finding_id")
	case e.Reason == "":
		return errors.New("a suppression has a reason")
	case e.OwnerToken == "":
		return errors.New("a suppression has an owner")
	case !e.ExpiresAt.Set:
		return errors.New("a suppression has an expires_at")
	}
	return nil
}

// ofFinding passes a finding on, or the end of a scan, whose verdict is its kind. What has no suggestion's id is known by the event
// that was scanned.
func ofFinding(f *schemas.Finding) *schemas.GateInput {
	out := &schemas.GateInput{
		Kind: schemas.GateInputScan, RepoToken: f.RepoToken, ChangeID: f.ChangeID, SuggestionID: f.SuggestionID, FileID: f.FileID, PathToken: f.PathToken,
		Model: f.Model, ModelVersion: f.ModelVersion, Feature: f.Feature, Language: f.Language,
		Severity: f.Severity, Reason: f.Reason,
	}
	if out.SuggestionID == "" {
		out.SuggestionID = f.CausedBy
	}
	switch f.Kind {
	case schemas.FindingFinding:
		out.Kind, out.FindingID = schemas.GateInputFinding, f.EventID
		out.RuleID, out.CWE, out.Confidence, out.Origin, out.Shadow = f.RuleID, f.CWE, f.Confidence, f.Origin, f.Shadow
		out.LineStart, out.LineEnd, out.MatchHash = f.LineStart, f.LineEnd, f.MatchHash
		out.Attributes = f.Attributes // an inline suppression stands there
	case schemas.FindingScanCompleted, schemas.FindingScanPartial, schemas.FindingNotScanned:
		out.Verdict = string(f.Kind)
	default:
		return nil
	}
	return out
}

// ofCode passes on that a person took a suggestion, and that it went into a commit.
func ofCode(e *schemas.CodeEvent) *schemas.GateInput {
	out := &schemas.GateInput{
		RepoToken: e.RepoToken, ChangeID: e.ChangeID, SuggestionID: e.SuggestionID, FileID: e.FileID, PathToken: e.PathToken,
		Model: e.Model, ModelVersion: e.ModelVersion, Feature: e.Feature, Language: e.Language, CommitID: e.CommitID,
	}
	switch e.Kind {
	case schemas.CodeSuggestionAccepted, schemas.CodeSuggestionPartiallyAccepted:
		out.Kind, out.Fingerprints, out.Lines = schemas.GateInputSuggestionAccepted, e.Fingerprints, e.Lines
		if out.SuggestionID == "" {
			out.SuggestionID = e.EventID
		}
	case schemas.CodeFileCommitted:
		if e.SuggestionID == "" || e.CommitID == "" && e.ChangeID == "" {
			return nil
		}
		out.Kind = schemas.GateInputCommitted // its fingerprints are the file's
	default:
		return nil
	}
	return out
}
