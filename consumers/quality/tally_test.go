package quality

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// From statsmodels 0.15.0: proportion_confint(k, n, alpha=2*norm.sf(z), method="wilson").
func TestWilsonAgainstStatsmodels(t *testing.T) {
	for _, test := range []struct{ k, n, z, lower, upper float64 }{
		{0, 10, 1.96, 0, 0.277540168767},
		{1, 10, 1.96, 0.017875749516, 0.404156385498},
		{5, 100, 1.96, 0.021543361456, 0.111751965272},
		{25, 100, 4, 0.120010482514, 0.448955034727},
		{14, 50, 4, 0.105919235887, 0.560747430779},
		{13, 50, 4, 0.094513429246, 0.541850207118},
		{99, 100, 2, 0.944025507731, 0.998282184576},
		{100, 100, 3, 0.917431192661, 1},
		{1, 1, 1, 0.5, 1},
		{500, 10000, 2.5758, 0.044678475183, 0.055918256009},
	} {
		lower, upper := wilson(test.k/test.n, test.n, test.z)
		if math.Abs(lower-test.lower) > 1e-11 || math.Abs(upper-test.upper) > 1e-11 {
			t.Errorf("%v of %v at %v: [%.12f, %.12f], want [%.12f, %.12f]", test.k, test.n, test.z, lower, upper, test.lower, test.upper)
		}
	}
}

// The score decides as the interval does, which is what a trigger shows.
func TestScoreIsTheIntervalInverted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 5000).Draw(t, "n")
		k := rapid.Int64Range(0, n).Draw(t, "k")
		z := rapid.Float64Range(0.5, 6).Draw(t, "z")
		limit := rapid.Float64Range(0.01, 0.99).Draw(t, "limit")
		sum := tally{n: n * weightUnit, k: k * weightUnit, squares: n * weightUnit * weightUnit}
		lower, upper := wilson(sum.rate(), sum.size(), z)
		score := sum.score(limit)
		if math.Abs(math.Abs(score)-z) < 1e-9 {
			t.Skip("on the boundary")
		}
		if (score > z) != (lower > limit) || (score < -z) != (upper < limit) {
			t.Fatalf("%d of %d: score %v, z %v, interval [%v, %v], limit %v", k, n, score, z, lower, upper, limit)
		}
	})
}
