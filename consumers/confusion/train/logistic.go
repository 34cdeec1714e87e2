package train

import (
	"math"
	"math/rand/v2"

	"github.com/assayhq/assay/consumers/confusion"
)

// sample is one labelled vector.
type sample struct {
	x      confusion.Vector
	y      bool
	domain int     // its own weights besides the shared ones; negative: none
	weight float64 // how much it counts
}

// settings are those of a logistic regression.
type settings struct {
	cost   float64 // C: how much the loss counts against the size of the weights
	own    float64 // how freely a domain's weights differ from the shared ones, 0: not at all
	epochs int
}

// fit returns the weights of every domain, or one set of shared weights where domains is 0.
//
// It solves L2-regularised logistic regression by dual coordinate descent (Yu, Huang and Lin 2011, as in LIBLINEAR), with
// the features of a domain augmented by a copy of their own (Daumé 2007). The order of samples has a fixed seed.
func fit(samples []sample, features, domains int, s settings) [][]float32 {
	shared := make([]float32, features)
	own := make([][]float32, domains)
	for d := range own {
		own[d] = make([]float32, features)
	}
	norm := make([]float64, len(samples))
	alpha := make([][2]float64, len(samples))
	step := func(x *sample, delta float64) {
		for k, i := range x.x.Index {
			shared[i] += float32(delta) * x.x.Value[k]
		}
		if x.domain >= 0 && domains > 0 {
			to := own[x.domain]
			for k, i := range x.x.Index {
				to[i] += float32(delta*s.own) * x.x.Value[k]
			}
		}
	}
	for n := range samples {
		x := &samples[n]
		norm[n] = 1 // of the bias
		for _, v := range x.x.Value {
			norm[n] += float64(v) * float64(v)
		}
		if x.domain >= 0 && domains > 0 {
			norm[n] *= 1 + s.own
		}
		c := s.cost * x.weight
		alpha[n][0] = min(0.001*c, 1e-8)
		alpha[n][1] = c - alpha[n][0]
		step(x, sign(x.y)*alpha[n][0])
	}
	order := rand.New(rand.NewPCG(1, 2))
	for range s.epochs {
		for _, n := range order.Perm(len(samples)) {
			x := &samples[n]
			y := sign(x.y)
			var to []float32
			if x.domain >= 0 && domains > 0 {
				to = own[x.domain]
			}
			z, old, direction := newton(alpha[n], s.cost*x.weight, norm[n], y*dot(x.x, shared, to))
			if z == old {
				continue
			}
			c := s.cost * x.weight
			if direction > 0 {
				alpha[n] = [2]float64{z, c - z}
			} else {
				alpha[n] = [2]float64{c - z, z}
			}
			step(x, direction*(z-old)*y)
		}
	}
	if domains == 0 {
		return [][]float32{shared}
	}
	for d := range own {
		for i := range own[d] {
			own[d][i] += shared[i]
		}
	}
	return own
}

// newton minimises the dual over one variable and returns it with its old value and direction.
func newton(alpha [2]float64, c, a, b float64) (z, old, direction float64) {
	direction, old = 1, alpha[0]
	if 0.5*a*(alpha[1]-alpha[0])+b < 0 {
		direction, old = -1, alpha[1]
	}
	z = old
	if c-z < 0.5*c {
		z *= 0.1
	}
	slope := a*(z-old) + direction*b + math.Log(z/(c-z))
	for range 100 {
		if math.Abs(slope) < 1e-3 {
			break
		}
		next := z - slope/(a+c/(c-z)/z)
		if next <= 0 {
			next = z * 0.1
		}
		z = next
		slope = a*(z-old) + direction*b + math.Log(z/(c-z))
	}
	return z, old, direction
}

func sign(y bool) float64 {
	if y {
		return 1
	}
	return -1
}

// dot is the product of a vector with one or two sets of weights; own may be nil.
func dot(x confusion.Vector, shared, own []float32) float64 {
	var s float32
	if own == nil {
		for k, i := range x.Index {
			s += shared[i] * x.Value[k]
		}
		return float64(s)
	}
	for k, i := range x.Index {
		s += (shared[i] + own[i]) * x.Value[k]
	}
	return float64(s)
}
