package geminicli_test

import (
	"maps"
	"testing"

	"github.com/assayhq/assay/producers/collector/geminicli"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp/otlptest"
	"github.com/assayhq/assay/schemas"
)

type attributes = otlptest.Attributes

func logs(t testing.TB, event string, more attributes) intake.Result {
	r := attributes{"event.name": "gemini_cli." + event, "session.id": "11111111-2222-4333-8444-555555555555", "user.email": "zoe@example.org",
		"installation.id": "i", "prompt_id": "11111111########3", "mcp_server_name": nil}
	maps.Copy(r, more)
	return otlptest.Logs(t, geminicli.Client(), attributes{"service.name": "gemini-cli", "service.version": "v20.1.0"}, r)
}

func TestEdits(t *testing.T) {
	metadata := `{"model_added_lines": 5, "model_removed_lines": 2, "user_added_lines": 1, "user_removed_lines": 0}`
	for _, c := range []struct {
		decision string
		kind     schemas.CodeKind
		by       schemas.DecidedBy
	}{
		{"accept", schemas.CodeSuggestionAccepted, schemas.DecidedByHuman},
		{"modify", schemas.CodeSuggestionAccepted, schemas.DecidedByHuman},
		{"auto_accept", schemas.CodeSuggestionAccepted, schemas.DecidedByConfig},
		{"reject", schemas.CodeSuggestionRejected, schemas.DecidedByHuman},
	} {
		r := logs(t, "tool_call", attributes{"function_name": "replace", "decision": c.decision, "success": c.decision != "reject", "duration_ms": 9, "metadata": metadata,
			"function_args": `{"file_path": "src/blue.go"}`})
		if len(r.Drafts) != 2 {
			t.Fatalf("%s: %+v", c.decision, r)
		}
		e, call := r.Drafts[0].Event.(*schemas.CodeEvent), r.Drafts[1].Event.(*schemas.ChatEvent)
		if e.Kind != c.kind || e.DecidedBy != c.by || e.LinesAdded.Value != 5 || e.LinesRemoved.Value != 2 || e.Attributes["user_added_lines"] != "1" ||
			e.Attributes["user_removed_lines"] != "0" || e.Attributes["decision"] != c.decision || e.ClientVersion != "" || e.Language != "go" || r.Drafts[0].Path != "src/blue.go" {
			t.Errorf("%s: %+v", c.decision, e)
		}
		if call.Kind != schemas.ChatToolCalled || call.Tool != "replace" || call.Succeeded.Set != (c.decision != "reject") {
			t.Errorf("%s: %+v", c.decision, call)
		}
	}
}

func TestOtherTools(t *testing.T) {
	r := logs(t, "tool_call", attributes{"function_name": "run_shell_command", "decision": "reject", "success": false, "function_args": "{}"})
	if len(r.Drafts) != 2 || r.Drafts[0].Event.KindName() != "tool_decided" || r.Drafts[1].Event.(*schemas.ChatEvent).ErrorType != "rejected" {
		t.Errorf("%+v", r)
	}
	r = logs(t, "tool_call", attributes{"function_name": "read_file", "decision": nil, "success": false, "error.type": "file_not_found", "error": "no /src/blue.go"})
	if len(r.Drafts) != 1 {
		t.Fatalf("%+v", r)
	}
	if e := r.Drafts[0].Event.(*schemas.ChatEvent); e.Succeeded != schemas.Some(false) || e.ErrorType != "file_not_found" || e.DecidedBy != "" || r.Drafts[0].Payload.Text == "" {
		t.Errorf("%+v", e)
	}
}

func TestModel(t *testing.T) {
	r := logs(t, "api_response", attributes{"model": "gemini-9", "input_token_count": 7, "output_token_count": 8, "cached_content_token_count": 9, "duration_ms": 10, "status_code": 200})
	e := r.Drafts[0].Event.(*schemas.ChatEvent)
	if e.Kind != schemas.ChatModelCalled || e.PromptTokens.Value != 7 || e.CompletionTokens.Value != 8 || e.CacheReadTokens.Value != 9 || e.DurationMs.Value != 10 || e.Model != "gemini-9" {
		t.Errorf("%+v", e)
	}
	for _, status := range []any{503, "ABORTED"} {
		e := logs(t, "api_error", attributes{"status_code": status, "duration_ms": 3, "error": "zoe"}).Drafts[0].Event.(*schemas.ChatEvent)
		if e.Kind != schemas.ChatModelFailed || e.ErrorType == "" || e.Attributes["status_code"] == "" {
			t.Errorf("%v: %+v", status, e)
		}
	}
	if e := logs(t, "api_request", attributes{"model": "gemini-9", "request_text": "zoe"}).Drafts[0].Event.(*schemas.ChatEvent); e.Kind != schemas.ChatUnknown || e.Attributes["event"] != "api_request" {
		t.Errorf("the announcement counts as a call: %+v", e)
	}
}

func TestSession(t *testing.T) {
	if r := logs(t, "config", attributes{"model": "gemini-9", "approval_mode": "default", "mcp_servers": "zoe"}); r.Drafts[0].Event.KindName() != "session_started" {
		t.Errorf("%+v", r)
	}
	if e := logs(t, "file_operation", attributes{"tool_name": "replace", "operation": "update", "lines": 4, "programming_language": "C++"}).Drafts[0].Event.(*schemas.ChatEvent); e.Language != "cpp" || e.Lines.Value != 4 {
		t.Errorf("%+v", e)
	}
}

func TestDeadLetters(t *testing.T) {
	for reason, r := range map[string]intake.Result{
		"decision is none of the words known for it": logs(t, "tool_call", attributes{"function_name": "replace", "decision": "perhaps"}),
		"function_name is missing":                   logs(t, "tool_call", attributes{"decision": "accept"}),
		"metadata is not the JSON that it should be": logs(t, "tool_call", attributes{"function_name": "replace", "metadata": "{"}),
		"metadata has a negative count":              logs(t, "tool_call", attributes{"function_name": "replace", "decision": "accept", "metadata": `{"model_added_lines": -1}`}),
		"input_token_count is no number":             logs(t, "api_response", attributes{"input_token_count": "7"}), // this client's numbers come as such
		"success is neither true nor false":          logs(t, "tool_call", attributes{"function_name": "replace", "success": "true"}),
	} {
		if len(r.Drafts) > 0 || len(r.Rejected) != 1 || r.Rejected[0].Reason != reason || !r.Rejected[0].Dead {
			t.Errorf("%s: %+v", reason, r)
		}
	}
}

// The running total of a series comes again every ten seconds.
func TestCumulative(t *testing.T) {
	resource, point := attributes{"service.name": "gemini-cli"}, attributes{"session.id": "s", "type": "added", "function_name": "replace"}
	a := otlptest.Sum(t, geminicli.Client(), resource, "gemini_cli.lines.changed", 2, 4, point).Drafts[0].Event.(*schemas.CodeEvent)
	b := otlptest.Sum(t, geminicli.Client(), resource, "gemini_cli.lines.changed", 2, 9, point).Drafts[0].Event.(*schemas.CodeEvent)
	if a.EventID == b.EventID || a.Attributes["series"] != b.Attributes["series"] || !a.OccurredAt.Equal(b.OccurredAt) || a.Attributes["temporality"] != "cumulative" || a.Breakdown != "type=added,function_name=replace" {
		t.Errorf("%+v\n%+v", a, b)
	}
}
