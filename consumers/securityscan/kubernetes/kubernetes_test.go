package kubernetes

import (
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/policy/policytest"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

func scanner(t testing.TB) Scanner {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRules(t *testing.T) {
	s := scanner(t)
	var examples []policytest.Example
	for _, r := range s.rules.Rules {
		examples = append(examples, policytest.Example{Rule: r.Rule, Bad: r.Bad, Good: r.Good})
	}
	policytest.Rules(t, examples, func(code string) []weakness.Weakness {
		found, coverage := s.Scan("kubernetes", "a.yaml", code)
		if coverage.Partial() {
			t.Errorf("%s: %s", coverage.Reason, code)
		}
		return found
	})
}
