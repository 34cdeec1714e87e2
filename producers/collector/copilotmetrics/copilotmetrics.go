// Package copilotmetrics reads GitHub's usage reports of Copilot (docs.github.com/en/rest/copilot/copilot-usage-metrics): a
// document or JSON lines, of an organisation, an enterprise or its users, and the list of seats.
//
// Every figure becomes a row of kind usage_reported: what GitHub says of a day, never mixed with counts of events. Breakdowns
// don't add up to the total, so a row is either the total or of one breakdown, and nothing here adds up. Averages and shares are
// left out: an average of days is not the average. The package is pure; fetching is the caller's.
package copilotmetrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
)

// Source is the rows' source.
const Source = "copilot_metrics"

// Report is what an answer holds.
type Report struct {
	intake.Result
	Links []string // where the report's files are: the answer has no figures itself
	Rows  int      // days, users' days or seats that became events
}

// document is an answer in one piece.
type document struct {
	Links []string          `json:"download_links"`
	Days  []json.RawMessage `json:"day_totals"`
	Seats []json.RawMessage `json:"seats"`
	Total *float64          `json:"total_seats"`
}

var errUnreadable = errors.New("it is not JSON, or cut off")

// Read reads an answer of any of the forms. received is when it was fetched: the day of what says no day, and the limit of what
// is credible. A row that can't be trusted is a dead letter, alone.
func Read(body []byte, received time.Time) Report {
	var report Report
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == `""` || string(body) == "null" { // no data, as the API says it
		return report
	}
	rows := bytes.Split(body, []byte{'\n'})
	if json.Valid(body) {
		var whole document
		var list []json.RawMessage
		switch {
		case json.Unmarshal(body, &list) == nil:
			rows = rawRows(list)
		case json.Unmarshal(body, &whole) != nil:
			rows = [][]byte{body}
		case whole.Links != nil:
			report.Links = whole.Links
			return report
		case whole.Seats != nil:
			report.seats(whole, received)
			return report
		case whole.Days != nil:
			rows = rawRows(whole.Days)
		default:
			rows = [][]byte{body}
		}
	}
	for i, raw := range rows {
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			report.row(raw, i, received)
		}
	}
	return report
}

func rawRows(list []json.RawMessage) [][]byte {
	rows := make([][]byte, len(list))
	for i, raw := range list {
		rows[i] = raw
	}
	return rows
}

func (r *Report) row(raw []byte, index int, received time.Time) {
	long, err := jsonbody.Check(raw)
	var drafts []intake.Draft
	switch {
	case err != nil:
		err = errUnreadable
	case long:
		err = errLong
	default:
		drafts, err = dayOf(raw, index, received)
	}
	if err != nil {
		r.reject(raw, index, err)
		return
	}
	r.Rows++
	r.Drafts = append(r.Drafts, drafts...)
}

func (r *Report) reject(raw []byte, index int, err error) {
	r.Rejected = append(r.Rejected, intake.Rejected{Index: index, Reason: err.Error(), Dead: true, Raw: bytes.Clone(raw)})
}
