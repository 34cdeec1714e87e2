package continuedev_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/continuedev"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

var received = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

type object = map[string]any

// post sends an event of schema 0.2.0, level all, unless fields of the envelope say otherwise.
func post(t testing.TB, name string, data object, envelope ...object) (intake.Result, error) {
	t.Helper()
	full := object{"timestamp": "2026-06-01T11:59:00.000Z", "userId": "u-1", "userAgent": "Visual Studio Code/1.110.0 (Continue/1.4.0)", "eventName": name, "schema": "0.2.0",
		"modelName": "codestral-9", "modelProvider": "mistral", "gitRepo": "https://git.example.org/zoe/blue.git"}
	maps.Copy(full, data)
	e := object{"name": name, "data": full, "schema": "0.2.0", "level": "all", "profileId": "local"}
	for _, more := range envelope {
		maps.Copy(e, more)
	}
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return send(string(body))
}

func send(body string) (intake.Result, error) {
	return continuedev.Mapping{}.Map(intake.Request{Method: "POST", Path: continuedev.Path, Body: []byte(body), Received: received, Org: "acme", Client: "token"})
}

func first[E schemas.Event](t *testing.T, r intake.Result, err error) (E, intake.Draft) {
	t.Helper()
	var none E
	if err != nil || len(r.Rejected) > 0 || len(r.Drafts) == 0 {
		t.Fatalf("%v, %+v", err, r)
		return none, intake.Draft{}
	}
	e, ok := r.Drafts[0].Event.(E)
	if !ok {
		t.Fatalf("a %T", r.Drafts[0].Event)
	}
	return e, r.Drafts[0]
}

func TestAutocomplete(t *testing.T) {
	const id = "11111111-2222-4333-8444-555555555555"
	code := object{"completionId": id, "time": 12.4, "prompt": "def ", "completion": "blå\n  return 1", "filepath": "file:///src/blue.py", "cacheHit": false}
	for _, c := range []struct {
		accepted any
		kind     schemas.CodeKind
		by       schemas.DecidedBy
	}{
		{true, schemas.CodeSuggestionAccepted, schemas.DecidedByHuman},
		{false, schemas.CodeSuggestionRejected, schemas.DecidedByTimeout},
		{nil, schemas.CodeUnknown, ""},
	} {
		code["accepted"] = c.accepted
		r, err := post(t, "autocomplete", code)
		e, d := first[*schemas.CodeEvent](t, r, err)
		if e.Kind != c.kind || e.DecidedBy != c.by || e.Chars.Value != 14 || e.Lines.Value != 2 || e.AcceptedChars.Set != (c.accepted == true) || e.LatencyMs.Value != 12 ||
			e.SuggestionID != id || e.Model != "codestral-9" || e.ClientVersion != "1.4.0" || e.Attributes["ide"] != "Visual Studio Code/1.110.0" || e.FileID != "" || e.Language != "python" {
			t.Errorf("%v: %+v", c.accepted, e)
		}
		if d.User != "u-1" || d.Path != "file:///src/blue.py" || d.Repo == "" || d.Payload.Code == "" || d.Payload.Prompt == "" {
			t.Errorf("%+v", d)
		}
	}
	a, _ := post(t, "autocomplete", object{"completionId": id, "accepted": true})
	b, _ := post(t, "autocomplete", object{"completionId": id, "accepted": false, "timestamp": "2026-06-01T11:59:30.000Z"})
	if a.Drafts[0].Event.Env().EventID != b.Drafts[0].Event.Env().EventID {
		t.Error("a completion has two outcomes")
	}
	r, err := post(t, "autocomplete", object{"completionId": id, "time": 2, "cacheHit": true})
	if e, _ := first[*schemas.CodeEvent](t, r, err); e.LatencyMs.Set || e.FileID != id {
		t.Errorf("the time of a look-up is a latency, or no key: %+v", e)
	}
}

func TestNoCode(t *testing.T) {
	noCode := object{"level": "noCode"}
	r, err := post(t, "autocomplete", object{"completionId": "c", "accepted": true, "filepath": "file:///src/blue.py"}, noCode)
	if _, d := first[*schemas.CodeEvent](t, r, err); d.Payload != nil || d.Path == "" {
		t.Errorf("%+v", d)
	}
	for _, leak := range []string{"prefix", "suffix", "prompt", "completion"} {
		if r, err := post(t, "autocomplete", object{"completionId": "c", leak: "x = 1"}, noCode); err != nil || len(r.Drafts) > 0 || !r.Rejected[0].Dead {
			t.Errorf("%s in noCode: %v, %+v", leak, err, r)
		}
	}
}

func TestNextEdit(t *testing.T) {
	r, err := post(t, "nextEditOutcome", object{"timestamp": received.Add(-time.Minute).UnixMilli(), "completionId": "c", "elapsed": 700, "accepted": true, "fileUri": "file:///a"})
	if e, d := first[*schemas.CodeEvent](t, r, err); e.Kind != schemas.CodeSuggestionAccepted || e.Feature != "next_edit" || !e.OccurredAt.Equal(received.Add(-time.Minute)) || d.Path != "file:///a" {
		t.Errorf("%+v", e)
	}
	r, err = post(t, "nextEditOutcome", object{"completionId": "c", "aborted": true})
	if e, _ := first[*schemas.CodeEvent](t, r, err); e.Kind != schemas.CodeUnknown || e.Attributes["aborted"] != "true" {
		t.Errorf("%+v", e)
	}
}

func TestEdits(t *testing.T) {
	for accepted, kind := range map[bool]schemas.CodeKind{true: schemas.CodeSuggestionAccepted, false: schemas.CodeSuggestionRejected} {
		r, err := post(t, "editOutcome", object{"accepted": accepted, "previousCodeLines": 4, "newCodeLines": 1, "lineChange": -3, "filepath": "f"})
		e, _ := first[*schemas.CodeEvent](t, r, err)
		if e.Kind != kind || e.DecidedBy != schemas.DecidedByHuman || e.Lines.Value != 1 || e.AcceptedLines.Set != accepted || e.LinesRemoved.Set || e.Attributes["line_change"] != "-3" {
			t.Errorf("%+v", e)
		}
	}
	for _, name := range []string{"editInteraction", "nextEditWithHistory"} {
		if r, err := post(t, name, object{"completion": "x", "filepath": "f"}); err != nil || len(r.Drafts) != 1 {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
	old := object{"schema": "0.1.0"}
	r, err := post(t, "quickEdit", object{"schema": "0.1.0", "label": "blue.py: lines 1-2", "path": "/src/blue.py", "diffs": []object{{"type": "new", "line": "x"}}}, old)
	if e, d := first[*schemas.CodeEvent](t, r, err); e.Kind != schemas.CodeSuggestionShown || d.Payload.Code == "" || strings.Contains(string(e.AppendAvro(nil)), "blue") {
		t.Errorf("%+v", e)
	}
}

func TestChat(t *testing.T) {
	r, err := post(t, "chatInteraction", object{"sessionId": "zoe's session", "prompt": "why?", "completion": "because"})
	if err != nil || len(r.Drafts) != 2 || r.Drafts[0].Event.KindName() != "prompt_sent" || r.Drafts[1].Event.KindName() != "reply_received" {
		t.Fatalf("%v %+v", err, r)
	}
	up, err := post(t, "chatFeedback", object{"sessionId": "zoe's session", "feedback": true})
	e, _ := first[*schemas.ChatEvent](t, up, err)
	if e.Rating != schemas.RatingUp || e.ConversationID != r.Drafts[0].Event.Key() || strings.Contains(e.ConversationID, "zoe") {
		t.Errorf("%+v", e)
	}
	down, err := post(t, "chatFeedback", object{"feedback": false})
	if e, _ := first[*schemas.ChatEvent](t, down, err); e.Rating != schemas.RatingDown || e.ConversationID == "" {
		t.Errorf("%+v", e)
	}
	tokens, err := post(t, "tokensGenerated", object{"promptTokens": 5, "generatedTokens": 6})
	if e, _ := first[*schemas.ChatEvent](t, tokens, err); e.Kind != schemas.ChatModelCalled || e.PromptTokens.Value != 5 || e.CompletionTokens.Value != 6 {
		t.Errorf("%+v", e)
	}
}

func TestTools(t *testing.T) {
	r, err := post(t, "toolUsage", object{"toolCallId": "t1", "functionName": "builtin_run_terminal_command", "accepted": true, "succeeded": false, "toolCallArgs": `{"command":"ls"}`})
	if err != nil || len(r.Drafts) != 2 {
		t.Fatalf("%v %+v", err, r)
	}
	decided, called := r.Drafts[0].Event.(*schemas.ChatEvent), r.Drafts[1].Event.(*schemas.ChatEvent)
	if decided.Kind != schemas.ChatToolDecided || decided.DecidedBy != schemas.DecidedByHuman || called.Kind != schemas.ChatToolCalled || called.Succeeded != schemas.Some(false) {
		t.Errorf("%+v %+v", decided, called)
	}
	if r, err := post(t, "toolUsage", object{"toolCallId": "t2", "functionName": "builtin_run_terminal_command", "accepted": false, "succeeded": false}); err != nil || len(r.Drafts) != 1 {
		t.Errorf("a rejected call ran: %v %+v", err, r)
	}
	r, err = post(t, "toolUsage", object{"toolCallId": "t3", "functionName": "builtin_edit_existing_file", "accepted": true, "succeeded": true})
	if e, _ := first[*schemas.CodeEvent](t, r, err); e.Kind != schemas.CodeSuggestionAccepted || e.Feature != "agent_edit" {
		t.Errorf("%+v", e)
	}
}

// Events of 0.1.0 mostly have no time: each is one, and happened when it came.
func TestOldSchema(t *testing.T) {
	body := `{"name":"tokensGenerated","data":{"model":"m","provider":"p","promptTokens":1,"generatedTokens":2},"schema":"0.1.0","level":"all"}`
	r, err := send(body)
	if e, _ := first[*schemas.ChatEvent](t, r, err); !e.OccurredAt.Equal(received) || e.Model != "m" {
		t.Errorf("%+v", e)
	}
}

func TestRefusals(t *testing.T) {
	for _, body := range []string{
		"", "{", "[]", "null", `"x"`, `{"name":"autocomplete"}`, `{"name":"autocomplete","data":[]}`, `{"data":{}}`, `{"name":"autocomplete","data":{},"level":"all"}`, `{"name":"autocomplete","data":{},"schema":"0.2.0"}`, `{"name":7,"data":{}}`, "{\"name\":\"\xff\"}",
		`{"name":"autocomplete","data":{}} {}`, `{"name":"autocomplete","data":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 101),
	} {
		var refused *intake.Refusal
		if r, err := send(body); !errors.As(err, &refused) || refused.Status != 400 || refused.Reason == "" {
			t.Errorf("%.60q: %v, %+v", body, err, r)
		}
	}
	for reason, data := range map[string]object{
		"completionId is missing":                                                         {"accepted": true},
		"time has the wrong type":                                                         {"completionId": "c", "time": "12ms"},
		"accepted has the wrong type":                                                     {"completionId": "c", "accepted": "true"},
		"envelope and data name different schemas":                                        {"completionId": "c", "schema": "0.1.0"},
		"envelope and data name different events":                                         {"completionId": "c", "eventName": "editOutcome"},
		"a text of the event is too long":                                                 {"completionId": "c", "completion": strings.Repeat("x", 300<<10)},
		"its time is before the year 2000 or more than a day ahead":                       {"completionId": "c", "timestamp": "2062-01-01T00:00:00Z"},
		"its time is none of ISO 8601, a time with its zone, and milliseconds since 1970": {"completionId": "c", "timestamp": "02/03/2026 09:15"},
	} {
		if r, err := post(t, "autocomplete", data); err != nil || len(r.Drafts) > 0 || len(r.Rejected) != 1 || r.Rejected[0].Reason != reason || !r.Rejected[0].Dead {
			t.Errorf("%s: %v, %.200v", reason, err, r.Rejected)
		}
	}
	if r, err := post(t, "autocomplete", object{"completionId": "c"}, object{"schema": "9.0.0"}); err != nil || !r.Rejected[0].Dead {
		t.Errorf("%v %+v", err, r)
	}
	if r, err := post(t, "telepathy", nil); err != nil || r.Ignored != 1 || len(r.Drafts) > 0 {
		t.Errorf("%v %+v", err, r)
	}
}

func FuzzMap(f *testing.F) {
	f.Add(`{"name":"autocomplete","data":{"completionId":"c","accepted":true,"timestamp":1},"schema":"0.1.0","level":"all"}`)
	f.Add(`{"name":"toolUsage","data":{"functionName":"f","accepted":true,"toolCallArgs":{"a":1}},"schema":"0.2.0","level":"noCode"}`)
	f.Add(`{"name":"editOutcome","data":{"accepted":false,"newCodeLines":-1},"schema":"0.2.0","level":"all"}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := send(body)
		var refused *intake.Refusal
		if err != nil && (!errors.As(err, &refused) || refused.Reason == "") {
			t.Fatalf("no refusal: %v", err)
		}
		for _, d := range r.Drafts {
			if d.Event.Env().EventID == "" || d.Event.Key() == "" && d.Path == "" {
				t.Fatalf("%+v", d)
			}
		}
	})
}
