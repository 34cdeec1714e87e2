// Package policytest holds the test that all rule packs share. It must not be used outside tests.
package policytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// Example is what a rule says of itself.
type Example struct {
	weakness.Rule
	Bad, Good []string
}

// Rules checks that every rule is complete, that it finds its bad examples and that nothing alarms about its good ones.
func Rules(t *testing.T, rules []Example, scan func(code string) []weakness.Weakness) {
	t.Helper()
	ids := make(map[string]bool)
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			if ids[r.ID] {
				t.Error("the id occurs twice")
			}
			ids[r.ID] = true
			if !strings.HasPrefix(r.CWE, "CWE-") || r.OWASP == "" || r.Message == "" || r.Fix == "" {
				t.Errorf("incomplete: %+v", r.Rule)
			}
			if !slices.Contains([]schemas.Severity{schemas.SeverityLow, schemas.SeverityMedium, schemas.SeverityHigh, schemas.SeverityCritical}, r.Severity) ||
				!slices.Contains([]schemas.Confidence{schemas.ConfidenceLow, schemas.ConfidenceMedium, schemas.ConfidenceHigh}, r.Confidence) {
				t.Errorf("severity %q, confidence %q", r.Severity, r.Confidence)
			}
			if len(r.Bad) == 0 || len(r.Good) == 0 {
				t.Error("needs an example of each kind")
			}
			for _, code := range r.Bad {
				found := scan(code)
				if !slices.ContainsFunc(found, func(w weakness.Weakness) bool { return w.ID == r.ID }) {
					t.Errorf("doesn't find\n%s\nbut %s", code, names(found))
				}
				for _, w := range found {
					if w.Start < 0 || w.End > len(code) || w.Start >= w.End {
						t.Errorf("%s at %d to %d of %d bytes", w.ID, w.Start, w.End, len(code))
					}
				}
			}
			for _, code := range r.Good {
				for _, w := range scan(code) {
					if w.Severity != schemas.SeverityLow {
						t.Errorf("%s alarms about\n%s", w.ID, code)
					}
				}
			}
		})
	}
}

func names(found []weakness.Weakness) []string {
	var ids []string
	for _, w := range found {
		ids = append(ids, w.ID)
	}
	return ids
}
