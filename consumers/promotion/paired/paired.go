// Package paired compares two models by their results on the same tasks: exact McNemar test, an anytime-valid e-process,
// sample size, interval of the difference, and Holm's correction. It is statistics alone and must not know events or policies.
package paired

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Table counts tasks by which of the two solved them.
type Table struct {
	Both      int `json:"b,omitempty"`
	Candidate int `json:"c,omitempty"` // the candidate alone
	Baseline  int `json:"l,omitempty"` // the baseline alone
	Neither   int `json:"n,omitempty"`
}

// Add counts one task.
func (t *Table) Add(candidate, baseline bool) {
	switch {
	case candidate && baseline:
		t.Both++
	case candidate:
		t.Candidate++
	case baseline:
		t.Baseline++
	default:
		t.Neither++
	}
}

// Tasks is how many were compared.
func (t Table) Tasks() int { return t.Both + t.Candidate + t.Baseline + t.Neither }

// Effect is the difference of the pass rates, candidate minus baseline; 0 without tasks.
func (t Table) Effect() float64 {
	if t.Tasks() == 0 {
		return 0
	}
	return float64(t.Candidate-t.Baseline) / float64(t.Tasks())
}

// upperTail is P(X >= k) for X binomial with d trials at 1/2.
func upperTail(d, k int) float64 {
	switch {
	case k <= 0:
		return 1
	case k > d:
		return 0
	}
	return mathext.RegIncBeta(float64(k), float64(d-k+1), 0.5)
}

// McNemar is the one-sided p-value of the exact McNemar test: the probability of so many wins or more among the tasks that one
// of the two alone solved, where each is as likely to (McNemar 1947; the sign test on discordant pairs).
func McNemar(wins, losses int) float64 { return upperTail(wins+losses, wins) }

// EValue is the evidence against "a task that one of the two alone solved is the candidate's with probability 1/2 at
// most": the mean over p, uniform on [1/2, 1], of the likelihood ratio of p to 1/2. As tasks come in, it is a non-negative
// supermartingale under that hypothesis, so that the probability that it ever reaches 1/alpha is at most alpha, whenever
// one looks (Ville 1939; Ramdas, Grünwald, Vovk, Shafer 2023, Game-theoretic statistics and safe anytime-valid inference).
// The mean in closed form is 2^(d+1) B(w+1, l+1) P(Beta(w+1, l+1) > 1/2).
func EValue(wins, losses int) float64 {
	w, l := float64(wins), float64(losses)
	e := math.Exp((w+l+1)*math.Ln2 + mathext.Lbeta(w+1, l+1) + math.Log(mathext.RegIncBeta(l+1, w+1, 0.5)))
	return min(e, math.MaxFloat64)
}
