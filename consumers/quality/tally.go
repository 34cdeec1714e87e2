package quality

import "math"

// tally counts observations by weight, in hundredths. Squares are kept because observations that stand for many say less
// than as many observations.
type tally struct {
	n, k, squares int64 // weights of all, of failures, squares of weights
}

func (t *tally) add(obs observation) {
	t.n += obs.weight
	t.squares += obs.weight * obs.weight
	if obs.failed {
		t.k += obs.weight
	}
}

func (t *tally) merge(other tally) {
	t.n += other.n
	t.k += other.k
	t.squares += other.squares
}

func (t tally) minus(other tally) tally {
	return tally{t.n - other.n, t.k - other.k, t.squares - other.squares}
}

// rate of failures; 0 where nothing was observed.
func (t tally) rate() float64 {
	if t.n == 0 {
		return 0
	}
	return float64(t.k) / float64(t.n)
}

// size is the effective number of observations (Kish 1965): their number if all weigh the same.
func (t tally) size() float64 {
	if t.squares == 0 {
		return 0
	}
	return float64(t.n) * float64(t.n) / float64(t.squares)
}

// score says how many standard errors the rate is over the given one. It exceeds z exactly where the lower bound of the
// Wilson interval for z exceeds that rate, and is under -z where the upper bound is below it: the interval is this test
// inverted (Wilson 1927).
func (t tally) score(rate float64) float64 {
	return (t.rate() - rate) / math.Sqrt(rate*(1-rate)/t.size())
}

// wilson is the Wilson score interval of a rate seen in size observations; z = 1.96 for 95 %.
func wilson(rate, size, z float64) (lower, upper float64) {
	zz := z * z / size
	middle := (rate + zz/2) / (1 + zz)
	half := z / (1 + zz) * math.Sqrt(rate*(1-rate)/size+zz/(4*size))
	return max(0, middle-half), min(1, middle+half)
}
