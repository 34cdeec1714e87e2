package copilotmetrics_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/copilotmetrics"
	"github.com/assayhq/assay/schemas"
)

var received = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

type entry struct {
	File           string
	Expect         string
	AlsoOK         []string `json:"also_ok"`
	Records, Seats *int
	Generations    *float64
	Acceptances    *float64
	FirstDay       string `json:"first_day"`
	LastDay        string `json:"last_day"`
	Stored         json.RawMessage
	Lines          *int
}

// total of a metric over all days and users, each row of which must be a total.
func total(r copilotmetrics.Report, metric string) (sum float64, days []string) {
	seen := map[string]bool{}
	for _, d := range r.Drafts {
		e := d.Event.(*schemas.CodeEvent)
		if e.Metric == metric && e.Breakdown == "total" && !seen[e.EventID] {
			seen[e.EventID] = true
			sum += e.Value.Value
			days = append(days, e.OccurredAt.Format(time.DateOnly))
		}
	}
	slices.Sort(days)
	return sum, slices.Compact(days)
}

func TestPayloads(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "..", "shared", "data", "payloads", "copilot_metrics")
	content, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("%s is missing: this test reads reports as GitHub makes them", folder)
	}
	var list struct{ Files, Malformed []entry }
	if err == nil {
		err = json.Unmarshal(content, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Concat(list.Files, list.Malformed) {
		body, err := os.ReadFile(filepath.Join(folder, e.File))
		if err != nil {
			t.Fatal(err)
		}
		r := copilotmetrics.Read(body, received)
		generations, days := total(r, "code_generation_activity_count")
		acceptances, _ := total(r, "code_acceptance_activity_count")
		got := "accept"
		switch {
		case len(r.Rejected) > 0:
			got = "dead_letter"
		case len(r.Drafts) == 0 && r.Links == nil:
			got = "accept_ignore_unknown"
		case r.Rows > len(days) && e.Records == nil && e.Seats == nil:
			got = "accept_dedup"
		}
		if string(e.Stored) == "true" && r.Rows > 0 { // kept without what is unknown of it
			got = e.Expect
		}
		if got != e.Expect && !slices.Contains(e.AlsoOK, got) {
			t.Errorf("%s: %s, want %s %v", e.File, got, e.Expect, e.AlsoOK)
		}
		var stored int
		if json.Unmarshal(e.Stored, &stored) == nil && len(e.Stored) > 0 && got != "dead_letter" && len(days) != stored || got == "dead_letter" && r.Rows != stored {
			t.Errorf("%s: %d rows of %v, want %s", e.File, r.Rows, days, e.Stored)
		}
		if e.Seats != nil && r.Rows != *e.Seats {
			t.Errorf("%s: %d seats, want %d", e.File, r.Rows, *e.Seats)
		}
		if e.Records != nil && (r.Rows != *e.Records || generations != *e.Generations || acceptances != *e.Acceptances) {
			t.Errorf("%s: %d rows, %v generated, %v accepted, want %+v", e.File, r.Rows, generations, acceptances, e)
		}
		if e.FirstDay != "" && (days[0] != e.FirstDay || days[len(days)-1] != e.LastDay) {
			t.Errorf("%s: days %v, want %s to %s", e.File, days, e.FirstDay, e.LastDay)
		}
	}
}
