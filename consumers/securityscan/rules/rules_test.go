package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/rules"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Every rule finds its positive examples, and nothing in its negative ones.
func TestExamples(t *testing.T) {
	pack, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range pack.Rules() {
		if len(rule.Yes) == 0 || len(rule.No) == 0 {
			t.Errorf("%s lacks examples", rule.ID)
		}
		if rule.CWE == "" || rule.OWASP == "" || rule.Message == "" || rule.Fix == "" || rule.Severity == "" || rule.Confidence == "" {
			t.Errorf("%s is incomplete", rule.ID)
		}
		for _, language := range rule.Languages {
			found := func(code string) bool {
				got, _ := pack.Scan(language, code)
				return slices.ContainsFunc(got, func(w weakness.Weakness) bool { return w.ID == rule.ID })
			}
			for i, code := range rule.Yes {
				if !found(code) {
					t.Errorf("%s (%s): positive example %d isn't found:\n%s", rule.ID, language, i+1, indent(code))
				}
			}
			for i, code := range rule.No {
				if found(code) {
					t.Errorf("%s (%s): negative example %d is found:\n%s", rule.ID, language, i+1, indent(code))
				}
			}
		}
	}
}

func indent(code string) string {
	return fmt.Sprint("    ", strings.ReplaceAll(code, "\n", "\n    "))
}
