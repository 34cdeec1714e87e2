package codex_test

import (
	"maps"
	"testing"

	"github.com/assayhq/assay/producers/collector/codex"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp/otlptest"
	"github.com/assayhq/assay/schemas"
)

type attributes = otlptest.Attributes

func logs(t testing.TB, event string, more attributes) intake.Result {
	r := attributes{"event.name": "codex." + event, "conversation.id": "11111111-2222-4333-8444-555555555555", "user.email": "zoe@example.org",
		"app.version": "0.99.0", "model": "gpt-9-codex", "host.name": "zoes-laptop"}
	maps.Copy(r, more)
	return otlptest.Logs(t, codex.Client(), attributes{"service.name": "codex_vscode", "host.name": "zoes-laptop"}, r) // found by the event's name
}

func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		tool, decision, source string
		kind                   string
		by                     schemas.DecidedBy
	}{
		{"apply_patch", "approved", "user", "suggestion_accepted", schemas.DecidedByHuman},
		{"apply_patch", "approved_for_session", "user", "suggestion_accepted", schemas.DecidedByHuman},
		{"apply_patch", "approved", "config", "suggestion_accepted", schemas.DecidedByConfig},
		{"apply_patch", "approved", "automated_reviewer", "suggestion_accepted", schemas.DecidedByHook},
		{"apply_patch", "denied", "user", "suggestion_rejected", schemas.DecidedByHuman},
		{"apply_patch", "abort", "user", "suggestion_rejected", schemas.DecidedByHuman},
		{"apply_patch", "timed_out", "user", "suggestion_rejected", schemas.DecidedByTimeout},
		{"apply_patch", "approved", "oracle", "suggestion_accepted", schemas.DecidedByUnknown},
		{"shell", "approved_with_amendment", "user", "tool_decided", schemas.DecidedByHuman},
	} {
		r := logs(t, "tool_decision", attributes{"tool_name": c.tool, "decision": c.decision, "source": c.source, "call_id": "call_1"})
		if len(r.Drafts) != 1 || r.Drafts[0].Event.KindName() != c.kind {
			t.Errorf("%v: %+v", c, r)
			continue
		}
		by := schemas.DecidedByUnknown
		switch e := r.Drafts[0].Event.(type) {
		case *schemas.CodeEvent:
			by = e.DecidedBy
		case *schemas.ChatEvent:
			by = e.DecidedBy
		}
		if by != c.by {
			t.Errorf("%v: by %s", c, by)
		}
	}
	if r := logs(t, "tool_decision", attributes{"tool_name": "shell", "decision": "perhaps"}); len(r.Rejected) != 1 || !r.Rejected[0].Dead {
		t.Errorf("%+v", r)
	}
}

// The tokens of a response are in its last event, as text and as numbers.
func TestStream(t *testing.T) {
	e := logs(t, "sse_event", attributes{"event.kind": "response.completed", "input_token_count": "100", "cached_token_count": 60, "output_token_count": "7", "tool_token_count": "107"}).Drafts[0].Event.(*schemas.ChatEvent)
	if e.Kind != schemas.ChatModelCalled || e.PromptTokens.Value != 100 || e.CacheReadTokens.Value != 60 || e.CompletionTokens.Value != 7 || e.Model != "gpt-9-codex" || e.ClientVersion != "0.99.0" {
		t.Errorf("%+v", e)
	}
	for kind, more := range map[string]attributes{
		"model_failed": {"event.kind": "response.failed", "error.message": "zoe"},
		"unknown":      {"event.kind": "response.output_text.delta", "duration_ms": "4"},
	} {
		if r := logs(t, "sse_event", more); len(r.Drafts) != 1 || r.Drafts[0].Event.KindName() != kind {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	if r := logs(t, "sse_event", attributes{"event.kind": "response.completed", "input_token_count": "8k"}); len(r.Rejected) != 1 {
		t.Errorf("%+v", r)
	}
}

// One call is one event: the HTTP request that opens its stream counts only where it fails.
func TestAPIRequest(t *testing.T) {
	for kind, more := range map[string]attributes{
		"unknown":      {"http.response.status_code": "200", "duration_ms": "5", "attempt": "0"},
		"model_failed": {"http.response.status_code": 429, "duration_ms": "5"},
	} {
		if r := logs(t, "api_request", more); len(r.Drafts) != 1 || r.Drafts[0].Event.KindName() != kind {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	r := logs(t, "api_request", attributes{"error.message": "reset by zoe"})
	if e := r.Drafts[0].Event.(*schemas.ChatEvent); e.Kind != schemas.ChatModelFailed || r.Drafts[0].Payload.Text == "" {
		t.Errorf("%+v", e)
	}
}

func TestToolResult(t *testing.T) {
	r := logs(t, "tool_result", attributes{"tool_name": "apply_patch", "success": "true", "duration_ms": "5", "arguments": "*** Begin Patch", "output": "done", "mcp_server": ""})
	e, p := r.Drafts[0].Event.(*schemas.ChatEvent), r.Drafts[0].Payload
	if e.Kind != schemas.ChatToolCalled || e.Succeeded != schemas.Some(true) || e.DurationMs.Value != 5 || p.Code != "*** Begin Patch" || p.Text != "done" {
		t.Errorf("%+v %+v", e, p)
	}
}

func TestPromptAndStart(t *testing.T) {
	r := logs(t, "user_prompt", attributes{"prompt": "[REDACTED]", "prompt_length": "10"})
	if e := r.Drafts[0].Event.(*schemas.ChatEvent); e.Chars.Value != 10 || r.Drafts[0].Payload != nil || r.Drafts[0].User != "zoe@example.org" {
		t.Errorf("%+v", r.Drafts[0])
	}
	if r := logs(t, "conversation_starts", attributes{"approval_policy": "on-request", "mcp_servers": "zoe"}); r.Drafts[0].Event.KindName() != "session_started" {
		t.Errorf("%+v", r)
	}
}
