// Package evaluate says how good the scanner is on labelled snippets. It must not read files, and a scan of its sees
// nothing of a case but language, path and code.
package evaluate

import (
	"slices"
	"strings"
	"time"

	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/schemas"
)

// Case is a snippet with a verdict. Without a label it is only scanned.
type Case struct {
	ID       string   `json:"id"`
	Pair     string   `json:"pair"` // joins the vulnerable and the secure version of a case
	Language string   `json:"language"`
	Path     string   `json:"path"`
	Label    string   `json:"label"` // vulnerable or secure
	CWE      []string `json:"cwe"`
	Code     string   `json:"code"`
}

// Prediction is what the scanner says about a case.
type Prediction struct {
	ID       string    `json:"id"`
	Alarm    bool      `json:"alarm"` // a finding of medium severity or higher
	Gate     bool      `json:"gate"`  // a finding of high severity and high confidence
	Findings []Finding `json:"findings"`
	Coverage Coverage  `json:"coverage"`
}

// Finding is one finding of a prediction. Line counts from 1.
type Finding struct {
	Rule       string             `json:"rule"`
	CWE        string             `json:"cwe"`
	Severity   schemas.Severity   `json:"severity"`
	Confidence schemas.Confidence `json:"confidence"`
	Line       int                `json:"line"`
	Shadow     bool               `json:"shadow,omitempty"`
	alarming   bool
}

// Coverage says how much of a case was looked at.
type Coverage struct {
	Kind   schemas.FindingKind `json:"kind"`
	Reason string              `json:"reason,omitempty"`
}

// Scan scans a case.
func Scan(s *securityscan.Scanner, c Case) Prediction {
	r := s.Scan(c.Language, c.Path, c.Code)
	p := Prediction{ID: c.ID, Findings: []Finding{}, Coverage: Coverage{r.Kind, r.Reason}}
	for _, w := range r.Found {
		p.Findings = append(p.Findings, Finding{
			Rule: w.ID, CWE: w.CWE, Severity: w.Severity, Confidence: w.Confidence, Shadow: w.Shadow,
			Line: 1 + strings.Count(c.Code[:w.Start], "\n"), alarming: w.Alarming(),
		})
		p.Alarm = p.Alarm || w.Alarming()
		p.Gate = p.Gate || w.Gating()
	}
	return p
}

// alarming are the findings that make a prediction an alarm, one for each rule.
func (p Prediction) alarming() (findings []Finding) {
	for _, f := range p.Findings {
		if f.alarming && !slices.ContainsFunc(findings, func(o Finding) bool { return o.Rule == f.Rule }) {
			findings = append(findings, f)
		}
	}
	return findings
}

// Speed is how fast the cases were scanned, on one core.
type Speed struct {
	Snippets  int     `json:"snippets"`
	PerSecond float64 `json:"per_second"`
	PerKB     float64 `json:"microseconds_per_kb"`
	P99       float64 `json:"p99_ms"` // of the time for one snippet
}

// Figures are all figures of a run.
type Figures struct {
	Groups []Group    `json:"groups"` // per file, then per file and language where a file has several
	Rules  []RuleLine `json:"rules"`
	Speed  Speed      `json:"speed"`
}

// Set is the cases of one file.
type Set struct {
	Name  string
	Cases []Case
}

// Run scans all cases in order, hands every prediction to visit and returns the figures. now tells the time.
func Run(s *securityscan.Scanner, sets []Set, now func() time.Time, visit func(Prediction) error) (Figures, error) {
	var f Figures
	var took []time.Duration
	bytes := 0
	rules := newRuleTable()
	for _, set := range sets {
		predictions := make([]Prediction, len(set.Cases))
		for i, c := range set.Cases {
			began := now()
			predictions[i] = Scan(s, c)
			took = append(took, now().Sub(began))
			bytes += len(c.Code)
			rules.add(set.Name, c, predictions[i])
			if err := visit(predictions[i]); err != nil {
				return f, err
			}
		}
		f.Groups = append(f.Groups, groups(set, predictions)...)
	}
	f.Rules = rules.sorted()
	f.Speed = speed(took, bytes)
	return f, nil
}

func speed(took []time.Duration, bytes int) Speed {
	if len(took) == 0 {
		return Speed{}
	}
	slices.Sort(took)
	total := time.Duration(0)
	for _, d := range took {
		total += d
	}
	return Speed{
		Snippets: len(took), PerSecond: float64(len(took)) / total.Seconds(),
		PerKB: float64(total.Microseconds()) / (float64(bytes) / 1024),
		P99:   took[len(took)*99/100].Seconds() * 1000,
	}
}
