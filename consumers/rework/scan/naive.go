package scan

import (
	"time"

	"github.com/assayhq/assay/consumers/rework"
)

const fortnight = 14 * 24 * time.Hour

// naive counts churn as line counters do (GitClear: lines that are changed or deleted within two weeks): a line that moved,
// was indented or had a name changed counts as deleted.
type naive struct {
	files map[string][]line
	weeks map[time.Time]*lineCount
}

// line is a line of text in the latest version of its file.
type line struct {
	hash uint64
	born time.Time // when an assistant wrote it; zero: nobody knows
}

type lineCount struct{ accepted, deleted int }

func newNaive() naive { return naive{map[string][]line{}, map[time.Time]*lineCount{}} }

func (n naive) rename(from, to string) {
	n.files[to] = n.files[from]
	delete(n.files, from)
}

// change takes in the next version of a file. A file is remembered once an assistant wrote into it; what stood there before
// is not known to be anybody's.
func (n naive) change(f *File, now time.Time) {
	was, known := n.files[f.Path]
	if !known && len(f.Assisted) == 0 {
		return
	}
	old := make([]uint64, len(was))
	for i := range was {
		old[i] = was[i].hash
	}
	next := make([]line, len(f.Lines))
	came := make([]bool, len(f.Lines))
	for i, h := range f.Lines {
		next[i].hash = h
		came[i] = true
	}
	for i, to := range rework.Stays(old, f.Lines) {
		switch {
		case to >= 0:
			next[to], came[to] = was[i], false
		case !was[i].born.IsZero() && now.Sub(was[i].born) <= fortnight:
			n.week(was[i].born).deleted++
		}
	}
	if !known { // only what the commit added is new, which the sketches tell
		for i := range came {
			came[i] = false
		}
		for _, hunk := range rework.Hunks(&f.Before, &f.After) {
			for at := hunk.Start; at <= min(hunk.End, len(came)); at++ {
				came[at-1] = true
			}
		}
	}
	for i := range came {
		if came[i] && f.assisted(i+1, i+1) {
			next[i].born = now
			n.week(now).accepted++
		}
	}
	n.files[f.Path] = next
}

func (n naive) week(t time.Time) *lineCount {
	monday := weekOf(t)
	if n.weeks[monday] == nil {
		n.weeks[monday] = new(lineCount)
	}
	return n.weeks[monday]
}

// weekOf is the Monday of a time's week, UTC.
func weekOf(t time.Time) time.Time {
	t = t.UTC()
	days := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-days, 0, 0, 0, 0, time.UTC)
}
