package claudecode_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/claudecode"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp/otlptest"
	"github.com/assayhq/assay/schemas"
)

type attributes = otlptest.Attributes

const session = "11111111-2222-4333-8444-555555555555"

// record is one with the attributes that all have.
func record(event string, more attributes) attributes {
	r := attributes{"event.name": event, "session.id": session, "user.email": "Zoe@Example.org", "user.id": "f00", "user.account_uuid": "acc",
		"prompt.id": "aaaaaaaa-2222-4333-8444-555555555555", "event.sequence": 7, "terminal.type": "kitty", "new.attribute": "zoe was here"}
	maps.Copy(r, more)
	return r
}

func logs(t testing.TB, records ...attributes) intake.Result {
	return otlptest.Logs(t, claudecode.Client(), attributes{"service.name": "claude-code", "service.version": "2.3.4", "team.id": "red"}, records...)
}

func one[E schemas.Event](t *testing.T, r intake.Result) (E, intake.Draft) {
	t.Helper()
	if len(r.Drafts) != 1 || len(r.Rejected) > 0 {
		t.Fatalf("%d drafts, rejected %+v", len(r.Drafts), r.Rejected)
	}
	e, ok := r.Drafts[0].Event.(E)
	if !ok {
		t.Fatalf("a %T", r.Drafts[0].Event)
	}
	return e, r.Drafts[0]
}

func TestPrompt(t *testing.T) {
	e, d := one[*schemas.ChatEvent](t, logs(t, record("user_prompt", attributes{"prompt_length": "12", "prompt": "make it blue"})))
	if e.Kind != schemas.ChatPromptSent || e.Chars.Value != 12 || e.ConversationID != session || e.SessionID != session || e.ClientVersion != "2.3.4" ||
		!e.OccurredAt.Equal(otlptest.At) || e.MessageID == "" || e.Source != "claude_code" {
		t.Errorf("%+v", e)
	}
	if d.User != "zoe@example.org" || d.Team != "red" || d.Payload.Text != "make it blue" {
		t.Errorf("%+v", d)
	}
	for _, blackened := range []string{"<REDACTED>", ""} {
		if _, d := one[*schemas.ChatEvent](t, logs(t, record("user_prompt", attributes{"prompt": blackened}))); d.Payload != nil {
			t.Errorf("%q is sealed", blackened)
		}
	}
}

func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		tool, decision, source string
		kind                   string
		by                     schemas.DecidedBy
	}{
		{"Edit", "accept", "user_temporary", "suggestion_accepted", schemas.DecidedByHuman},
		{"MultiEdit", "reject", "user_reject", "suggestion_rejected", schemas.DecidedByHuman},
		{"NotebookEdit", "reject", "user_abort", "suggestion_rejected", schemas.DecidedByHuman},
		{"Write", "accept", "config", "suggestion_accepted", schemas.DecidedByConfig},
		{"Write", "reject", "hook", "suggestion_rejected", schemas.DecidedByHook},
		{"Write", "accept", "user_permanent", "suggestion_accepted", schemas.DecidedByConfig},
		{"Write", "accept", "", "suggestion_accepted", schemas.DecidedByUnknown},
		{"Write", "accept", "oracle", "suggestion_accepted", schemas.DecidedByUnknown},
		{"Bash", "accept", "user_temporary", "tool_decided", schemas.DecidedByHuman},
		{"mcp__x__y", "reject", "config", "tool_decided", schemas.DecidedByConfig},
	} {
		r := logs(t, record("tool_decision", attributes{"tool_name": c.tool, "decision": c.decision, "source": c.source, "tool_use_id": "toolu_1"}))
		if len(r.Drafts) != 1 || r.Drafts[0].Event.KindName() != c.kind {
			t.Errorf("%v: %+v %+v", c, r.Drafts, r.Rejected)
			continue
		}
		var by schemas.DecidedBy
		var tool, call string
		switch e := r.Drafts[0].Event.(type) {
		case *schemas.CodeEvent:
			by, tool, call = e.DecidedBy, e.Attributes["tool"], e.SuggestionID
		case *schemas.ChatEvent:
			by, tool, call = e.DecidedBy, e.Tool, e.SuggestionID
		}
		if by != c.by || tool != c.tool || call == "" || call == "toolu_1" {
			t.Errorf("%v: by %s, tool %s, call %s", c, by, tool, call)
		}
	}
}

func TestToolResult(t *testing.T) {
	input := `{"file_path":"/src/blue.go","old_string":"red"}`
	e, d := one[*schemas.ChatEvent](t, logs(t, record("tool_result", attributes{"tool_name": "Edit", "success": "false", "duration_ms": 12.6, "error_type": "EditError",
		"error": "no such file /src/blue.go", "tool_input": input, "decision_type": "accept", "decision_source": "hook"})))
	if e.Kind != schemas.ChatToolCalled || e.Tool != "Edit" || e.Succeeded != schemas.Some(false) || e.DurationMs.Value != 13 || e.ErrorType != "EditError" || e.DecidedBy != schemas.DecidedByHook || e.Language != "go" {
		t.Errorf("%+v", e)
	}
	if d.Path != "/src/blue.go" || d.Payload.Code != input || d.Payload.Text == "" {
		t.Errorf("%+v", d)
	}
	if e, _ := one[*schemas.ChatEvent](t, logs(t, record("tool_result", attributes{"name": "Write", "success": false, "decision_type": "reject"}))); e.Tool != "Write" || e.Succeeded.Set || e.ErrorType != "rejected" {
		t.Errorf("a rejected call counts as run: %+v", e)
	}
}

// Numbers come as whole numbers, floating ones and text.
func TestAPIRequest(t *testing.T) {
	for name, values := range map[string]attributes{
		"numbers": {"input_tokens": 3, "output_tokens": 40, "cache_read_tokens": 500, "cache_creation_tokens": 6, "cost_usd": 0.25, "duration_ms": 70},
		"floats":  {"input_tokens": 3.0, "output_tokens": 40.0, "cache_read_tokens": 500.0, "cache_creation_tokens": 6.0, "cost_usd": 0.25, "duration_ms": 70.2},
		"text":    {"input_tokens": "3", "output_tokens": "40", "cache_read_tokens": "500", "cache_creation_tokens": "6", "cost_usd": "0.25", "duration_ms": "70"},
	} {
		values["model"] = "claude-opus-9"
		e, _ := one[*schemas.ChatEvent](t, logs(t, record("api_request", values)))
		if e.Kind != schemas.ChatModelCalled || e.PromptTokens.Value != 3 || e.CompletionTokens.Value != 40 || e.CacheReadTokens.Value != 500 || e.CacheCreationTokens.Value != 6 ||
			e.CostUSD.Value != 0.25 || e.DurationMs.Value != 70 || e.Model != "claude-opus-9" || e.Succeeded != schemas.Some(true) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestAPIError(t *testing.T) {
	e, d := one[*schemas.ChatEvent](t, logs(t, record("api_error", attributes{"status_code": "529", "error": "overloaded, zoe", "attempt": 11})))
	if e.Kind != schemas.ChatModelFailed || e.ErrorType != "status_529" || e.Attributes["attempt"] != "11" || d.Payload.Text != "overloaded, zoe" {
		t.Errorf("%+v %+v", e, d)
	}
}

func TestDeadLetters(t *testing.T) {
	for reason, bad := range map[string]attributes{
		"decision is none of the words known for it":      record("tool_decision", attributes{"tool_name": "Edit", "decision": "perhaps"}),
		"decision is missing":                             record("tool_decision", attributes{"tool_name": "Edit"}),
		"tool_name is missing":                            record("tool_decision", attributes{"decision": "accept"}),
		"input_tokens is negative":                        record("api_request", attributes{"input_tokens": -1}),
		"cost_usd is no number":                           record("api_request", attributes{"cost_usd": "NaN"}),
		"duration_ms is no number":                        record("tool_result", attributes{"tool_name": "Edit", "duration_ms": "soon"}),
		"success is neither true nor false":               record("tool_result", attributes{"tool_name": "Edit", "success": "yes"}),
		"prompt_length is no whole number":                record("user_prompt", attributes{"prompt_length": 1.5}),
		"the record has more than 262144 bytes":           record("user_prompt", attributes{"prompt": strings.Repeat("x", 300<<10)}),
		"neither event.name nor the body names the event": {"session.id": session},
	} {
		good := record("user_prompt", nil)
		r := logs(t, good, bad)
		if len(r.Drafts) != 1 || len(r.Rejected) != 1 || !r.Rejected[0].Dead || r.Rejected[0].Index != 1 || r.Rejected[0].Reason != reason {
			t.Errorf("%s: %d drafts, rejected %.300v", reason, len(r.Drafts), r.Rejected)
		}
	}
	if r := logs(t, record("telepathy", nil)); r.Ignored != 1 || len(r.Drafts)+len(r.Rejected) > 0 {
		t.Errorf("an unknown event: %+v", r)
	}
}

// A repeat of a request has the same ids; two equal records in one request are two events.
func TestIDs(t *testing.T) {
	a, b := record("user_prompt", nil), record("user_prompt", attributes{"event.sequence": 8})
	first, again := logs(t, a, b, a), logs(t, a, b, a)
	ids := map[string]bool{}
	for i, d := range first.Drafts {
		id := d.Event.Env().EventID
		if id != again.Drafts[i].Event.Env().EventID || ids[id] {
			t.Errorf("event %d has id %s, again %s", i, id, again.Drafts[i].Event.Env().EventID)
		}
		ids[id] = true
	}
	// Nobody can try guesses at content by its hash.
	x, y := logs(t, record("user_prompt", attributes{"prompt": "a"})), logs(t, record("user_prompt", attributes{"prompt": "b"}))
	if x.Drafts[0].Event.Env().EventID != y.Drafts[0].Event.Env().EventID {
		t.Error("the prompt is a part of the id")
	}
}

func TestWithoutSession(t *testing.T) {
	r := record("api_request", nil)
	delete(r, "session.id")
	e, _ := one[*schemas.ChatEvent](t, logs(t, r))
	if e.SessionID != "" || e.ConversationID == "" || e.ConversationID != e.MessageID {
		t.Errorf("%+v", e)
	}
}

func TestNamesThatAreNone(t *testing.T) {
	e, _ := one[*schemas.ChatEvent](t, logs(t, record("api_request", attributes{"model": "zoe@example.org", "speed": "/home/zoe"})))
	if e.Model != "" || e.Attributes["withheld"] != "model speed" {
		t.Errorf("model %q, attributes %v", e.Model, e.Attributes)
	}
}

func TestMetrics(t *testing.T) {
	resource := attributes{"service.name": "claude-code", "service.version": "2.3.4"}
	point := attributes{"session.id": session, "user.email": "zoe@example.org", "type": "added", "secret": "zoe"}
	r := otlptest.Sum(t, claudecode.Client(), resource, "claude_code.lines_of_code.count", 1, 42, point)
	e, d := one[*schemas.CodeEvent](t, r)
	if e.Kind != schemas.CodeUsageReported || !e.Reported || e.Metric != "lines_of_code.count" || e.Value.Value != 42 || e.Unit != "count" || e.Breakdown != "type=added" ||
		e.PeriodS.Value != 60 || e.FileID != session || e.Attributes["temporality"] != "delta" || d.User != "zoe@example.org" {
		t.Errorf("%+v %+v", e, d)
	}
	for reason, r := range map[string]intake.Result{
		"its aggregation temporality is neither delta nor cumulative": otlptest.Sum(t, claudecode.Client(), resource, "claude_code.commit.count", 0, 1, point),
		"its monotonic sum is negative":                               otlptest.Sum(t, claudecode.Client(), resource, "claude_code.commit.count", 1, -1, point),
	} {
		if len(r.Drafts) > 0 || len(r.Rejected) != 1 || r.Rejected[0].Reason != reason || !r.Rejected[0].Dead {
			t.Errorf("%s: %+v", reason, r)
		}
	}
	if r := otlptest.Sum(t, claudecode.Client(), resource, "claude_code.telepathy.count", 1, 1, point); r.Ignored != 1 || len(r.Drafts) > 0 {
		t.Errorf("an unknown metric: %+v", r)
	}
}
