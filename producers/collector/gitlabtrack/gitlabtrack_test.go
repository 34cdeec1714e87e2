package gitlabtrack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/gitlabtrack"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

var received = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func post(body string) (intake.Result, error) {
	path := "/api/v4/usage_data/track_event"
	if strings.Contains(body, `"events"`) {
		path += "s"
	}
	return gitlabtrack.Mapping{}.Map(intake.Request{Method: "POST", Path: path, Body: []byte(body), Received: received, Org: "acme", Client: "token"})
}

func event(t *testing.T, body string) (*schemas.CodeEvent, intake.Draft) {
	t.Helper()
	r, err := post(body)
	if err != nil || len(r.Drafts) != 1 || len(r.Rejected) > 0 || r.Answer(intake.Outcome{}).Status != 200 {
		t.Fatalf("%s: %v, %+v", body, err, r)
	}
	return r.Drafts[0].Event.(*schemas.CodeEvent), r.Drafts[0]
}

func suggestion(name, properties string) string {
	return fmt.Sprintf(`{"event":"code_suggestion_%s_in_ide","project_id":7,"additional_properties":{%s}}`, name, properties)
}

func TestEvents(t *testing.T) {
	const p = `"unique_tracking_id":"11111111-2222-4333-8444-555555555555","language":"Ruby","suggestion_size":3,"timestamp":"2026-06-01T11:00:00.500Z","branch_name":"zoes-branch"`
	shown, d := event(t, suggestion("shown", p))
	accepted, _ := event(t, suggestion("accepted", p))
	rejected, _ := event(t, suggestion("rejected", p))
	if shown.Kind != schemas.CodeSuggestionShown || shown.Language != "ruby" || shown.SuggestionID != "11111111-2222-4333-8444-555555555555" || shown.Attributes["suggestion_size"] != "3" ||
		!shown.OccurredAt.Equal(received.Add(-time.Hour+500*time.Millisecond)) || d.Repo != "gitlab/7" || strings.Contains(fmt.Sprint(shown), "zoe") {
		t.Errorf("%+v %+v", shown, d)
	}
	if accepted.Kind != schemas.CodeSuggestionAccepted || accepted.DecidedBy != schemas.DecidedByHuman || accepted.FileID != shown.FileID || rejected.Kind != schemas.CodeSuggestionRejected {
		t.Errorf("%+v", accepted)
	}
	if accepted.EventID != rejected.EventID || accepted.EventID == shown.EventID {
		t.Error("a suggestion has two outcomes, or none")
	}
}

func TestTimes(t *testing.T) {
	for stamp, want := range map[string]time.Time{`"2026-06-01 11:00:00 UTC"`: received.Add(-time.Hour), `"2026-06-01T13:00:00+02:00"`: received.Add(-time.Hour), "null": received, `""`: received} {
		if e, _ := event(t, suggestion("shown", `"timestamp":`+stamp)); !e.OccurredAt.Equal(want) {
			t.Errorf("%s is read as %v", stamp, e.OccurredAt)
		}
	}
}

func TestBatch(t *testing.T) {
	one := suggestion("shown", "")
	r, err := post(`{"events":[` + one + `,` + one + `,{"event":"i_quickactions_page","additional_properties":{"language":7}}]}`)
	if err != nil || len(r.Drafts) != 2 || r.Ignored != 1 || r.Drafts[0].Event.Env().EventID == r.Drafts[1].Event.Env().EventID {
		t.Errorf("%v %+v", err, r)
	}
	if r, err := post(`{"events":[` + one + `,` + suggestion("shown", `"suggestion_size":"big"`) + `]}`); err != nil || len(r.Drafts) != 1 || len(r.Rejected) != 1 || r.Rejected[0].Index != 1 {
		t.Errorf("%v %+v", err, r)
	}
	if _, err := post(`{"events":[` + strings.Repeat(one+",", 50) + one + `]}`); err == nil {
		t.Error("51 events are taken")
	}
}

func TestRefusals(t *testing.T) {
	for _, body := range []string{
		"", "{", "[]", "{}", `{"event":null}`, `{"event":7}`, `{"event":"x","project_id":"abc"}`, `{"event":"x","additional_properties":"a=b"}`, `{"events":{}}`, `{"events":[7]}`,
		`{"events":[{"event":"x"},{}]}`, `{"event":"x","send_to_snowplow":"no"}`, `{"events":null}`,
	} {
		var refused *intake.Refusal
		if r, err := post(body); !errors.As(err, &refused) || refused.Status != 400 || refused.Reason == "" {
			t.Errorf("%q: %v, %+v", body, err, r)
		}
	}
	for _, properties := range []string{`"suggestion_size":"3"`, `"suggestion_size":-1`, `"timestamp":"yesterday"`, `"timestamp":7`, `"timestamp":"2062-01-01T00:00:00Z"`, `"language":7`,
		`"unique_tracking_id":{}`, `"language":"` + strings.Repeat("x", 300<<10) + `"`} {
		if r, err := post(suggestion("shown", properties)); err != nil || len(r.Drafts) > 0 || len(r.Rejected) != 1 || !r.Rejected[0].Dead || r.Rejected[0].Reason == "" {
			t.Errorf("%.60s: %v, %.200v", properties, err, r.Rejected)
		}
	}
}

func FuzzMap(f *testing.F) {
	f.Add(suggestion("shown", `"suggestion_size":3`))
	f.Add(`{"events":[` + suggestion("accepted", `"timestamp":"2026-06-01 11:00:00 UTC"`) + `]}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := post(body)
		var refused *intake.Refusal
		if err != nil && (!errors.As(err, &refused) || refused.Reason == "") {
			t.Fatalf("no refusal: %v", err)
		}
		for _, d := range r.Drafts {
			if d.Event.Env().EventID == "" || d.Event.Key() == "" {
				t.Fatalf("%+v", d)
			}
		}
	})
}
