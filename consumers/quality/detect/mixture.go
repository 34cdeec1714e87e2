package detect

import "math"

// alternative is a failure rate that a change may lead to, with the logarithms of its likelihood ratio against the allowed
// rate for one failure and for one success.
type alternative struct{ weight, failure, success float64 }

// ratio is the logarithm of the likelihood ratio of counts.
func (a *alternative) ratio(c Counts) float64 {
	n, k := c.whole()
	return k*a.failure + (n-k)*a.success
}

// alternatives is how many there are.
const alternatives = 7

// mixture is a finite mixture of alternatives: a bet spread over changes of any size.
type mixture [alternatives]alternative

// rising bets on rates of 1.25 to 10 times the allowed one, most on the doubled rate, which is where delay matters and
// is long: for larger changes a small weight costs few observations. Weights sum to 1.
func rising(allowed float64) mixture {
	const all = .25 + .5 + 8 + 3 + .25 + .5 + .5
	return against(allowed,
		[alternatives]float64{1.25, 1.5, 2, 3, 4, 6, 10},
		[alternatives]float64{.25 / all, .5 / all, 8 / all, 3 / all, .25 / all, .5 / all, .5 / all})
}

// falling bets on rates of 0.8 down to 0.05 times the given one.
func falling(from float64) mixture {
	return against(from,
		[alternatives]float64{0.8, 0.65, 0.5, 0.4, 0.3, 0.15, 0.05},
		[alternatives]float64{1. / 7, 1. / 7, 1. / 7, 1. / 7, 1. / 7, 1. / 7, 1. / 7})
}

// highest is the highest rate that is bet on: a certain failure would make one success infinitely surprising.
const highest = 0.99

func against(rate float64, factors, weights [alternatives]float64) (m mixture) {
	for i, f := range factors {
		p := min(highest, f*rate)
		m[i] = alternative{weights[i], math.Log(p / rate), math.Log((1 - p) / (1 - rate))}
	}
	return m
}

// evidence is the e-value of the counts: the mixture's likelihood ratio, each log-likelihood multiplied by temper. Where the
// rate is at most the allowed one, its mean is at most 1, for every temper in (0, 1] (Jensen).
func (m *mixture) evidence(c Counts, temper float64) float64 {
	sum := 0.0
	for _, a := range m {
		sum += a.weight * math.Exp(temper*a.ratio(c))
	}
	return sum
}

// small is the small change that runs of evidence are delimited by.
func (m *mixture) small() *alternative { return &m[1] }
