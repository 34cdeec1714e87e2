package copilotmetrics_test

import (
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/copilotmetrics"
	"github.com/assayhq/assay/schemas"
)

const row = `{"day":"2026-03-01","organization_id":"42","code_generation_activity_count":10,"loc_added_sum":7,"used_chat":true,"avg_x_count":3,
	"totals_by_language_model":[{"language":"Go","model":"gpt-4.1","code_generation_activity_count":4}],"totals_by_mood":[{"mood":"good","x_count":1}],
	"totals_by_cli":{"session_count":2,"token_usage":{"output_tokens_sum":5,"avg_tokens_per_request":2.5}},"pull_requests":{"total_merged":1,"median_minutes_to_merge":4.5}}`

func TestARow(t *testing.T) {
	r := copilotmetrics.Read([]byte(row), received)
	got := map[string]*schemas.CodeEvent{}
	for _, d := range r.Drafts {
		e := d.Event.(*schemas.CodeEvent)
		got[e.Metric+"|"+e.Breakdown] = e
		if e.Kind != schemas.CodeUsageReported || !e.Reported || e.PeriodS.Value != 86400 || e.Attributes["scope"] != "organization" || e.Attributes["github_id"] != "42" || d.User != "" {
			t.Errorf("%+v", e)
		}
	}
	want := map[string]float64{"code_generation_activity_count|total": 10, "loc_added_sum|total": 7, "code_generation_activity_count|language=Go,model=gpt-4.1": 4,
		"cli.session_count|total": 2, "cli.output_tokens_sum|total": 5, "pull_requests.total_merged|total": 1}
	if len(got) != len(want) || r.Rows != 1 || len(r.Rejected) > 0 {
		t.Errorf("%d figures, %+v", len(got), r)
	}
	for name, value := range want {
		if got[name] == nil || got[name].Value.Value != value {
			t.Errorf("%s is %+v, want %v", name, got[name], value)
		}
	}
	if e := got["code_generation_activity_count|language=Go,model=gpt-4.1"]; e.Language != "go" || e.Model != "gpt-4.1" {
		t.Errorf("%+v", e)
	}
}

// A figure that is pulled again is the same event, and one that was corrected another.
func TestIDs(t *testing.T) {
	id := func(body string) string {
		return copilotmetrics.Read([]byte(body), received).Drafts[0].Event.Env().EventID
	}
	if id(row) != id("\n"+strings.ReplaceAll(row, "\n", "")+"\n\n") || id(row) != id("["+row+"]") || id(row) != id(`{"day_totals":[`+row+`]}`) {
		t.Error("the form of the report is in the id")
	}
	seen := map[string]bool{}
	for _, other := range []string{row, strings.Replace(row, ":10", ":11", 1), strings.Replace(row, "03-01", "03-02", 1), strings.Replace(row, `"42"`, `"43"`, 1),
		strings.Replace(row, `"day"`, `"user_login":"zoe","user_id":3,"day"`, 1), strings.Replace(row, `"day"`, `"login":"ann","user_id":4,"day"`, 1)} {
		if seen[id(other)] {
			t.Errorf("%.60s has the id of another", other)
		}
		seen[id(other)] = true
	}
}

func TestRowsThatCannotBeTrusted(t *testing.T) {
	for _, bad := range []string{`{}`, `{"day":"soon"}`, `{"day":"1999-01-01"}`, `{"day":"2030-01-01"}`, `{"day":"2026-03-01","x_count":"9"}`, `{"day":"2026-03-01","x_count":-1}`,
		`{"day":"2026-03-01","user_login":7}`, `{"day":"2026-03-01","totals_by_ide":7}`, `{"day":"2026-03-01","totals_by_ide":[{"ide":7}]}`, `7`, `{"day":`,
		`{"day":"2026-03-01","totals_by_ide":[{"ide":"vim"},{"ide":"vim"}]}`, "\xff"} {
		if r := copilotmetrics.Read([]byte(bad+"\n"+`{"day":"2026-03-01","x_count":1}`), received); len(r.Rejected) != 1 || r.Rows != 1 || r.Rejected[0].Reason == "" || len(r.Drafts) != 1 {
			t.Errorf("%s: %+v", bad, r)
		}
	}
	for _, empty := range []string{"", " \n", `""`, "null", "[]", `{"day_totals":[]}`} {
		if r := copilotmetrics.Read([]byte(empty), received); r.Rows+len(r.Rejected)+len(r.Drafts) != 0 {
			t.Errorf("%q: %+v", empty, r)
		}
	}
}

func TestSeats(t *testing.T) {
	r := copilotmetrics.Read([]byte(`{"total_seats":3,"seats":[{"plan_type":"business","last_activity_at":"2026-05-20T12:00:00Z","assignee":{"id":1,"login":"ann"},"assigning_team":{"slug":"blue"}},
		{"plan_type":"business","last_activity_at":null,"assignee":{"id":2,"login":"bob"}},{"plan_type":"business"}]}`), received)
	if r.Rows != 2 || len(r.Rejected) != 1 || len(r.Drafts) != 5 || r.Drafts[1].User != "ann" || r.Drafts[1].Team != "blue" {
		t.Fatalf("%+v", r)
	}
	for i, want := range []float64{3, 1, 1, 1, 0} {
		if e := r.Drafts[i].Event.(*schemas.CodeEvent); e.Value.Value != want {
			t.Errorf("%d: %+v, want %v", i, e, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(row))
	f.Add([]byte(`{"download_links":["https://example.com/x"]}`))
	f.Add([]byte(`{"total_seats":3,"seats":[{"assignee":{"id":1,"login":"ann"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := copilotmetrics.Read(body, received)
		for _, d := range r.Drafts {
			if e := d.Event.(*schemas.CodeEvent); e.EventID == "" || e.Key() == "" || e.Metric == "" || !e.Reported || e.Value.Value < 0 {
				t.Fatalf("%+v", e)
			}
		}
		for _, x := range r.Rejected {
			if x.Reason == "" || !x.Dead || len(x.Raw) == 0 {
				t.Fatalf("%+v", x)
			}
		}
	})
}
