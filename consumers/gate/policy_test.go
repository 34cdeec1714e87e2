package gate

import (
	"strings"
	"testing"

	"github.com/assayhq/assay/schemas"
)

func TestMistakesInAPolicyHaveLines(t *testing.T) {
	for mistake, c := range map[string]struct{ old, new, want string }{
		"severity":      {"block:\n  severity: high", "block:\n  severity: huge", "block.severity must be none, low, medium, high or critical, is \"huge\""},
		"unscanned":     {"unscanned: review", "unscanned: block", "unscanned must be review or pass"},
		"floor":         {"floor: 0.8", "floor: 80", "precision.floor must be from 0 to 1, is 80"},
		"no condition":  {"    severity: medium\n    confidence: medium\n", "", "review[0].id has no condition"},
		"no id":         {"- id: medium-finding", "- id: Medium finding", "review[0].id must be lower-case words"},
		"missing":       {"unscanned: review\n", "", "unscanned must be review or pass, is \"\""},
		"unknown field": {"unscanned: review", "unscaned: review", "unknown field"},
	} {
		t.Run(mistake, func(t *testing.T) {
			text := strings.Replace(string(defaultPolicy), c.old, c.new, 1)
			_, err := ParsePolicy([]byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if !strings.Contains(err.Error(), "line ") && mistake != "unknown field" {
				t.Errorf("no line in %v", err)
			}
		})
	}
	if _, err := ParsePolicy([]byte(strings.Replace(string(defaultPolicy), "block:\n  severity: high", "block:\n  severity: huge", 1))); err == nil || !strings.Contains(err.Error(), "line "+lineOf("  severity: high")) {
		t.Errorf("%v, want line %s", err, lineOf("  severity: high"))
	}
}

func lineOf(text string) string {
	before, _, _ := strings.Cut(string(defaultPolicy), "\n"+text)
	n := strings.Count(before, "\n") + 2
	return string(rune('0'+n/10)) + string(rune('0'+n%10))
}

func TestConditions(t *testing.T) {
	s := &suggestion{Path: "p", Language: "go", Feature: "chat", Findings: map[string]*finding{"f": {Severity: schemas.SeverityMedium, Confidence: schemas.ConfidenceLow}}}
	ch := &change{Lines: 100}
	for name, c := range map[string]struct {
		condition condition
		want      bool
	}{
		"path":                {condition{Paths: []string{"x", "p"}}, true},
		"other path":          {condition{Paths: []string{"x"}}, false},
		"language":            {condition{Languages: []string{"go"}}, true},
		"other language":      {condition{Languages: []string{"c"}}, false},
		"all conditions":      {condition{Languages: []string{"go"}, Features: []string{"agent_edit"}}, false},
		"size":                {condition{Lines: 100}, true},
		"smaller":             {condition{Lines: 101}, false},
		"finding":             {condition{Severity: schemas.SeverityMedium}, true},
		"finding, less sure":  {condition{Severity: schemas.SeverityMedium, Confidence: schemas.ConfidenceMedium}, false},
		"finding, less grave": {condition{Severity: schemas.SeverityHigh}, false},
		"new model":           {condition{NewModelVersion: true}, true},
	} {
		if got := c.condition.holds(ch, s, []string{"f"}, false); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (&condition{NewModelVersion: true}).holds(ch, s, nil, true) {
		t.Error("a known model is new")
	}
}

// The limits of the Wilson interval at z = 1.96 are those of R's prop.test(correct = FALSE).
func TestDistrust(t *testing.T) {
	p := precision{Floor: 0.8, MinTriages: 10, Z: 1.96}
	for _, c := range []struct {
		tally tally
		want  bool
	}{
		{tally{0, 9}, false},
		{tally{0, 10}, true},  // upper bound 0.278
		{tally{5, 5}, true},   // 0.763
		{tally{6, 4}, false},  // 0.832
		{tally{70, 30}, true}, // 0.781
		{tally{75, 25}, false},
	} {
		if got := p.distrusts(c.tally); got != c.want {
			t.Errorf("%+v: %v", c.tally, got)
		}
	}
}
