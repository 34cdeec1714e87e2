package gate

import (
	"slices"

	"github.com/assayhq/assay/schemas"
)

// touched are the changes that an input may decide anew.
type touched struct {
	changes []string
	all     bool
}

// take adds an input to what is known.
func (s *repository) take(e *schemas.GateInput, at int64) touched {
	s.Fresh++
	switch e.Kind {
	case schemas.GateInputChangeOpened, schemas.GateInputChangeUpdated, schemas.GateInputChangeMerged:
		return s.takeChange(e, at)
	case schemas.GateInputChangeClosed:
		return s.takeClosed(e)
	case schemas.GateInputReview, schemas.GateInputGateReview:
		return s.takeReview(e, at)
	case schemas.GateInputSuggestionAccepted, schemas.GateInputCommitted, schemas.GateInputFinding, schemas.GateInputScan:
		return s.takeSuggestion(e, at)
	case schemas.GateInputTriage:
		return s.takeTriage(e, at)
	case schemas.GateInputSuppression:
		if until := e.ExpiresAt.Value.UnixMilli(); e.ExpiresAt.Set && until > s.Now {
			put(&s.Suppressions, e.EventID, &suppression{Rule: e.RuleID, Finding: e.FindingID, Path: e.PathToken, Until: until})
			return touched{all: true}
		}
	case schemas.GateInputIncidentOpened:
		return s.takeIncident(e)
	}
	return touched{}
}

// takeChange notes a change. What a later event said of its code isn't replaced by an earlier one that comes late.
func (s *repository) takeChange(e *schemas.GateInput, at int64) touched {
	if e.ChangeID == "" {
		return touched{}
	}
	c := s.change(e.ChangeID)
	c.Environment = e.Environment
	c.Seen = max(c.Seen, at)
	if e.AuthorToken != "" {
		c.Author = e.AuthorToken
	}
	c.Commits = union(c.Commits, e.CommitIDs)
	if e.Kind == schemas.GateInputChangeMerged {
		c.Merged, c.MergedAs = at, e.CommitIDs
	}
	if at >= c.CodeAt {
		if e.Kind == schemas.GateInputChangeUpdated && c.Gate != nil && c.Gate.Reject {
			c.Gate = nil // what was rejected is no more
		}
		c.CodeAt = at
		if len(e.Fingerprints) > 0 {
			c.Prints = newPrints(e.Fingerprints, changePrints)
		}
		if e.Lines.Set {
			c.Lines = e.Lines.Value
		}
	}
	s.link(e.ChangeID, c)
	return touched{changes: []string{e.ChangeID}}
}

// takeClosed forgets a change that was closed without a merge, or reverted.
func (s *repository) takeClosed(e *schemas.GateInput) touched {
	if c := s.Changes[e.ChangeID]; c != nil && (c.Merged == 0 || e.Verdict == Reverted) {
		delete(s.Changes, e.ChangeID)
	}
	return touched{}
}

func (s *repository) takeReview(e *schemas.GateInput, at int64) touched {
	if e.ChangeID == "" || e.ReviewerToken == "" {
		return touched{}
	}
	_, known := s.Changes[e.ChangeID]
	c := s.change(e.ChangeID)
	if !known { // its opening was never told
		s.link(e.ChangeID, c)
	}
	c.Environment, c.Seen = e.Environment, max(c.Seen, at)
	r := &review{By: e.ReviewerToken, At: at, Reason: e.Reason, New: true}
	said := e.ReviewState
	if e.Kind == schemas.GateInputGateReview {
		said = e.Verdict
	}
	switch {
	case e.Kind == schemas.GateInputGateReview && said == Approved:
		c.Gate = r
	case e.Kind == schemas.GateInputGateReview && said == Rejected:
		r.Reject = true
		c.Gate = r
	case e.Kind == schemas.GateInputReview && said == Approved:
		c.Reviewed = r
	case e.Kind == schemas.GateInputReview && (said == "changes_requested" || said == "dismissed") && c.Reviewed != nil && c.Reviewed.By == r.By:
		c.Reviewed = nil
	}
	return touched{changes: []string{e.ChangeID}}
}

func (s *repository) takeSuggestion(e *schemas.GateInput, at int64) touched {
	g := s.suggestion(e.SuggestionID)
	before := g.Change
	g.Change = or(e.ChangeID, g.Change)
	g.File, g.Path = or(e.FileID, g.File), or(e.PathToken, g.Path)
	g.Model, g.Version = or(e.Model, g.Model), or(e.ModelVersion, g.Version)
	g.Feature, g.Language = or(e.Feature, g.Feature), or(e.Language, g.Language)
	switch e.Kind {
	case schemas.GateInputSuggestionAccepted:
		g.At, g.Taken = at, true
		if len(e.Fingerprints) > 0 {
			g.Prints = newPrints(e.Fingerprints, suggestionPrints)
		}
	case schemas.GateInputCommitted:
		g.Taken = true
		if e.CommitID != "" {
			g.Commits = union(g.Commits, []string{e.CommitID})
		}
	case schemas.GateInputFinding:
		put(&g.Findings, e.FindingID, &finding{
			Rule: e.RuleID, CWE: e.CWE, Severity: e.Severity, Confidence: e.Confidence,
			Inherited: e.Origin == schemas.FindingOriginInherited, Shadow: e.Shadow, Suppressed: e.Attributes[suppressedInCode] != "",
		})
	case schemas.GateInputScan:
		g.Scan = schemas.FindingKind(e.Verdict)
	}
	if g.At == 0 {
		g.At = at
	}
	if g.Change == before && (e.Kind == schemas.GateInputFinding || e.Kind == schemas.GateInputScan) {
		return touched{changes: s.carriers(e.SuggestionID)} // scans link nothing
	}
	return touched{changes: s.relink(e.SuggestionID, g)}
}

// takeTriage counts a triage; of several of one finding the last one counts.
func (s *repository) takeTriage(e *schemas.GateInput, at int64) touched {
	real := e.Verdict == TruePositive
	if e.FindingID == "" || !real && e.Verdict != FalsePositive {
		return touched{}
	}
	count := func(t triage, by int) {
		n := s.Rules[t.Rule]
		if t.True {
			n.True += by
		} else {
			n.False += by
		}
		put(&s.Rules, t.Rule, n)
	}
	if old, again := s.Triages[e.FindingID]; again {
		count(old, -1)
	}
	t := triage{At: at, Rule: e.RuleID, True: real}
	if f := s.finding(e.FindingID); f != nil {
		t.Rule = f.Rule
	}
	put(&s.Triages, e.FindingID, t)
	count(t, 1)
	return touched{all: true}
}

func (s *repository) finding(id string) *finding {
	for _, g := range s.Suggestions {
		if f := g.Findings[id]; f != nil {
			return f
		}
	}
	return nil
}

// takeIncident notes an incident at the merged change that it names, or whose commits it names.
func (s *repository) takeIncident(e *schemas.GateInput) touched {
	var t touched
	for _, id := range s.allChanges() {
		c := s.Changes[id]
		if c.Merged == 0 || id != e.ChangeID && !meet(e.CommitIDs, c.Commits) {
			continue
		}
		c.Incident, c.IncidentBy = or(e.IncidentID, e.CausedBy), e.Severity
		t.changes = append(t.changes, id)
	}
	return t
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func union(have, more []string) []string {
	for _, m := range more {
		if !slices.Contains(have, m) {
			have = append(have, m)
		}
	}
	return have
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}
