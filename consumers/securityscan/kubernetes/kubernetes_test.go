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

func FuzzScan(f *testing.F) {
	s := scanner(f)
	var seeds []string
	for _, r := range s.rules.Rules {
		seeds = append(seeds, r.Bad[0])
	}
	policytest.Fuzz(f, seeds, func(code string) ([]weakness.Weakness, weakness.Coverage) { return s.Scan("", "", code) })
}

func TestAdversarial(t *testing.T) {
	units := []string{
		"[", "{", "- ", "a: ", "a:\n ", "&a *a ", "? ", "{{", "{{a}}\n", "---\n", "\n--- {", "kind: Pod\n---\n", "a: &a [*a]\n", "\t", "!!a ", "\"", "|\n", "<<: *a\n",
	}
	policytest.Adversarial(t, units, func(code string) ([]weakness.Weakness, weakness.Coverage) { return scanner(t).Scan("", "", code) })
}

func BenchmarkScan(b *testing.B) {
	s := scanner(b)
	size := 0
	for _, r := range s.rules.Rules {
		size += len(r.Bad[0])
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, r := range s.rules.Rules {
			s.Scan("", "", r.Bad[0])
		}
	}
}
