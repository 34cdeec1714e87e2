package gate

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/assayhq/assay/schemas"
)

// decide returns the decision about a change where it is another than before, nil otherwise. e is the input that led to it.
func (s *repository) decide(p *Policy, id string, e *schemas.GateInput, at int64) schemas.Event {
	c := s.Changes[id]
	if c == nil {
		return nil
	}
	all := s.reasons(p, c)
	for _, r := range []*review{c.Gate, c.Reviewed} {
		if r != nil && r.New {
			r.New, r.Covers = false, keys(all)
		}
	}
	kind, left := c.judge(all)
	if c.Merged > 0 {
		s.merged(c)
		if kind, left = c.takeBack(p, kind, left); kind == "" {
			return nil
		}
	}
	if by := c.approvesItself(); by != nil && kind != schemas.GateRejected && kind != schemas.GateApproved && kind != schemas.GateRevertRequested && len(left) > 0 {
		left = append(left, reason{key: "four-eyes:" + strconv.FormatInt(by.At, 10), text: "the author approved: another person must"})
	}
	if k := keys(left); kind == c.Kind && slices.Equal(k, c.Keys) {
		return nil
	}
	return s.decision(c, id, kind, left, e, at, p)
}

// judge says what follows from the reasons and the reviews, and which reasons are behind it.
func (c *change) judge(all []reason) (schemas.GateKind, []reason) {
	if c.Gate != nil && c.Gate.Reject {
		return schemas.GateRejected, all
	}
	var blocks, asks []reason
	for _, r := range all {
		switch {
		case c.covered(c.Gate, r.key), !r.blocks && c.covered(c.Reviewed, r.key):
		case r.blocks:
			blocks = append(blocks, r)
		default:
			asks = append(asks, r)
		}
	}
	switch {
	case len(blocks) > 0:
		return schemas.GateBlocked, append(blocks, asks...)
	case len(asks) > 0:
		return schemas.GateAwaitingReview, asks
	case len(all) > 0:
		return schemas.GateApproved, all
	}
	return schemas.GatePass, nil
}

// covered tells whether an approval by another person than the author had the reason before it.
func (c *change) covered(r *review, key string) bool {
	return r != nil && !r.Reject && (r.By != c.Author) && slices.Contains(r.Covers, key)
}

// approvesItself returns an approval that doesn't count because it is the author's.
func (c *change) approvesItself() *review {
	for _, r := range []*review{c.Gate, c.Reviewed} {
		if r != nil && !r.Reject && r.By == c.Author {
			return r
		}
	}
	return nil
}

// takeBack says whether to ask for the revert of a merged change: it carries what blocks and nobody approved, whenever that came to
// light, or an incident is linked to it. It asks once.
func (c *change) takeBack(p *Policy, kind schemas.GateKind, left []reason) (schemas.GateKind, []reason) {
	if c.Kind == schemas.GateRevertRequested {
		return "", nil
	}
	var why []reason
	if kind == schemas.GateBlocked {
		why = slices.DeleteFunc(left, func(r reason) bool { return !r.blocks })
	}
	if kind == schemas.GateRejected {
		why = append(left, reason{key: "rejected", text: "merged although it was rejected"})
	}
	if c.Incident != "" && slices.Index(severities, c.IncidentBy) >= slices.Index(severities, p.Revert.IncidentSeverity) {
		why = append(why, reason{key: "incident:" + c.Incident, text: "incident " + c.Incident + " is linked to the merged change"})
	}
	if len(why) == 0 {
		return "", nil
	}
	return schemas.GateRevertRequested, why
}

// merged remembers which models' code the repository has.
func (s *repository) merged(c *change) {
	for _, id := range c.Links {
		if g := s.Suggestions[id]; g != nil && g.version() != "" {
			put(&s.Versions, g.version(), max(s.Versions[g.version()], c.Merged))
		}
	}
}

func (s *repository) decision(c *change, id string, kind schemas.GateKind, left []reason, e *schemas.GateInput, at int64, p *Policy) *schemas.GateDecision {
	d := &schemas.GateDecision{
		Envelope:  e.Envelope,
		Kind:      kind,
		ChangeID:  id,
		CausedBy:  or(e.CausedBy, e.EventID),
		RepoToken: e.RepoToken, Previous: string(c.Kind), PolicyHash: p.Hash(),
		SuggestionIDs: slices.Clone(c.Links), Severity: schemas.SeverityNone,
	}
	c.Decided = max(at, c.Seen, c.Decided)
	d.EventID = schemas.DerivedID(Name, e.Org, id, e.EventID)
	d.OccurredAt, d.Source, d.Environment = time.UnixMilli(c.Decided).UTC(), Name, c.Environment
	for _, r := range left {
		d.Reasons = append(d.Reasons, r.text)
		if r.finding != "" {
			d.FindingIDs = append(d.FindingIDs, r.finding)
		}
		if r.rule != "" && !slices.Contains(d.RuleIDs, r.rule) {
			d.RuleIDs = append(d.RuleIDs, r.rule)
		}
		if slices.Index(severities, r.severity) > slices.Index(severities, d.Severity) {
			d.Severity = r.severity
		}
	}
	if r := c.reviewer(kind); r != nil {
		d.ReviewerToken, d.ReviewedAt, d.ReviewReason = r.By, schemas.Some(time.UnixMilli(r.At).UTC()), r.Reason
	}
	if kind == schemas.GateRevertRequested {
		d.CommitIDs, d.IncidentID = slices.Clone(c.MergedAs), c.Incident
		if len(d.CommitIDs) == 0 {
			d.CommitIDs = slices.Clone(c.Commits)
		}
	}
	if s.Forgotten > 0 {
		d.Attributes = map[string]string{"forgotten": fmt.Sprint(s.Forgotten)}
	}
	c.Kind, c.Keys = kind, keys(left)
	return d
}

// reviewer is whose review decided.
func (c *change) reviewer(kind schemas.GateKind) *review {
	if kind != schemas.GateApproved && kind != schemas.GateRejected {
		return nil
	}
	if c.Gate != nil && (c.Gate.Reject || c.Gate.By != c.Author) {
		return c.Gate
	}
	return c.Reviewed
}

func keys(reasons []reason) []string {
	var out []string
	for _, r := range reasons {
		out = append(out, r.key)
	}
	return out
}
