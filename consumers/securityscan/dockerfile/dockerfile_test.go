package dockerfile

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
		found, coverage := New().Scan("dockerfile", "Dockerfile", code)
		if coverage.Partial() {
			t.Errorf("%s: %s", coverage.Reason, code)
		}
		return found
	})
}

func TestRunIsShell(t *testing.T) {
	for _, test := range []struct{ name, code, rule string }{
		{"pipe", "FROM a:1\nRUN apt-get update && \\\n    curl -fsSL https://get.acme.io | bash\nUSER app\n", "shell-pipe-to-shell"},
		{"comment in a continued line", "FROM a:1\nRUN true \\\n  # the agent\n  && chmod 777 /srv\nUSER app\n", "shell-world-writable"},
		{"heredoc", "FROM a:1\nRUN <<EOF\nset -e\nwget --no-check-certificate https://acme.io/a\nEOF\nUSER app\n", "shell-tls-not-verified"},
		{"flags", "FROM a:1\nRUN --mount=type=cache,target=/c pip install --trusted-host pypi.acme.io x\nUSER app\n", "shell-tls-not-verified"},
		{"small letters", "from a:1\nrun curl -k https://acme.io -o a\nuser app\n", "shell-tls-not-verified"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, coverage := New().Scan("dockerfile", "", test.code)
			if coverage.Partial() {
				t.Errorf("partial: %s", coverage.Reason)
			}
			hit := false
			for _, w := range found {
				hit = hit || w.ID == test.rule
			}
			if !hit {
				t.Errorf("found %v", found)
			}
		})
	}
}

func FuzzScan(f *testing.F) {
	seeds := []string{
		"FROM a\nRUN <<A <<B\nx\nA\ny\nB\nENV a=b \\\n # c\n",
		"# escape=`\nFROM a\nRUN x `\n y",
	}
	policytest.Fuzz(f, seeds, func(code string) ([]weakness.Weakness, weakness.Coverage) { return New().Scan("dockerfile", "", code) })
}

func TestAdversarial(t *testing.T) {
	units := []string{
		"RUN <<A ", "FROM a AS b\n", "USER root\n", "RUN a \\\n", "ENV a=b c", "#\n", "RUN a | sh\n", "ADD \"", "RUN [\"a\",", "COPY <<A <<B\n",
	}
	policytest.Adversarial(t, units, func(code string) ([]weakness.Weakness, weakness.Coverage) { return New().Scan("", "", code) })
}
