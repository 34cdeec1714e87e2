// Package evaluate measures how a trigger fires over streams of minute counts with known changes: false alarms where nothing
// changed, and events until a change is found. It must not know how detectors work.
package evaluate

import (
	"math"
	"slices"
)

// Stream is the minute counts of one key: rows of minute, events and failures, in order of arrival.
type Stream struct {
	Scenario string     `json:"scenario"`
	Key      string     `json:"key"`
	P0       float64    `json:"p0"` // healthy rate
	Minutes  [][3]int64 `json:"minutes"`
	Change   *int64     `json:"change_minute"`
	Fix      *int64     `json:"fix_minute"`
	Blip     *int64     `json:"blip_minute"`
}

// Fire is one call for a retraining, at the newest minute so far.
type Fire struct {
	Minute int64
	Full   *int64 // minute at which it called for a full one, at once or later; nil: it didn't
}

// Figures are of the streams of one scenario. Delays are in events; nil where the percentile falls on a key that was missed.
type Figures struct {
	Scenario     string   `json:"scenario"`
	Keys         int      `json:"keys"`
	Exposed      int64    `json:"events_without_change"`
	FalseAlarms  int      `json:"false_alarms"`
	FalsePer10k  *float64 `json:"false_per_10k"`
	Changes      int      `json:"changes"`
	Missed       int      `json:"missed"`
	Median       *float64 `json:"delay_events_median"`
	P90          *float64 `json:"delay_events_p90"`
	FullMedian   *float64 `json:"full_delay_events_median"` // until a full retraining is called for
	OnBlip       *float64 `json:"fired_on_blip,omitempty"`  // share of keys, within an hour
	FullOnBlip   *float64 `json:"full_on_blip,omitempty"`
	delays, full []float64
	blips        int
	blipped      [2]int
}

// afterBlip is for how many minutes from its start a blip is to blame.
const afterBlip = 60

// Add counts a stream with its fires.
func (f *Figures) Add(s Stream, fires []Fire) {
	change, fix := int64(math.MaxInt64), int64(math.MaxInt64)
	if s.Change != nil {
		change = *s.Change
	}
	if s.Fix != nil {
		fix = *s.Fix
	}
	hit, full := int64(-1), int64(-1)
	for _, x := range fires {
		switch changed := x.Minute >= change && x.Minute < fix; {
		case !changed:
			f.FalseAlarms++
		default:
			if hit < 0 {
				hit = x.Minute
			}
			if x.Full != nil && full < 0 {
				full = *x.Full
			}
		}
	}
	clock := int64(-1)
	var delay, fullDelay float64
	for _, row := range s.Minutes {
		clock = max(clock, row[0])
		if clock < change || clock >= fix {
			f.Exposed += row[1]
		}
		if row[0] >= change && clock <= hit {
			delay += float64(row[1])
		}
		if row[0] >= change && clock <= full {
			fullDelay += float64(row[1])
		}
	}
	f.Keys++
	if s.Change != nil {
		f.Changes++
		f.delays, f.full = append(f.delays, orNever(delay, hit)), append(f.full, orNever(fullDelay, full))
		if hit < 0 {
			f.Missed++
		}
	}
	if s.Blip != nil {
		f.blips++
		after := func(minute int64) bool { return minute >= *s.Blip && minute < *s.Blip+afterBlip }
		if slices.ContainsFunc(fires, func(x Fire) bool { return after(x.Minute) }) {
			f.blipped[0]++
		}
		if slices.ContainsFunc(fires, func(x Fire) bool { return x.Full != nil && after(*x.Full) }) {
			f.blipped[1]++
		}
	}
}

func orNever(delay float64, hit int64) float64 {
	if hit < 0 {
		return math.Inf(1)
	}
	return delay
}

// Finish computes rates and percentiles.
func (f *Figures) Finish() {
	if f.Exposed > 0 {
		rate := 1e4 * float64(f.FalseAlarms) / float64(f.Exposed)
		f.FalsePer10k = &rate
	}
	f.Median, f.P90, f.FullMedian = percentile(f.delays, 0.5), percentile(f.delays, 0.9), percentile(f.full, 0.5)
	if f.blips > 0 {
		any, full := float64(f.blipped[0])/float64(f.blips), float64(f.blipped[1])/float64(f.blips)
		f.OnBlip, f.FullOnBlip = &any, &full
	}
}

// percentile is the nearest rank; nil where there is none or it is never.
func percentile(xs []float64, q float64) *float64 {
	if len(xs) == 0 {
		return nil
	}
	xs = slices.Sorted(slices.Values(xs))
	x := xs[max(0, int(math.Ceil(q*float64(len(xs))))-1)]
	if math.IsInf(x, 1) {
		return nil
	}
	return &x
}
