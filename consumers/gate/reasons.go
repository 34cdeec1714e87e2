package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/assayhq/assay/schemas"
)

// What people say.
const (
	Approved      = "approved"
	Rejected      = "rejected"
	TruePositive  = "true_positive"
	FalsePositive = "false_positive"
)

// Reverted is the verdict of a closed change that was merged and taken back.
const Reverted = "reverted"

const (
	suppressedInCode = "suppressed" // attribute of a finding with an inline suppression
	scanned          = schemas.FindingScanCompleted

	// The conditions that aren't in the policy's list.
	unscannedID = "unscanned"
	findingID   = "finding"
)

// reason is one thing that speaks against a merge.
type reason struct {
	key      string // tells it from others; what a reviewer has seen is known by it
	text     string
	blocks   bool // as against asking for a person
	finding  string
	rule     string
	severity schemas.Severity
}

// reasons returns what speaks against a change, blocks first, in an order that follows from what is known alone.
func (s *repository) reasons(p *Policy, c *change) []reason {
	var blocks, asks []reason
	for _, id := range c.Links {
		g := s.Suggestions[id]
		if g == nil {
			continue
		}
		found := slices.DeleteFunc(slices.Sorted(maps.Keys(g.Findings)), func(f string) bool { return !s.counts(c, g, f) })
		var weak []string // findings that don't block
		for _, fid := range found {
			f := g.Findings[fid]
			if !p.Block.reached(f) || p.Precision.distrusts(s.Rules[f.Rule]) {
				weak = append(weak, fid)
				continue
			}
			blocks = append(blocks, reason{
				key: findingID + ":" + fid, blocks: true, finding: fid, rule: f.Rule, severity: f.Severity,
				text: fmt.Sprintf("%s%s: %s severity, %s confidence, in suggestion %s", f.Rule, inBrackets(f.CWE), f.Severity, f.Confidence, id),
			})
		}
		if g.Scan != scanned && p.Unscanned == unscannedReview {
			asks = append(asks, reason{key: unscannedID + ":" + id, text: fmt.Sprintf("suggestion %s %s", id, unscannedText[g.Scan])})
		}
		for i := range p.Review {
			r := &p.Review[i]
			if !r.holds(c, g, weak, s.knows(g)) {
				continue
			}
			ask := reason{key: r.ID + ":" + id, text: fmt.Sprintf("%s: %s, suggestion %s", r.ID, or(r.Reason, "the policy asks for a review"), id)}
			if r.Severity != "" {
				ask.severity = g.worst(weak)
			}
			asks = append(asks, ask)
		}
	}
	return append(blocks, asks...)
}

var unscannedText = map[schemas.FindingKind]string{
	"":                         "is not scanned yet",
	schemas.FindingScanPartial: "was scanned in part only",
	schemas.FindingNotScanned:  "could not be scanned",
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// counts tells whether a finding speaks against the change.
func (s *repository) counts(c *change, g *suggestion, id string) bool {
	f := g.Findings[id]
	if f.Shadow || f.Inherited || f.Suppressed {
		return false
	}
	if t, triaged := s.Triages[id]; triaged && !t.True {
		return false
	}
	for _, p := range s.Suppressions {
		if (p.Finding == "" || p.Finding == id) && (p.Rule == "" || p.Rule == f.Rule) && (p.Path == "" || p.Path == g.Path) {
			return false
		}
	}
	return !s.superseded(c, g, f.Rule)
}

func (g *suggestion) worst(found []string) schemas.Severity {
	worst := schemas.SeverityNone
	for _, id := range found {
		if f := g.Findings[id]; slices.Index(severities, f.Severity) > slices.Index(severities, worst) {
			worst = f.Severity
		}
	}
	return worst
}

func (g *suggestion) version() string {
	if g.Model == "" && g.Version == "" {
		return ""
	}
	return g.Model + "@" + g.Version
}

// knows tells whether the suggestion's version of its model is in the repository, or can't be told.
func (s *repository) knows(g *suggestion) bool {
	_, known := s.Versions[g.version()]
	return known || g.version() == ""
}
