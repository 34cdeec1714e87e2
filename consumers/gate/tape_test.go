package gate

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// tape feeds a gate, and takes its state through JSON after every input, as a restart does.
type tape struct {
	t         testing.TB
	policy    *Policy
	state     *State
	n         int
	decisions []*schemas.GateDecision
}

func newTape(t testing.TB) *tape { return &tape{t: t, policy: DefaultPolicy()} }

// feed gives an input, a minute after the one before unless it has a time.
func (p *tape) feed(e schemas.GateInput) []*schemas.GateDecision {
	p.t.Helper()
	p.n++
	if e.OccurredAt.IsZero() {
		e.OccurredAt = start.Add(time.Duration(p.n) * time.Minute)
	}
	if e.EventID == "" {
		e.EventID = fmt.Sprintf("e%d", p.n)
	}
	e.Org, e.Source, e.RepoToken = "acme", "test", "repo"
	next, events, err := New(func() *Policy { return p.policy })(p.state, consumers.Input{Event: &e, LogTime: e.OccurredAt})
	if err != nil {
		p.t.Fatal(err)
	}
	p.state = nil
	if next != nil {
		text, err := json.Marshal(next)
		if err != nil {
			p.t.Fatal(err)
		}
		p.state = new(State)
		if err := json.Unmarshal(text, p.state); err != nil {
			p.t.Fatal(err)
		}
	}
	var out []*schemas.GateDecision
	for _, e := range events {
		out = append(out, e.(*schemas.GateDecision))
	}
	p.decisions = append(p.decisions, out...)
	return out
}

func (p *tape) last() *schemas.GateDecision {
	if len(p.decisions) == 0 {
		return &schemas.GateDecision{}
	}
	return p.decisions[len(p.decisions)-1]
}

// The inputs of the tables.

func opened(change string, fingerprints ...int64) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputChangeOpened, ChangeID: change, AuthorToken: "ann", CommitIDs: []string{"c-" + change}, Fingerprints: fingerprints}
}

func updated(change string, fingerprints ...int64) schemas.GateInput {
	e := opened(change, fingerprints...)
	e.Kind, e.CommitIDs = schemas.GateInputChangeUpdated, []string{"c2-" + change}
	return e
}

func mergedAs(change string, commits ...string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputChangeMerged, ChangeID: change, CommitIDs: commits}
}

func closed(change, verdict string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputChangeClosed, ChangeID: change, Verdict: verdict}
}

func accepted(suggestion, change string, fingerprints ...int64) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputSuggestionAccepted, SuggestionID: suggestion, ChangeID: change, FileID: "f", PathToken: "path",
		Model: "m", ModelVersion: "1", Feature: "agent_edit", Language: "python", Fingerprints: fingerprints}
}

func committed(suggestion, commit string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputCommitted, SuggestionID: suggestion, CommitID: commit, FileID: "f"}
}

func scan(suggestion string, how schemas.FindingKind) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputScan, SuggestionID: suggestion, FileID: "f", Verdict: string(how)}
}

func clean(suggestion string) schemas.GateInput {
	return scan(suggestion, schemas.FindingScanCompleted)
}

func found(suggestion, rule string, severity schemas.Severity, confidence schemas.Confidence) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputFinding, SuggestionID: suggestion, FileID: "f", FindingID: suggestion + "/" + rule, RuleID: rule, CWE: "CWE-89",
		Severity: severity, Confidence: confidence, Origin: schemas.FindingOriginIntroduced}
}

func sqli(suggestion string) schemas.GateInput {
	return found(suggestion, "sql", schemas.SeverityHigh, schemas.ConfidenceHigh)
}

func but(e schemas.GateInput, change func(*schemas.GateInput)) schemas.GateInput {
	change(&e)
	return e
}

func gateReview(change, verdict, by string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputGateReview, ChangeID: change, Verdict: verdict, ReviewerToken: by, Reason: "because"}
}

func codeReview(change, state, by string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputReview, ChangeID: change, ReviewState: state, ReviewerToken: by}
}

func triaged(finding, verdict string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputTriage, FindingID: finding, RuleID: "sql", Verdict: verdict}
}

func incident(change string, commits ...string) schemas.GateInput {
	return schemas.GateInput{Kind: schemas.GateInputIncidentOpened, ChangeID: change, CommitIDs: commits, IncidentID: "inc-1", Severity: schemas.SeverityHigh}
}

func prefix(from, n int64) (out []int64) {
	for i := range n {
		out = append(out, (from+i)*7919)
	}
	return out
}
