package copilotmetrics

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/terms"
)

// seat is one that is paid for. The list says who has one now, of no day: it is of the day on which it was fetched.
type seat struct {
	Plan     string  `json:"plan_type"`
	Active   *string `json:"last_activity_at"`
	Assignee *struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
	} `json:"assignee"`
	Team *struct {
		Slug string `json:"slug"`
	} `json:"assigning_team"`
}

// activeDays is for how long a seat counts as used: GitHub's own page of unused seats takes 30 days.
const activeDays = 30

func (r *Report) seats(list document, received time.Time) {
	today := received.UTC().Truncate(24 * time.Hour)
	if list.Total != nil && *list.Total >= 0 {
		d := day{at: today, scope: "organization"}
		d.add("total_seats", "total", "count", *list.Total, nil)
		r.Drafts = append(r.Drafts, d.rows...)
	}
	for i, raw := range list.Seats {
		long, err := jsonbody.Check(raw)
		var s seat
		switch {
		case err != nil || json.Unmarshal(raw, &s) != nil:
			err = errFigure
		case long:
			err = errLong
		case s.Assignee == nil || s.Assignee.Login == "":
			err = errWho
		}
		if err != nil {
			r.reject(raw, i, err)
			continue
		}
		d := day{at: today, index: i, user: s.Assignee.Login, scope: "user", who: strconv.FormatInt(s.Assignee.ID, 10)}
		active := 0.0
		if s.Active != nil {
			if at, err := terms.Time(*s.Active); err == nil && received.Sub(at) < activeDays*24*time.Hour {
				active = 1
			}
		}
		plan := "plan_type=" + terms.Word(s.Plan)
		d.add("seat_count", plan, "count", 1, nil)
		d.add("active_seat_count", plan, "count", active, nil)
		for j := range d.rows {
			if s.Team != nil {
				d.rows[j].Team = s.Team.Slug
			}
		}
		r.Rows++
		r.Drafts = append(r.Drafts, d.rows...)
	}
}
