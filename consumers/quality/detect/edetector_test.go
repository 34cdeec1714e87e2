package detect

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var settings = Settings{Allowed: 0.1, RunLength: 200, Lateness: 12, Blip: 5}

// fired are the alarms of a stream of rows in order of arrival, each followed by a rest.
func fired(d *EDetector, rows []Minute) (alarms []Alarm) {
	s := new(State)
	for _, row := range rows {
		d.Add(s, row)
		for a := d.Next(s); a != nil; a = d.Next(s) {
			alarms = append(alarms, *a)
			d.Reset(s, a.Minute+5)
		}
	}
	return alarms
}

// Once a domain has shown how late its observations may be, any order of arrival within that bound gives the same alarms, to the bit; and
// the same as whole minutes in their order do.
func TestOrderOfArrivalLeavesNoTrace(t *testing.T) {
	d := New(settings)
	total := 0
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		// A quiet hour in which one observation is as late as may be.
		rows := []Minute{{T: 1000, Counts: Counts{Unit, 0}}, {T: 1000 + d.Lateness, Counts: Counts{Unit, 0}}, {T: 1000, Counts: Counts{Unit, 0}}}
		type arrival struct {
			row Minute
			at  int64
		}
		var ordered []Minute
		var parts []arrival
		rate := 0.1
		last := int64(1060)
		for i := range 400 {
			if i%50 == 0 {
				rate = []float64{0.02, 0.1, 0.3, 0.7}[rng.IntN(4)]
			}
			last += int64(1 + rng.IntN(3)*rng.IntN(2))
			whole := Minute{T: last, First: int64(i)}
			for range 1 + rng.IntN(4) {
				c := Counts{N: Unit}
				if rng.Float64() < rate {
					c.K = Unit
				}
				whole.Add(c)
				parts = append(parts, arrival{Minute{T: last, First: int64(i), Counts: c}, last + rng.Int64N(d.Lateness+1)})
			}
			ordered = append(ordered, whole)
		}
		end := Minute{T: last + 100, Counts: Counts{Unit, 0}} // makes all minutes due
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		slices.SortStableFunc(parts, func(a, b arrival) int { return int(a.at - b.at) })
		shuffled := slices.Clone(rows)
		for _, p := range parts {
			shuffled = append(shuffled, p.row)
		}
		a, b := fired(d, append(append(slices.Clone(rows), ordered...), end)), fired(d, append(shuffled, end))
		if !slices.Equal(a, b) {
			t.Fatalf("in order %+v\nshuffled %+v", a, b)
		}
		total += len(a)
	})
	if total == 0 {
		t.Error("no stream fired")
	}
}

// The state between any two rows may go through JSON.
func TestStateSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		d := New(settings)
		kept, restored := new(State), new(State)
		for i := range 300 {
			m := Minute{T: 5000 + int64(i) - rng.Int64N(20), First: int64(i), Counts: Counts{N: Unit * (1 + rng.Int64N(5))}}
			m.K = m.N * rng.Int64N(2) * rng.Int64N(2)
			d.Add(kept, m)
			d.Add(restored, m)
			a, b := d.Next(kept), d.Next(restored)
			if (a == nil) != (b == nil) || a != nil && *a != *b {
				t.Fatalf("%+v, restored %+v", a, b)
			}
			raw, err := json.Marshal(restored)
			if err != nil {
				t.Fatal(err)
			}
			restored = new(State)
			if err := json.Unmarshal(raw, restored); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The bound: in independent observations at the allowed rate the mean run is at least RunLength.
func TestRunLengthIsBounded(t *testing.T) {
	d := New(Settings{Allowed: 0.05, RunLength: 1000, Lateness: 5, Blip: 5})
	rng := rand.New(rand.NewPCG(1, 2))
	s, alarms := new(State), 0
	const n = 300_000
	for i := range int64(n) {
		c := Counts{N: Unit}
		if rng.Float64() < 0.05 {
			c.K = Unit
		}
		d.Add(s, Minute{T: i + 1, Counts: c})
		if a := d.Next(s); a != nil {
			alarms++
			d.Reset(s, a.Minute+1)
		}
	}
	if alarms == 0 || float64(n)/float64(alarms) < 1000 {
		t.Errorf("%d alarms in %d observations, want a mean run of 1,000 or more", alarms, n)
	}
}

// An e-value's mean is at most 1 at the allowed rate, tempered or not: here exactly, over all outcomes of n observations.
func TestEvidenceHasMeanAtMostOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed := rapid.Float64Range(0.001, 0.9).Draw(t, "allowed")
		rate := allowed * rapid.Float64Range(0, 1).Draw(t, "share")
		effect := rapid.Float64Range(1, 30).Draw(t, "effect")
		n := rapid.IntRange(1, 60).Draw(t, "n")
		d := New(Settings{Allowed: allowed, RunLength: 100})
		mean := 0.0
		for k := range n + 1 {
			mean += binomial(n, k, rate) * d.Evidence(Counts{int64(n) * Unit, int64(k) * Unit}, effect)
		}
		if mean > 1+1e-9 {
			t.Fatalf("mean %v", mean)
		}
	})
}

func binomial(n, k int, p float64) float64 {
	if p == 0 {
		return map[bool]float64{true: 1}[k == 0]
	}
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

func TestBlipDoesNotPersist(t *testing.T) {
	d := New(Settings{Allowed: 0.05, RunLength: 1000, Lateness: 5, Blip: 10})
	for _, test := range []struct {
		bad      int64 // minutes that are bad
		persists bool
	}{{8, false}, {60, true}} {
		s, provisional, persisted := new(State), 0, 0
		for i := range int64(2300) { // with a day's past
			m := Minute{T: i + 1, Counts: Counts{N: 4 * Unit}}
			if i >= 2000 && i < 2000+test.bad {
				m.K = 2 * Unit
			}
			d.Add(s, m)
			for a := d.Next(s); a != nil; a = d.Next(s) {
				if a.Persists {
					persisted++
					d.Reset(s, 10_000)
				} else {
					provisional++
				}
			}
		}
		if provisional != 1 || (persisted == 1) != test.persists {
			t.Errorf("%d bad minutes: %d provisional, %d persistent alarms", test.bad, provisional, persisted)
		}
	}
}

func FuzzMinutes(f *testing.F) {
	f.Add([]byte(`[1,2,3,4]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var ms minutes
		if json.Unmarshal(raw, &ms) != nil {
			return
		}
		again, err := json.Marshal(ms)
		if err != nil {
			t.Fatal(err)
		}
		var back minutes
		if err := json.Unmarshal(again, &back); err != nil || !slices.Equal(ms, back) {
			t.Fatalf("%v became %v, error %v", ms, back, err)
		}
	})
}

// What an alarm says of the time before doesn't hold any of its evidence, whether the evidence began in an open minute or long ago.
func TestBeforeHasNoEvidence(t *testing.T) {
	for _, failing := range []int64{1, 5} { // of ten a minute: a slow change and a fast one
		d := New(Settings{Allowed: 0.05, RunLength: 7800, Lateness: 15, Minimum: 5 * Unit, Blip: 10})
		s := new(State)
		var history minutes
		var alarm *Alarm
		for minute := int64(0); alarm == nil && minute < 2000; minute++ {
			m := Minute{T: minute, First: minute, Counts: Counts{N: 10 * Unit}}
			if minute%4 == 0 {
				m.K = Unit
			}
			if minute >= 300 {
				m.K = failing * Unit
			}
			history = append(history, m)
			d.Add(s, m)
			alarm = d.Next(s)
		}
		if alarm == nil {
			t.Fatalf("%d failing: no alarm", failing)
		}
		var want past
		for _, m := range history {
			if m.T < alarm.Start {
				want.add(m.Counts)
			}
		}
		for i, got := range alarm.Before {
			if math.Abs(got-want[i]) > 0.02*want[i] { // older blocks count a little less
				t.Errorf("%d failing, evidence from %d to %d: %v before it, want %v", failing, alarm.Start, alarm.Minute, alarm.Before, want)
			}
		}
	}
}
