// Package weakness is what the scanners of security-scan have in common: what they find, and how far they got. It must not
// know any language or rule.
package weakness

import (
	"cmp"
	"slices"

	"github.com/assayhq/assay/schemas"
)

// Rule is what is known of a weakness before it is met: one entry of a rule table.
type Rule struct {
	ID         string
	CWE        string // as in CWE-798
	OWASP      string // as in A05:2021
	Severity   schemas.Severity
	Confidence schemas.Confidence
	Message    string // what is wrong; never quotes code
	Fix        string // what to do instead
	Shadow     bool   // on trial: recorded, not gating
}

// Weakness is what a rule found in code[Start:End], in bytes; never empty. Lines and columns follow from the offsets.
type Weakness struct {
	Rule
	Start, End int
}

// Coverage says how much of a snippet was looked at. Reason is empty if everything was, else a stable code for machines.
type Coverage struct {
	Reason string
}

// Reasons for a scan that saw only a part.
const (
	ReasonSyntax = "syntax"      // the snippet doesn't parse; what parses, and lines on their own, were scanned
	ReasonBudget = "work_budget" // the snippet is too large or too deep for the work allowed
)

// Partial reports whether something was left out.
func (c Coverage) Partial() bool { return c.Reason != "" }

// At returns the weakness of a rule at code[start:end], clipped to code and never empty unless code is.
func At(r Rule, code string, start, end int) Weakness {
	start = min(max(start, 0), max(len(code)-1, 0))
	end = min(max(end, start+1), len(code))
	return Weakness{Rule: r, Start: start, End: end}
}

// Sort orders by place, then by rule, and drops what is there twice.
func Sort(found []Weakness) []Weakness {
	slices.SortFunc(found, func(a, b Weakness) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	return slices.CompactFunc(found, func(a, b Weakness) bool {
		return a.Start == b.Start && a.End == b.End && a.Rule.ID == b.Rule.ID
	})
}
