package scan

import (
	"maps"
	"slices"
	"time"

	"github.com/assayhq/assay/schemas"
)

// Result is what became of everything that assistants wrote.
type Result struct {
	Verdicts map[schemas.Verdict]int `json:"verdicts"` // of hunks that are 14 days old, or whose file is gone
	Open     int                     `json:"open"`     // younger hunks
	Weeks    []Week                  `json:"weeks"`
	Hunks    []Hunk                  `json:"hunks"`
}

// Week is what was accepted in one week, and how much of it was lost within 14 days. Shares are fractions.
type Week struct {
	Monday       time.Time `json:"monday"`
	Hunks        int       `json:"hunks"`
	Tokens       int       `json:"tokens"`
	Churn        float64   `json:"churn"` // of the tokens: what survives nowhere
	Lines        int       `json:"lines"`
	NaiveChurn   float64   `json:"naive_churn"` // of the lines: what a line diff says was deleted
	NaiveDeleted int       `json:"naive_deleted"`
}

func (s *Scan) result() Result {
	r := Result{Verdicts: map[schemas.Verdict]int{}, Weeks: []Week{}, Hunks: s.hunks}
	weeks := map[time.Time]*Week{}
	week := func(monday time.Time) *Week {
		if weeks[monday] == nil {
			weeks[monday] = &Week{Monday: monday}
		}
		return weeks[monday]
	}
	for _, h := range s.hunks {
		w := week(weekOf(h.At))
		w.Hunks++
		w.Tokens += h.Tokens
		w.Churn += float64(h.Tokens) * (1 - h.Survival)
		if h.Open {
			r.Open++
		} else {
			r.Verdicts[h.Verdict]++
		}
	}
	for monday, count := range s.churn.weeks {
		w := week(monday)
		w.Lines, w.NaiveDeleted = count.accepted, count.deleted
	}
	for _, monday := range slices.SortedFunc(maps.Keys(weeks), time.Time.Compare) {
		w := weeks[monday]
		if w.Tokens > 0 {
			w.Churn /= float64(w.Tokens)
		}
		if w.Lines > 0 {
			w.NaiveChurn = float64(w.NaiveDeleted) / float64(w.Lines)
		}
		r.Weeks = append(r.Weeks, *w)
	}
	return r
}
