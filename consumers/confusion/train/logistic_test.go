package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/assayhq/assay/consumers/confusion"
)

// problem is a noisy linear problem in two domains that disagree on the third feature.
func problem(n int) []sample {
	random := rand.New(rand.NewPCG(3, 4))
	var samples []sample
	for range n {
		v := confusion.Vector{Index: []uint32{0, 1, 2}, Value: []float32{float32(random.NormFloat64()), float32(random.NormFloat64()), float32(random.NormFloat64())}}
		domain := random.IntN(2)
		third := float64(v.Value[2])
		if domain == 1 {
			third = -third
		}
		p := 1 / (1 + math.Exp(-(2*float64(v.Value[0]) - float64(v.Value[1]) + 2*third)))
		samples = append(samples, sample{x: v, y: random.Float64() < p, domain: domain, weight: 1})
	}
	return samples
}

// TestFitIsOptimal wants the gradient of the loss to vanish, which characterises the solution.
func TestFitIsOptimal(t *testing.T) {
	samples := problem(300)
	for i := range samples {
		samples[i].domain = -1
	}
	const cost = 0.5
	w := fit(samples, 3, 0, settings{cost: cost, epochs: 200})[0]
	for f := range w {
		gradient := float64(w[f])
		for _, s := range samples {
			y := sign(s.y)
			gradient -= cost * y * float64(s.x.Value[f]) / (1 + math.Exp(y*dot(s.x, w, nil)))
		}
		if math.Abs(gradient) > 0.05 {
			t.Errorf("gradient of weight %d is %v", f, gradient)
		}
	}
}

func TestDomainsDiffer(t *testing.T) {
	samples := problem(2000)
	w := fit(samples, 3, 2, settings{cost: 1, own: 1, epochs: 20})
	if w[0][2] < 1 || w[1][2] > -1 {
		t.Errorf("weights of the third feature are %v and %v, want about 2 and -2", w[0][2], w[1][2])
	}
	for d := range w {
		if w[d][0] < 1 || w[d][1] > -0.5 {
			t.Errorf("domain %d: weights %v, want about 2, -1", d, w[d])
		}
	}
	if again := fit(samples, 3, 2, settings{cost: 1, own: 1, epochs: 20}); !slices.Equal(again[0], w[0]) {
		t.Error("another fit gives other weights")
	}
}

func TestPlatt(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var held []scored
	for range 5000 {
		x := random.NormFloat64()
		y := random.Float64() < 1/(1+math.Exp(-(1.5*x-1)))
		held = append(held, scored{example: &Example{Confused: &y}, sum: x})
	}
	if l := platt(held); math.Abs(l.Slope-1.5) > 0.15 || math.Abs(l.Offset+1) > 0.15 {
		t.Errorf("got %+v, want slope 1.5, offset -1", l)
	}
}
