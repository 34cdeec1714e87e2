package evaluate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMeasure(t *testing.T) {
	cases := []Case{
		{Score: 0.9, Predicted: true, Confused: true, Reasons: []string{"a"}, TrueReasons: []string{"a", "b"}, ReasonsKnown: true},
		{Score: 0.8, Predicted: true, Confused: false, Reasons: []string{"b"}},
		{Score: 0.45, Abstained: true, Confused: true, TrueReasons: []string{"a"}, ReasonsKnown: false},
		{Score: 0.1, Confused: false},
	}
	f := Measure(cases)
	for name, c := range map[string]struct{ got, want Number }{
		"precision": {f.Precision.Value, 0.5}, "recall": {f.Recall.Value, 0.5}, "F1": {f.F1.Value, 0.5}, "AUC": {f.AUC.Value, 0.75},
		"coverage": {f.Coverage, 0.75}, "F1 outside the band": {f.CoveredF1, 2.0 / 3}, "reasons": {f.ReasonF1, 2.0 / 3},
		"ECE": {f.ECE, (0.1 + 0.8 + 0.55 + 0.1) / 4},
	} {
		if math.Abs(float64(c.got-c.want)) > 1e-9 {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
	if f.Cases != 4 || f.Confused != 2 || f.ReasonCases != 1 {
		t.Errorf("got %+v", f)
	}
	if f.F1.Low > f.F1.Value || f.F1.High < f.F1.Value {
		t.Errorf("F1 %v is outside of its interval", f.F1)
	}
}

// TestAUC compares with the definition: the share of pairs in order.
func TestAUC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Case {
			return Case{Score: float64(rapid.IntRange(0, 5).Draw(t, "score")) / 5, Confused: rapid.Bool().Draw(t, "confused")}
		}), 2, 40).Draw(t, "cases")
		var pairs, ordered float64
		for _, p := range cases {
			for _, n := range cases {
				if !p.Confused || n.Confused {
					continue
				}
				pairs++
				switch {
				case p.Score > n.Score:
					ordered++
				case p.Score == n.Score:
					ordered += 0.5
				}
			}
		}
		got := AUC(cases)
		if pairs == 0 {
			if !math.IsNaN(got) {
				t.Fatalf("got %v without pairs", got)
			}
		} else if math.Abs(got-ordered/pairs) > 1e-9 {
			t.Fatalf("got %v, want %v", got, ordered/pairs)
		}
	})
}

func TestCalibratedScoresHaveNoError(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var cases []Case
	for range 20_000 {
		p := random.Float64()
		cases = append(cases, Case{Score: p, Confused: random.Float64() < p})
	}
	if _, ece := reliability(cases); ece > 0.02 {
		t.Errorf("ECE %v of calibrated scores", ece)
	}
}

func TestNothingToMeasure(t *testing.T) {
	f := Measure([]Case{{Score: 0.2}, {Score: 0.3}})
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"AUC":{"Value":null`) {
		t.Errorf("got %s", text)
	}
	if lines := strings.Count(f.Diagram(), "\n"); lines != 3 {
		t.Errorf("a diagram of two bins and a head has %d lines", lines)
	}
	if !strings.Contains(f.Text(), "2, 0 confused") {
		t.Errorf("got %s", f.Text())
	}
}
