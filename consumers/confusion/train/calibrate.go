package train

import (
	"math"
	"slices"

	"github.com/assayhq/assay/consumers/confusion"
)

// calibrate fits a channel's probabilities to held-out sums and chooses its threshold and abstain band.
func calibrate(held []scored) confusion.Calibration {
	c := confusion.Calibration{Line: platt(held)}
	c.Threshold = threshold(held, c.Line)
	c.Low, c.High = c.Threshold-band, min(1, c.Threshold+band)
	return c
}

// band is half the width of the abstain band: within it, a tag is about as often wrong as right.
const band = 0.08

// between is the calibration of a channel without labels, whose sum is the mean of two others'.
func between(a, b confusion.Calibration) confusion.Calibration {
	mean := func(x, y float64) float64 { return (x + y) / 2 }
	return confusion.Calibration{
		Line:      confusion.Line{Slope: mean(a.Slope, b.Slope), Offset: mean(a.Offset, b.Offset)},
		Threshold: mean(a.Threshold, b.Threshold), Low: mean(a.Low, b.Low), High: mean(a.High, b.High),
	}
}

// platt fits slope and offset by Newton's method, with Platt's targets against overconfidence (Lin, Lin and Weng 2007).
func platt(held []scored) confusion.Line {
	positives := 0
	for _, s := range held {
		if *s.example.Confused {
			positives++
		}
	}
	high := (float64(positives) + 1) / (float64(positives) + 2)
	low := 1 / (float64(len(held)-positives) + 2)
	l := confusion.Line{Slope: 1, Offset: math.Log((float64(positives) + 1) / (float64(len(held)-positives) + 1))}
	for range 100 {
		var g0, g1, h00, h01, h11 float64
		for _, s := range held {
			target := low
			if *s.example.Confused {
				target = high
			}
			p := l.At(s.sum)
			d, v := p-target, p*(1-p)
			g0, g1 = g0+d, g1+d*s.sum
			h00, h01, h11 = h00+v, h01+v*s.sum, h11+v*s.sum*s.sum
		}
		h00, h11 = h00+1e-6, h11+1e-6
		det := h00*h11 - h01*h01
		dOffset, dSlope := (h11*g0-h01*g1)/det, (h00*g1-h01*g0)/det
		l.Offset, l.Slope = l.Offset-dOffset, l.Slope-dSlope
		if math.Abs(dOffset)+math.Abs(dSlope) < 1e-9 {
			break
		}
	}
	return l
}

// threshold returns the probability from which on calling messages confused gives the best expected F1. Expectation is
// over the calibrated probabilities rather than the labels: it is as good, and smoother (Lipton, Elkan and Naryanaswamy 2014).
func threshold(held []scored, l confusion.Line) float64 {
	p := make([]float64, len(held))
	var all float64
	for i, s := range held {
		p[i] = l.At(s.sum)
		all += p[i]
	}
	slices.SortFunc(p, func(a, b float64) int {
		if a > b {
			return -1
		} else if a < b {
			return 1
		}
		return 0
	})
	best, at, hit := -1.0, 0.5, 0.0
	for i, v := range p {
		hit += v
		if f1 := 2 * hit / (float64(i+1) + all); f1 > best {
			best, at = f1, v
		}
	}
	return at
}
