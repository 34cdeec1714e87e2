package tabby_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/tabby"
	"github.com/assayhq/assay/schemas"
)

var received = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func request(path, body string) intake.Request {
	at, err := url.Parse(path)
	if err != nil {
		panic(err)
	}
	return intake.Request{Method: "POST", Path: at.Path, Query: at.Query(), Body: []byte(body), Received: received, Org: "acme", Client: "tabby-zoe",
		Header: http.Header{"User-Agent": {"Node.js/v22 tabby-agent/1.9.0 Vim"}}}
}

func post(path, body string) (intake.Result, error) { return tabby.Mapping{}.Map(request(path, body)) }

func event(t *testing.T, path, body string) *schemas.CodeEvent {
	t.Helper()
	r, err := post(path, body)
	if err != nil || len(r.Drafts) != 1 || r.Drafts[0].User != "tabby-zoe" || r.Answer(intake.Outcome{}).Status != 200 {
		t.Fatalf("%s: %v, %+v", body, err, r)
	}
	return r.Drafts[0].Event.(*schemas.CodeEvent)
}

func TestEvents(t *testing.T) {
	const id = `"completion_id":"cmpl-11111111-2222-4333-8444-555555555555","choice_index":1`
	view := event(t, "/v1/events", `{"type":"view",`+id+`,"view_id":"v"}`)
	selected := event(t, "/v1/events", `{"type":"select",`+id+`,"view_id":"v","elapsed":90,"mood":"good"}`)
	line := event(t, "/v1/events?select_kind=line", `{"type":"select",`+id+`,"view_id":"w","select_kind":"line"}`)
	dismissed := event(t, "/v1/events", `{"type":"dismiss",`+id+`,"view_id":"v","elapsed":null}`)
	for e, want := range map[*schemas.CodeEvent]schemas.CodeKind{view: schemas.CodeSuggestionShown, selected: schemas.CodeSuggestionAccepted,
		line: schemas.CodeSuggestionPartiallyAccepted, dismissed: schemas.CodeSuggestionDismissed} {
		if e.Kind != want || !e.OccurredAt.Equal(received) || e.SuggestionID != "cmpl-11111111-2222-4333-8444-555555555555:1" || e.ClientVersion != "1.9.0" || e.Language != "" || e.FileID == "" {
			t.Errorf("%+v", e)
		}
	}
	if selected.DecisionMs.Value != 90 || selected.DecidedBy != schemas.DecidedByHuman || view.DecidedBy != schemas.DecidedByUnknown {
		t.Errorf("%+v", selected)
	}
	if selected.EventID != dismissed.EventID || selected.EventID == view.EventID || selected.EventID == line.EventID {
		t.Error("a view has another outcome than its first, or shares it")
	}
	if a, b := event(t, "/v1/events", `{"type":"view",`+id+`}`), event(t, "/v1/events", `{"type":"view",`+strings.Replace(id, "1", "2", 1)+`,"view_id":null}`); a.EventID == b.EventID {
		t.Error("two completions without view share an id")
	}
}

func TestCompletion(t *testing.T) {
	r, err := post("/v1/completions", `{"language":"Python","segments":{"prefix":"def ","suffix":":","filepath":"src/blue.py","git_url":"git@example.org:zoe/blue.git"},"user":"zoe"}`)
	if err != nil || len(r.Drafts) != 1 {
		t.Fatalf("%v %+v", err, r)
	}
	e, d := r.Drafts[0].Event.(*schemas.ChatEvent), r.Drafts[0]
	if e.Kind != schemas.ChatModelCalled || e.Language != "python" || d.Path != "src/blue.py" || d.Repo == "" || d.Payload.Prompt != "def :" {
		t.Errorf("%+v %+v", e, d)
	}
	if a := r.Answer(intake.Outcome{}); a.Status != 200 || !strings.Contains(string(a.Body), `"choices":[]`) || !strings.Contains(string(a.Body), e.ConversationID) {
		t.Errorf("%+v", a)
	}
	if _, err := post("/v1/completions", `{"language":"python"}`); err == nil {
		t.Error("a request without segments is taken")
	}
}

func TestRefusals(t *testing.T) {
	for _, body := range []string{
		"", "{", "[]", `{"type":"hover","completion_id":"c","choice_index":0}`, `{"type":"view","choice_index":0}`, `{"type":"view","completion_id":"c"}`,
		`{"type":"view","completion_id":"c","choice_index":-1}`, `{"type":"view","completion_id":"c","choice_index":"0"}`, `{"type":"view","completion_id":7,"choice_index":0}`,
		`{"type":"select","completion_id":"c","choice_index":0,"elapsed":3.5}`, `{"type":"view","completion_id":"` + strings.Repeat("c", 300) + `","choice_index":0}`,
	} {
		var refused *intake.Refusal
		if r, err := post("/v1/events", body); !errors.As(err, &refused) || refused.Status != 400 || refused.Reason == "" {
			t.Errorf("%.60q: %v, %+v", body, err, r)
		}
	}
}

// Assay's own events go to the same path.
func TestClaims(t *testing.T) {
	claims := tabby.Mapping{}.Routes()[0].Claims
	for body, want := range map[string]bool{
		`{"type":"view","completion_id":"c","choice_index":0}`:        true,
		`{"type":"hover","choice_index":0}`:                           true,
		`{"record":"CodeEvent","kind":"suggestion_shown"}`:            false,
		`[{"record":"CodeEvent","attributes":{"completion_id":"c"}}]`: false,
		`{`: false,
	} {
		r := request("/v1/events", body)
		r.Header.Set("User-Agent", "curl/8")
		if claims(r) != want {
			t.Errorf("%s is claimed: %v", body, !want)
		}
		r.Header.Set("User-Agent", "Node.js/v22 tabby-agent/1.9.0")
		if !claims(r) {
			t.Errorf("%s of Tabby's agent is not claimed", body)
		}
	}
}

func FuzzMap(f *testing.F) {
	f.Add("/v1/events", `{"type":"select","completion_id":"c","choice_index":0,"elapsed":3}`)
	f.Add("/v1/completions", `{"language":"python","segments":{"prefix":"a"}}`)
	f.Fuzz(func(t *testing.T, path, body string) {
		if path != "/v1/events" && path != "/v1/completions" {
			path = "/v1/events"
		}
		r, err := post(path, body)
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
