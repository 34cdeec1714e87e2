package promotion

import (
	"fmt"
	"slices"

	"github.com/assayhq/assay/consumers/promotion/paired"
)

// The tests that decide.
const (
	mcnemarExact = "mcnemar_exact"
	eProcess     = "e_process"
)

// verdict is what the tests say about a run at some point.
type verdict struct {
	Win         bool         `json:"v,omitempty"`
	Test        string       `json:"t"`
	Table       paired.Table `json:"a"`
	P           float64      `json:"p"`
	E           float64      `json:"e"`
	Regressions []string     `json:"g,omitempty"`
	Reason      string       `json:"w"`

	// Of the policy that decided: when a person approves, another may be in force.
	Policy    string  `json:"h"`
	Alpha     float64 `json:"l"` // of the test
	MinEffect float64 `json:"m"`
	Required  int     `json:"n"`
}

// judge applies the policy to the results so far; finished says that there will be no more. Each of the two tests has half of the policy's alpha.
func (r *run) judge(p *Policy, finished bool) verdict {
	wins, losses := r.All.Candidate, r.All.Baseline
	v := verdict{Test: eProcess, Table: r.All, E: paired.EValue(wins, losses), Policy: p.hash, Alpha: p.Alpha / 2, MinEffect: p.MinEffect, Required: p.required}
	crossed := v.E >= 1/v.Alpha && r.All.Tasks() >= p.MinTasks
	if !finished && !crossed { // nearly always
		return v
	}
	v.P = paired.McNemar(wins, losses)
	v.Regressions = r.regressions(p)
	n := r.All.Tasks()
	var lacks string
	if !crossed {
		v.Test = mcnemarExact
	}
	switch {
	case r.All.Effect() < p.MinEffect:
		lacks = fmt.Sprintf("the difference of %.4f is under the %v that the policy asks for", r.All.Effect(), p.MinEffect)
	case crossed:
	case r.Planned == 0:
		lacks = "the run didn't announce its number of tasks before it began"
	case n < r.Planned:
		lacks = fmt.Sprintf("%d of %d planned tasks have results", n, r.Planned)
	case n < p.required:
		lacks = fmt.Sprintf("%d tasks are fewer than the %d that the policy's power needs", n, p.required)
	case v.P > v.Alpha:
		lacks = fmt.Sprintf("the candidate isn't surely better: p %.4g is over %v", v.P, v.Alpha)
	}
	switch {
	case lacks != "":
		v.Reason = lacks
	case len(v.Regressions) > 0:
		v.Reason = "the candidate is better, but a guard fails"
	default:
		v.Win, v.Reason = true, fmt.Sprintf("the candidate solves %d tasks that the baseline doesn't, the baseline %d that the candidate doesn't", wins, losses)
	}
	return v
}

// regressions are the guards that fail.
func (r *run) regressions(p *Policy) []string {
	var names []string
	var tests []float64
	for name, t := range r.Languages {
		if t.Tasks() >= p.Languages.MinTasks {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		tests = append(tests, paired.McNemar(r.Languages[name].Baseline, r.Languages[name].Candidate))
	}
	var failed []string
	for i, adjusted := range paired.Holm(tests) {
		if adjusted <= p.Languages.Alpha {
			failed = append(failed, "language:"+names[i])
		}
	}
	switch {
	case r.Findings.Tasks < p.Security.MinTasks:
		failed = append(failed, "security:unmeasured")
	case paired.McNemar(r.Findings.More, r.Findings.Fewer) <= p.Security.Alpha:
		failed = append(failed, "security")
	}
	return failed
}
