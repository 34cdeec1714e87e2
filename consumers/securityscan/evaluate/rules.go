package evaluate

import (
	"cmp"
	"slices"
)

// RuleLine is the figures of one rule over the labelled cases of one file.
type RuleLine struct {
	Set       string `json:"set"`
	Rule      string `json:"rule"`
	CWE       string `json:"cwe"`
	Cases     int    `json:"cases"` // in which it found something of medium severity or higher
	Precision Share  `json:"precision"`
	Recall    Share  `json:"recall"` // of the vulnerable cases of its languages whose weakness is of the same family
	Alone     int    `json:"alone"`  // vulnerable cases that no other rule finds
}

type ruleKey struct{ set, rule string }

// ruleTable collects the figures of the rules.
type ruleTable struct {
	lines      map[ruleKey]*ruleFigures
	vulnerable map[string][]Case // by set
}

type ruleFigures struct {
	RuleLine
	languages map[string]bool
	same      int // cases of its family that it finds
}

func newRuleTable() *ruleTable {
	return &ruleTable{lines: map[ruleKey]*ruleFigures{}, vulnerable: map[string][]Case{}}
}

func (t *ruleTable) add(set string, c Case, p Prediction) {
	if c.Label == "" {
		return
	}
	vulnerable := c.Label == "vulnerable"
	if vulnerable {
		t.vulnerable[set] = append(t.vulnerable[set], c)
	}
	alarms := p.alarming()
	for _, f := range alarms {
		key := ruleKey{set, f.Rule}
		l := t.lines[key]
		if l == nil {
			l = &ruleFigures{RuleLine: RuleLine{Set: set, Rule: f.Rule, CWE: f.CWE}, languages: map[string]bool{}}
			t.lines[key] = l
		}
		l.Cases++
		l.languages[c.Language] = true
		if !vulnerable {
			continue
		}
		l.Precision.Count++
		if sameFamily(l.CWE, c.CWE) {
			l.same++
		}
		if len(alarms) == 1 {
			l.Alone++
		}
	}
}

// sorted returns the lines by set, those with the most cases first.
func (t *ruleTable) sorted() []RuleLine {
	lines := make([]RuleLine, 0, len(t.lines))
	for _, l := range t.lines {
		of := 0
		for _, c := range t.vulnerable[l.Set] {
			if l.languages[c.Language] && sameFamily(l.CWE, c.CWE) {
				of++
			}
		}
		l.Precision, l.Recall = share(l.Precision.Count, l.Cases), share(l.same, of)
		lines = append(lines, l.RuleLine)
	}
	slices.SortFunc(lines, func(a, b RuleLine) int {
		return cmp.Or(cmp.Compare(a.Set, b.Set), b.Cases-a.Cases, cmp.Compare(a.Rule, b.Rule))
	})
	return lines
}
