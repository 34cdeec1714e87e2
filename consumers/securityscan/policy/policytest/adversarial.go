package policytest

import (
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Sizes of adversarial inputs: one that the scanners read, and one that those with a limit refuse.
const readSize, refusedSize = 100 << 10, 1 << 20

// limit is far above what any input takes on an idle machine (a second at most), and far below what anything that isn't
// linear would take.
const limit = 30 * time.Second

// Adversarial checks that inputs made of a repeated unit end within their budget.
func Adversarial(t *testing.T, units []string, scan func(code string) ([]weakness.Weakness, weakness.Coverage)) {
	t.Helper()
	for _, unit := range units {
		start := time.Now()
		scan(strings.Repeat(unit, readSize/len(unit)))
		if spent := time.Since(start); spent > limit {
			t.Errorf("%q took %v", unit, spent)
		} else {
			t.Logf("%q took %v", unit, spent)
		}
		scan(strings.Repeat(unit, refusedSize/len(unit)))
	}
}
