package detect

import "math"

// roberts is the Shiryaev-Roberts statistic of a mixture, one term for each alternative: the sum over every observation so far of the
// likelihood ratio of a change there. Its e-detector form (Shin, Ramdas and Rinaldo 2023, "E-detectors") bounds the mean number
// of observations until it reaches M from below by M whatever the stream does under the allowed rate: the number of
// observations minus the statistic is a supermartingale. Terms are rounded to single precision, which is how they are kept.
type roberts [alternatives]float32

// step adds a minute.
func (r *roberts) step(m *mixture, c Counts, temper float64) {
	n, k := c.whole()
	for i, a := range m {
		next := (float64(r[i]) + n) * math.Exp(temper*(k*a.failure+(n-k)*a.success))
		r[i] = float32(min(next, math.MaxFloat32))
	}
}

// value is the mixture's statistic.
func (r *roberts) value(m *mixture) float64 {
	sum := 0.0
	for i, a := range m {
		sum += a.weight * float64(r[i])
	}
	return sum
}
