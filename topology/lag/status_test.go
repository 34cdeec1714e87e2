package lag

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

const window = 60 * time.Second

// sampled makes samples ten seconds apart of committed offsets and ends; an owner is there.
func sampled(pairs ...[2]int64) []Sample {
	samples := make([]Sample, len(pairs))
	for i, p := range pairs {
		samples[i] = Sample{At: noon.Add(time.Duration(i) * 10 * time.Second), Committed: p[0], End: p[1], Owned: true}
	}
	return samples
}

func with(samples []Sample, change func(i int, s *Sample)) []Sample {
	for i := range samples {
		change(i, &samples[i])
	}
	return samples
}

func unowned(from int) func(int, *Sample) {
	return func(i int, s *Sample) { s.Owned = i < from }
}

func TestEvaluate(t *testing.T) {
	behind := func() []Sample { // shrinking
		return sampled([2]int64{0, 90}, [2]int64{20, 100}, [2]int64{40, 110}, [2]int64{50, 120}, [2]int64{60, 130}, [2]int64{70, 140}, [2]int64{80, 150})
	}
	still := func() []Sample {
		return sampled([2]int64{5, 10}, [2]int64{5, 10}, [2]int64{5, 11}, [2]int64{5, 12}, [2]int64{5, 12}, [2]int64{5, 13}, [2]int64{5, 14})
	}
	slow := func() []Sample {
		return sampled([2]int64{1, 10}, [2]int64{2, 12}, [2]int64{3, 14}, [2]int64{4, 15}, [2]int64{5, 16}, [2]int64{6, 17}, [2]int64{7, 18})
	}
	for name, test := range map[string]struct {
		samples []Sample
		want    Status
		settled bool
	}{
		"no sample":                         {nil, OK, false},
		"nothing to read":                   {sampled([2]int64{10, 10}), OK, true},
		"never read, empty":                 {with(sampled([2]int64{-1, 0}), unowned(0)), OK, true},
		"rule 1: zero once":                 {with(still(), func(i int, s *Sample) { s.End = []int64{6, 7, 5, 8, 9, 9, 9}[i] }), OK, true},
		"rule 1: zero now":                  {sampled([2]int64{1, 9}, [2]int64{9, 9}), OK, true},
		"rule 1 comes before a rewind":      {sampled([2]int64{9, 9}, [2]int64{1, 9}), OK, true},
		"rule 2: back":                      {sampled([2]int64{8, 9}, [2]int64{1, 9}), Rewind, true},
		"rule 2: back and on":               {with(behind(), func(i int, s *Sample) { s.Committed -= map[int]int64{3: 30}[i] }), Rewind, true},
		"rule 2: commit is gone":            {sampled([2]int64{8, 9}, [2]int64{-1, 9}), Rewind, true},
		"rule 2 comes before a stop":        {with(sampled([2]int64{8, 9}, [2]int64{1, 9}), unowned(0)), Rewind, true},
		"rule 3: nobody, never":             {with(still(), unowned(0)), Stop, true},
		"rule 3: never committed":           {with(still(), func(_ int, s *Sample) { s.Committed, s.Owned = -1, false }), Stop, true},
		"rule 3: gone early":                {with(still(), unowned(3)), Stop, true},
		"rule 3: gone half the time is not": {with(still(), unowned(4)), Stall, true},
		"rule 3: gone after advancing":      {with(slow(), func(i int, s *Sample) { s.Owned, s.Committed = i < 2, min(s.Committed, 2) }), Stop, true},
		"rule 3: commits without owner":     {with(slow(), unowned(0)), Warn, true},
		"rule 3: metadata is a sign": {with(still(), func(i int, s *Sample) {
			s.Owned, s.Metadata = false, string(rune('a'+i))
		}), Stall, true},
		"rule 4: stands still":                 {still(), Stall, true},
		"rule 4: stands still, nothing comes":  {with(still(), func(_ int, s *Sample) { s.End = 10 }), Stall, true},
		"rule 4: never committed":              {with(still(), func(_ int, s *Sample) { s.Committed = -1 }), Stall, true},
		"rule 5: falls behind":                 {slow(), Warn, true},
		"rule 5: fixed lag":                    {with(slow(), func(_ int, s *Sample) { s.End = s.Committed + 3 }), Warn, true},
		"rule 5: shrinks somewhere":            {with(slow(), func(i int, s *Sample) { s.Committed += map[int]int64{4: 1}[i] }), OK, true},
		"catching up":                          {behind(), OK, true},
		"retention moved the position":         {with(still(), func(i int, s *Sample) { s.Start = int64(i) * 2 }), OK, true},
		"too few samples for a stop":           {with(still()[:6], unowned(0)), OK, false},
		"too few samples for a stall":          {still()[:6], OK, false},
		"too few samples for a warning":        {slow()[:6], OK, false},
		"one sample with lag":                  {still()[:1], OK, false},
		"a log that was cut has nothing ahead": {sampled([2]int64{9, 5}), OK, true},
	} {
		if got, settled := Evaluate(test.samples, window); got != test.want || settled != test.settled {
			t.Errorf("%s: %s, settled %v; want %s, %v", name, got, settled, test.want, test.settled)
		}
	}
}

// What is judged other than OK has a lag in every sample, and a whole window or a rewind behind it.
func TestEvaluateOnlyWhenBehind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Sample {
			start := rapid.Int64Range(0, 5).Draw(t, "start")
			return Sample{Start: start, End: start + rapid.Int64Range(0, 5).Draw(t, "length"),
				Committed: rapid.Int64Range(-1, 10).Draw(t, "committed"), Owned: rapid.Bool().Draw(t, "owned")}
		}), 1, 8).Draw(t, "samples")
		for i := range samples {
			samples[i].At = noon.Add(time.Duration(i) * 15 * time.Second)
		}
		status, settled := Evaluate(samples, window)
		if status == OK {
			return
		}
		for i, s := range samples {
			if s.lag() == 0 {
				t.Fatalf("%s although sample %d has no lag", status, i)
			}
		}
		if !settled || status != Rewind && len(samples) < 5 {
			t.Fatalf("%s, settled %v, after %d samples", status, settled, len(samples))
		}
	})
}
