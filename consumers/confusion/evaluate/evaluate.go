// Package evaluate measures how good tags are, against labels. It must not tag, read or print anything.
package evaluate

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
)

// Case is one tagged message with its label.
type Case struct {
	Score        float64 // calibrated probability
	Predicted    bool
	Abstained    bool
	Confused     bool // the label
	Reasons      []string
	TrueReasons  []string
	ReasonsKnown bool
}

// Number is a figure; NaN, null in JSON, where it is not defined.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// Interval is a figure with its bootstrap 95 % interval (percentiles; Efron 1979).
type Interval struct{ Value, Low, High Number }

// Figures are the figures of a set of cases.
type Figures struct {
	Cases, Confused       int
	Precision, Recall, F1 Interval
	AUC                   Interval // area under the ROC curve: the Mann-Whitney statistic
	ECE                   Number   // expected calibration error over ten bins of equal width (Guo et al. 2017)
	Coverage              Number   // share of messages outside the abstain band
	CoveredF1             Number   // F1 on those
	Bins                  []Bin
	ReasonCases           int
	ReasonF1              Number // micro-averaged, over the confused cases whose reasons are known
}

// Bin is one bin of a reliability diagram.
type Bin struct {
	Cases     int
	Predicted float64 // mean score
	Observed  float64 // share of confused
}

const (
	resamples = 1000
	bins      = 10
)

// Measure returns the figures of the cases.
func Measure(cases []Case) Figures {
	f := Figures{Cases: len(cases)}
	for _, c := range cases {
		if c.Confused {
			f.Confused++
		}
	}
	measures := []struct {
		to *Interval
		of func([]Case) float64
	}{
		{&f.Precision, func(c []Case) float64 { p, _, _ := PRF(c); return p }},
		{&f.Recall, func(c []Case) float64 { _, r, _ := PRF(c); return r }},
		{&f.F1, func(c []Case) float64 { _, _, f := PRF(c); return f }},
		{&f.AUC, AUC},
	}
	sampled := make([][]float64, len(measures))
	random := rand.New(rand.NewPCG(7, 11))
	resample := make([]Case, len(cases))
	for range resamples {
		for i := range resample {
			resample[i] = cases[random.IntN(len(cases))]
		}
		for i, m := range measures {
			if v := m.of(resample); !math.IsNaN(v) {
				sampled[i] = append(sampled[i], v)
			}
		}
	}
	for i, m := range measures {
		slices.Sort(sampled[i])
		*m.to = Interval{Number(m.of(cases)), percentile(sampled[i], 0.025), percentile(sampled[i], 0.975)}
	}
	f.Bins, f.ECE = reliability(cases)
	covered := slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Abstained })
	f.Coverage = Number(ratio(len(covered), len(cases)))
	_, _, f1 := PRF(covered)
	f.CoveredF1 = Number(f1)
	f.ReasonCases, f.ReasonF1 = reasonF1(cases)
	return f
}

// PRF returns precision, recall and F1 of the confused cases. What divides by zero is NaN.
func PRF(cases []Case) (precision, recall, f1 float64) {
	var tp, fp, fn int
	for _, c := range cases {
		switch {
		case c.Predicted && c.Confused:
			tp++
		case c.Predicted:
			fp++
		case c.Confused:
			fn++
		}
	}
	return ratio(tp, tp+fp), ratio(tp, tp+fn), ratio(2*tp, 2*tp+fp+fn)
}

// AUC returns the probability that a confused case has the greater score than another, ties counting half.
func AUC(cases []Case) float64 {
	byScore := slices.Clone(cases)
	slices.SortFunc(byScore, func(a, b Case) int { return cmp.Compare(a.Score, b.Score) })
	var ranks float64
	positives := 0
	for i := 0; i < len(byScore); {
		j := i
		tied := 0
		for ; j < len(byScore) && byScore[j].Score == byScore[i].Score; j++ {
			if byScore[j].Confused {
				tied++
			}
		}
		ranks += float64(tied) * float64(i+j+1) / 2
		positives += tied
		i = j
	}
	negatives := len(cases) - positives
	p := float64(positives)
	return (ranks - p*(p+1)/2) / (p * float64(negatives))
}

func reliability(cases []Case) ([]Bin, Number) {
	out := make([]Bin, bins)
	for _, c := range cases {
		b := &out[min(bins-1, int(c.Score*bins))]
		b.Cases++
		b.Predicted += c.Score
		if c.Confused {
			b.Observed++
		}
	}
	var ece float64
	for i := range out {
		b := &out[i]
		if b.Cases == 0 {
			continue
		}
		ece += math.Abs(b.Predicted-b.Observed) / float64(len(cases))
		b.Predicted /= float64(b.Cases)
		b.Observed /= float64(b.Cases)
	}
	return out, Number(ece)
}

func reasonF1(cases []Case) (n int, f1 Number) {
	var tp, wrong int
	for _, c := range cases {
		if !c.Confused || !c.ReasonsKnown {
			continue
		}
		n++
		for _, r := range c.Reasons {
			if slices.Contains(c.TrueReasons, r) {
				tp++
			} else {
				wrong++
			}
		}
		for _, r := range c.TrueReasons {
			if !slices.Contains(c.Reasons, r) {
				wrong++
			}
		}
	}
	return n, Number(ratio(2*tp, 2*tp+wrong))
}

func percentile(sorted []float64, p float64) Number {
	if len(sorted) == 0 {
		return Number(math.NaN())
	}
	return Number(sorted[int(math.Round(p*float64(len(sorted)-1)))])
}

func ratio(a, b int) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}
