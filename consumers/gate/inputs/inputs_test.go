package inputs

import (
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/gate"
	"github.com/assayhq/assay/schemas"
)

func TestEvidence(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	env := schemas.Envelope{EventID: "cause", OccurredAt: at, Source: "test", Org: "acme", Environment: schemas.EnvironmentCanary}
	change := func(e schemas.ChangeEvent) schemas.Event {
		e.Envelope, e.RepoToken = env, "repo"
		if e.ChangeID == "" {
			e.ChangeID = "1"
		}
		return &e
	}
	code := func(e schemas.CodeEvent) schemas.Event { e.Envelope, e.RepoToken = env, "repo"; return &e }
	finding := func(e schemas.Finding) schemas.Event { e.Envelope, e.RepoToken = env, "repo"; return &e }
	suppression := schemas.ChangeEvent{Kind: schemas.ChangeFindingSuppressed, RuleID: "sql", Reason: "test code", OwnerToken: "ann", ExpiresAt: schemas.Some(at)}
	without := func(drop func(*schemas.ChangeEvent)) schemas.Event { e := suppression; drop(&e); return change(e) }
	for name, c := range map[string]struct {
		event schemas.Event
		want  func(*schemas.GateInput) bool // nil: nothing
		err   string
	}{
		"opened": {event: change(schemas.ChangeEvent{Kind: schemas.ChangeChangeOpened, UserToken: "ann", LinesAdded: schemas.Some(int32(7)), LinesRemoved: schemas.Some(int32(3)), Fingerprints: []int64{1}}),
			want: func(e *schemas.GateInput) bool {
				return e.Kind == schemas.GateInputChangeOpened && e.AuthorToken == "ann" && e.Lines.Value == 10 && len(e.Fingerprints) == 1
			}},
		"reverted": {event: change(schemas.ChangeEvent{Kind: schemas.ChangeChangeReverted, ChangeID: "2", RevertsChangeID: "1"}),
			want: func(e *schemas.GateInput) bool {
				return e.Kind == schemas.GateInputChangeClosed && e.ChangeID == "1" && e.Verdict == gate.Reverted
			}},
		"incident without a change": {event: change(schemas.ChangeEvent{Kind: schemas.ChangeIncidentOpened, ChangeID: "i", IncidentID: "i", CommitIDs: []string{"c"}}),
			want: func(e *schemas.GateInput) bool {
				return e.ChangeID == "" && e.IncidentID == "i" && len(e.CommitIDs) == 1
			}},
		"reviewer given as the user": {event: change(schemas.ChangeEvent{Kind: schemas.ChangeGateReviewed, UserToken: "bob", Verdict: "approved"}),
			want: func(e *schemas.GateInput) bool { return e.ReviewerToken == "bob" }},
		"suppression":         {event: change(suppression), want: func(e *schemas.GateInput) bool { return e.ChangeID == "" && e.ExpiresAt.Set }},
		"of everything":       {event: without(func(e *schemas.ChangeEvent) { e.RuleID = "" }), err: "rule_id or a finding_id"},
		"without a reason":    {event: without(func(e *schemas.ChangeEvent) { e.Reason = "" }), err: "reason"},
		"nobody's":            {event: without(func(e *schemas.ChangeEvent) { e.OwnerToken = "" }), err: "owner"},
		"for ever":            {event: without(func(e *schemas.ChangeEvent) { e.ExpiresAt = schemas.Opt[time.Time]{} }), err: "expires_at"},
		"task":                {event: change(schemas.ChangeEvent{Kind: schemas.ChangeTaskStarted})},
		"no repository":       {event: &schemas.ChangeEvent{Envelope: env, Kind: schemas.ChangeChangeOpened, ChangeID: "1"}},
		"finding":             {event: finding(schemas.Finding{Kind: schemas.FindingFinding, CausedBy: "shown", RuleID: "sql"}), want: func(e *schemas.GateInput) bool { return e.FindingID == "cause" && e.SuggestionID == "shown" }},
		"scan that failed":    {event: finding(schemas.Finding{Kind: schemas.FindingNotScanned, SuggestionID: "s"}), want: func(e *schemas.GateInput) bool { return e.Kind == schemas.GateInputScan && e.Verdict == "not_scanned" }},
		"accepted without id": {event: code(schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, FileID: "f"}), want: func(e *schemas.GateInput) bool { return e.SuggestionID == "cause" }},
		"committed": {event: code(schemas.CodeEvent{Kind: schemas.CodeFileCommitted, FileID: "f", SuggestionID: "s", CommitID: "c"}),
			want: func(e *schemas.GateInput) bool { return e.Kind == schemas.GateInputCommitted && e.CommitID == "c" }},
		"commit of people": {event: code(schemas.CodeEvent{Kind: schemas.CodeFileCommitted, FileID: "f", CommitID: "c"})},
		"shown":            {event: code(schemas.CodeEvent{Kind: schemas.CodeSuggestionShown, FileID: "f", SuggestionID: "s"})},
		"not evidence":     {event: &schemas.Outcome{Envelope: env}, err: "Outcome is no evidence"},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := Map(consumers.Input{Event: c.event, Topic: "topic"})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.want == nil {
				if len(events) != 0 {
					t.Fatalf("got %+v", events)
				}
				return
			}
			if len(events) != 1 {
				t.Fatalf("%d events", len(events))
			}
			e := events[0].(*schemas.GateInput)
			if !c.want(e) || e.RepoToken != "repo" || e.CausedBy != "cause" || e.CauseTopic != "topic" || e.EventID == "cause" || e.Environment != schemas.EnvironmentCanary || e.Source != Name {
				t.Errorf("got %+v", e)
			}
		})
	}
}
