package paired

import "math"

// Interval is the score interval of the difference of the pass rates (Tango 1998, Equivalence test and confidence interval
// for the difference in proportions for the paired-sample design); z = 1.96 for 95 %. Without tasks it is [-1, 1].
func (t Table) Interval(z float64) (lower, upper float64) {
	n := float64(t.Tasks())
	if n == 0 {
		return -1, 1
	}
	effect := t.Effect()
	// The score falls with the supposed difference: it is z at the lower bound and -z at the upper one.
	lower = solve(-1, effect, func(d float64) bool { return t.score(d) > z })
	upper = solve(effect, 1, func(d float64) bool { return t.score(d) > -z })
	return lower, upper
}

// solve is where the condition, which holds from lo on, ceases to.
func solve(lo, hi float64, holds func(float64) bool) float64 {
	for range 60 {
		middle := (lo + hi) / 2
		if holds(middle) {
			lo = middle
		} else {
			hi = middle
		}
	}
	return (lo + hi) / 2
}

// score is the observed difference minus the supposed one, in standard errors under the latter.
func (t Table) score(delta float64) float64 {
	n, b, c := float64(t.Tasks()), float64(t.Candidate), float64(t.Baseline)
	// q is the likeliest rate of the baseline's solving alone, given delta.
	linear := (2*n-b+c)*delta - b - c
	q := (math.Sqrt(max(0, linear*linear+8*n*c*delta*(1-delta))) - linear) / (4 * n)
	// Rounding may take it out of its range.
	q = max(q, 0, -delta)
	spread := n * (2*q + delta*(1-delta))
	difference := b - c - n*delta
	if spread <= 0 {
		return math.Copysign(math.Inf(1), difference)
	}
	return difference / math.Sqrt(spread)
}
