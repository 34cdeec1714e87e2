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

// Alarming reports whether a weakness is worth telling somebody about: of medium severity or more, and no longer on trial.
func (w Weakness) Alarming() bool {
	return !w.Shadow && (w.Severity == schemas.SeverityMedium || serious(w.Severity))
}

// Gating reports whether a weakness may block a change: of high severity or more, with high confidence.
func (w Weakness) Gating() bool {
	return !w.Shadow && serious(w.Severity) && w.Confidence == schemas.ConfidenceHigh
}

func serious(s schemas.Severity) bool {
	return s == schemas.SeverityHigh || s == schemas.SeverityCritical
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

// Sort orders by place, then by rule, and keeps one of what says the same: of one rule, or of several rules for the same
// kind of weakness, about the same place, that which is most severe and most confident.
func Sort(found []Weakness) []Weakness {
	slices.SortFunc(found, func(a, b Weakness) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(found, func(a, b Weakness) bool {
		return a.Start == b.Start && a.End == b.End && (a.ID == b.ID || a.CWE != "" && a.CWE == b.CWE && a.Shadow == b.Shadow)
	})
}

// Innermost drops from sorted findings those of a rule that lie around, or within, a stronger one of the same rule: of a call
// and the text that it is given, one says enough. Of equally strong ones the inner stays.
func Innermost(sorted []Weakness) []Weakness {
	gone := make([]bool, len(sorted))
	var open []int // findings around the place
	for i, w := range sorted {
		open = slices.DeleteFunc(open, func(o int) bool { return sorted[o].End <= w.Start })
		for _, o := range open {
			switch {
			case gone[o] || gone[i] || sorted[o].ID != w.ID:
			case sorted[o].End >= w.End && sorted[o].rank() <= w.rank():
				gone[o] = true
			case sorted[o].End >= w.End:
				gone[i] = true
			}
		}
		open = append(open, i)
	}
	kept := sorted[:0]
	for i, w := range sorted {
		if !gone[i] {
			kept = append(kept, w)
		}
	}
	return kept
}

// rank orders by severity, then confidence; what is on trial comes last.
func (w Weakness) rank() int {
	if w.Shadow {
		return -1
	}
	return 8*slices.Index(severities[:], w.Severity) + slices.Index(confidences[:], w.Confidence)
}

var (
	severities = [...]schemas.Severity{
		schemas.SeverityNone, schemas.SeverityLow, schemas.SeverityMedium, schemas.SeverityHigh, schemas.SeverityCritical,
	}
	confidences = [...]schemas.Confidence{schemas.ConfidenceNone, schemas.ConfidenceLow, schemas.ConfidenceMedium, schemas.ConfidenceHigh}
)
