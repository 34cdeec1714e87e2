package simulate

import (
	"math"
	"math/rand/v2"
)

// steps is how many intervals of equal probability a distribution is cut into.
const steps = 100

// quantiles are a distribution: its values at probabilities 0, 1/steps, ... 1, with straight lines between.
type quantiles [steps + 1]float64

func (q *quantiles) draw(rng *rand.Rand) float64 {
	x := rng.Float64() * steps
	i := int(x)
	return q[i] + (x-float64(i))*(q[i+1]-q[i])
}

// count draws a whole number.
func (q *quantiles) count(rng *rand.Rand) int { return int(math.Round(q.draw(rng))) }

func (q *quantiles) mean() float64 {
	sum := (q[0] + q[steps]) / 2
	for _, v := range q[1:steps] {
		sum += v
	}
	return sum / steps
}

// task is a kind of work of the Copilot study: its share of the showings, and of these the accepted share.
type task struct {
	name, folder       string
	weight, acceptance float64
}
