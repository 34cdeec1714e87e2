package shell

import (
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/policy/policytest"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

func TestRules(t *testing.T) {
	var examples []policytest.Example
	for _, r := range rules {
		examples = append(examples, policytest.Example{Rule: r.Rule, Bad: r.Bad, Good: r.Good})
	}
	policytest.Rules(t, examples, func(code string) []weakness.Weakness {
		found, coverage := New().Scan("shell", "a.sh", code)
		if coverage.Partial() {
			t.Errorf("%s: %s", coverage.Reason, code)
		}
		return found
	})
}

func TestFragmentThatDoesNotParse(t *testing.T) {
	found, coverage := New().Scan("shell", "", "fi\ncurl -k https://db.acme.io\nif true; then\n")
	if len(found) != 1 || found[0].ID != "shell-tls-not-verified" || coverage.Reason != weakness.ReasonSyntax {
		t.Errorf("%v, coverage %v", found, coverage)
	}
}

func FuzzScan(f *testing.F) {
	seeds := []string{
		"curl x | sh <<EOF\n$(a `b` ${c:?})\nEOF\n",
		"eval \"$1\" & ((",
	}
	policytest.Fuzz(f, seeds, func(code string) ([]weakness.Weakness, weakness.Coverage) { return New().Scan("shell", "", code) })
}

func TestAdversarial(t *testing.T) {
	units := []string{
		"a|", "a|b|", "$(", "`", "((", "{ ", "a;", "a&&", "if a; then ", "${a:-", "\"$(", "<<A\n", "eval \"$1\"\n", "case a in ", "a() ", "! ", "$((", "[[ a ]] || ", "a=(", "while :; do ",
	}
	policytest.Adversarial(t, units, func(code string) ([]weakness.Weakness, weakness.Coverage) { return New().Scan("", "", code) })
}

func BenchmarkScan(b *testing.B) {
	size := 0
	for _, r := range rules {
		size += len(r.Bad[0])
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, r := range rules {
			Judge(r.Bad[0])
		}
	}
}
