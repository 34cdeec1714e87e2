package policytest

import (
	"testing"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Fuzz checks that what is found in anything lies within it.
func Fuzz(f *testing.F, seeds []string, scan func(code string) ([]weakness.Weakness, weakness.Coverage)) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		found, _ := scan(code)
		for _, w := range found {
			if w.Start < 0 || w.End > len(code) || w.Start >= w.End {
				t.Fatalf("%s at %d to %d of %d", w.ID, w.Start, w.End, len(code))
			}
		}
	})
}
