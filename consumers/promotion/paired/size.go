package paired

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Plan says what a comparison must be able to show.
type Plan struct {
	Alpha       float64 // one-sided level of the exact McNemar test
	Power       float64 // probability of a confirmed win where the candidate is Effect better
	Effect      float64 // expected difference of the pass rates
	MinEffect   float64 // smallest observed difference that counts as a win
	Discordance float64 // expected share of tasks that one of the two alone solves, at least Effect
}

// Required is the least number of tasks, up to most, at which the plan has its power, and whether there is one. Power is exact: the sum over all
// tables (Duffy 1984, Asymptotic and exact power for the McNemar test). It rises with the tasks but for ripples of
// a task or two, which bisection disregards.
func (p Plan) Required(most int) (tasks int, ok bool) {
	if p.power(most) < p.Power {
		return 0, false
	}
	lo, hi := 0, most
	for hi-lo > 1 {
		middle := (lo + hi) / 2
		if p.power(middle) >= p.Power {
			hi = middle
		} else {
			lo = middle
		}
	}
	return hi, true
}

// power is the probability that n tasks show a win.
func (p Plan) power(n int) float64 {
	share := (p.Discordance + p.Effect) / (2 * p.Discordance) // of wins among discordant tasks
	mean := float64(n) * p.Discordance
	reach := 9 * math.Sqrt(mean*(1-p.Discordance)) // beyond it the binomial has nothing that matters
	from, to := max(0, int(mean-reach)), min(n, int(mean+reach)+1)
	sum, wins := 0.0, from/2
	for d := from; d <= to; d++ {
		for upperTail(d, wins) > p.Alpha { // the critical number never falls as d rises
			wins++
		}
		// d - wins losses at most, and an observed difference of MinEffect at least
		least := max(wins, int(math.Ceil((float64(d)+p.MinEffect*float64(n))/2-1e-9)))
		if least <= d {
			sum += binomial(n, d, p.Discordance) * atLeast(d, least, share)
		}
	}
	return sum
}

// atLeast is P(X >= k) for X binomial with d trials at p.
func atLeast(d, k int, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	}
	return mathext.RegIncBeta(float64(k), float64(d-k+1), p)
}

// binomial is P(X = k) for X binomial with n trials at p.
func binomial(n, k int, p float64) float64 {
	if p >= 1 {
		if k == n {
			return 1
		}
		return 0
	}
	a, b := float64(k), float64(n-k)
	return math.Exp(a*math.Log(p) + b*math.Log1p(-p) - mathext.Lbeta(a+1, b+1) - math.Log(float64(n+1)))
}
