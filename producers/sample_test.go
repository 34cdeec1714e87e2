package producers

import (
	"fmt"
	"math"
	"testing"

	"github.com/assayhq/assay/schemas"
)

// Sessions stay whole, and what stays stands for everything.
func TestSampler(t *testing.T) {
	const sessions, each = 20_000, 3
	for _, share := range []float64{1, 0.5, 0.1, 0.01} {
		s, err := NewSampler(share)
		if err != nil {
			t.Fatal(err)
		}
		total, kept := 0.0, 0
		for n := range sessions {
			stayed := 0
			for i := range each {
				e := codeEvent(fmt.Sprint("file-", i), "")
				e.SessionID = fmt.Sprint("session-", n)
				if s.Keep(e) {
					stayed++
					total += e.SampleWeight.Or(1)
				}
			}
			if stayed != 0 && stayed != each {
				t.Fatalf("of session %d %d events stay", n, stayed)
			}
			kept += stayed
		}
		// Five standard deviations of a binomial.
		if slack := 5 * math.Sqrt(sessions*(1-share)/share) * each; math.Abs(total-sessions*each) > slack+1e-6 {
			t.Errorf("%v: %d of %d events stay, and stand for %.0f (±%.0f)", share, kept, sessions*each, total, slack)
		}
	}
}

func TestSamplerKeepsWeightsAndOthers(t *testing.T) {
	all, err := NewSampler(1)
	if err != nil {
		t.Fatal(err)
	}
	half, err := NewSampler(0.5)
	if err != nil {
		t.Fatal(err)
	}
	if e := codeEvent("f", ""); !all.Keep(e) || e.SampleWeight.Set {
		t.Errorf("all stay: %+v", e.SampleWeight)
	}
	if !half.Keep(&schemas.EvalEvent{}) || !half.Keep(&schemas.DeadLetter{}) {
		t.Error("a record without a weight doesn't stay")
	}
	kept := 0
	for n := range 100 {
		e := codeEvent(fmt.Sprint("f", n), "") // no session: by file
		e.SampleWeight = schemas.Some(3.0)
		if half.Keep(e) {
			kept++
			if e.SampleWeight.Or(0) != 6 {
				t.Fatalf("the weight is %v", e.SampleWeight)
			}
		}
	}
	if kept < 20 || kept > 80 {
		t.Errorf("%d of 100 stay", kept)
	}
	for _, share := range []float64{0, -1, 1.01, math.NaN(), math.Inf(1)} {
		if _, err := NewSampler(share); err == nil {
			t.Errorf("a share of %v is taken", share)
		}
	}
}

func BenchmarkSampler(b *testing.B) {
	s, err := NewSampler(0.1)
	if err != nil {
		b.Fatal(err)
	}
	e := codeEvent("file", "id")
	b.ReportAllocs()
	for b.Loop() {
		e.SampleWeight = schemas.Opt[float64]{}
		s.Keep(e)
	}
}
