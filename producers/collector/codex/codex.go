// Package codex maps Codex CLI's OpenTelemetry logs (openai/codex codex-rs/otel/src/events/session_telemetry.rs).
//
// Only attributes name the event and its time. Text and whole numbers mix within one record; arguments and output of tools
// always come, and are sealed. It is a table; how OTLP is read stands in package otlp.
package codex

import (
	"strconv"

	"github.com/assayhq/assay/producers/collector/otlp"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// Client returns the table.
func Client() *otlp.Client {
	return &otlp.Client{
		Source: "codex", Prefix: "codex.",
		Services: []string{"codex_cli_rs"},
		User:     []string{"user.email", "user.account_id"},
		Team:     []string{"team.id"},
		Session:  []string{"conversation.id"},
		Version:  []string{"app.version", "service.version"},
		Model:    []string{"model"},
		Content:  []string{"prompt", "arguments", "output", "error.message", "host.name", "mcp_servers", "mcp_server_origin"},
		Events: map[string]func(*otlp.Record){
			"conversation_starts": conversationStarts,
			"user_prompt":         userPrompt,
			"api_request":         apiRequest,
			"sse_event":           sseEvent,
			"tool_decision":       toolDecision,
			"tool_result":         toolResult,
		},
	}
}

// decisions are those of ReviewDecision.to_opaque_string in codex-rs/protocol; abort is a person who stops the turn at the question.
var decisions = map[string]schemas.CodeKind{
	"approved":                           schemas.CodeSuggestionAccepted,
	"approved_for_session":               schemas.CodeSuggestionAccepted,
	"approved_with_amendment":            schemas.CodeSuggestionAccepted,
	"approved_mcp_policy_amendment":      schemas.CodeSuggestionAccepted,
	"approved_with_network_policy_allow": schemas.CodeSuggestionAccepted,
	"denied":                             schemas.CodeSuggestionRejected,
	"denied_with_network_policy_deny":    schemas.CodeSuggestionRejected,
	"abort":                              schemas.CodeSuggestionRejected,
	"timed_out":                          schemas.CodeSuggestionRejected,
}

// deciders by source (ToolDecisionSource): an automated reviewer is a program, like a hook.
var deciders = map[string]schemas.DecidedBy{
	"user": schemas.DecidedByHuman, "User": schemas.DecidedByHuman, "config": schemas.DecidedByConfig, "Config": schemas.DecidedByConfig,
	"automated_reviewer": schemas.DecidedByHook, "AutomatedReviewer": schemas.DecidedByHook,
}

// editor is the tool that edits files.
const editor = "apply_patch"

func conversationStarts(r *otlp.Record) {
	e := r.Chat(schemas.ChatSessionStarted)
	e.Feature, e.Attributes = "agent", r.Words("approval_policy", "sandbox_policy", "reasoning_effort", "reasoning_summary", "context_window", "auth_mode")
}

func userPrompt(r *otlp.Record) {
	e := r.Chat(schemas.ChatPromptSent)
	e.Feature, e.Chars = "agent", r.Int32("prompt_length")
	r.Seal(schemas.Payload{Text: r.Content("prompt")})
}

// apiRequest is one attempt over HTTP. One that succeeds is followed by the stream's end, which counts.
func apiRequest(r *otlp.Record) {
	words := []string{"attempt", "http.response.status_code"}
	status := r.Int("http.response.status_code")
	if !r.Has("error.message") && status.Value < 400 {
		e := r.Note(words...)
		e.Feature, e.DurationMs = "agent", r.Millis("duration_ms")
		return
	}
	e := r.Chat(schemas.ChatModelFailed)
	e.Feature, e.Succeeded, e.DurationMs, e.Attributes = "agent", schemas.Some(false), r.Millis("duration_ms"), r.Words(words...)
	code := ""
	if status.Set {
		code = strconv.FormatInt(status.Value, 10)
	}
	e.ErrorType = otlp.ErrorClass("", code)
	r.Seal(schemas.Payload{Text: r.Content("error.message")})
}

// sseEvent is one event of a response's stream; the completed one has the tokens (tool_token_count is their total).
func sseEvent(r *otlp.Record) {
	kind := r.Word("event.kind")
	switch {
	case kind == "response.completed" && !r.Has("error.message"):
		e := r.Chat(schemas.ChatModelCalled)
		e.Feature, e.Succeeded = "agent", schemas.Some(true)
		e.PromptTokens, e.CompletionTokens, e.CacheReadTokens = r.Int("input_token_count"), r.Int("output_token_count"), r.Int("cached_token_count")
		e.DurationMs, e.Attributes = r.Millis("duration_ms"), r.Words("reasoning_token_count")
	case kind == "response.failed" || r.Has("error.message"):
		e := r.Chat(schemas.ChatModelFailed)
		e.Feature, e.Succeeded, e.DurationMs = "agent", schemas.Some(false), r.Millis("duration_ms")
		e.ErrorType = otlp.ErrorClass(kind, "")
		r.Seal(schemas.Payload{Text: r.Content("error.message")})
	default:
		e := r.Note("event.kind")
		e.Feature, e.DurationMs = "agent", r.Millis("duration_ms")
	}
}

func tool(r *otlp.Record) string {
	if !r.Has("tool_name") {
		r.Fail("tool_name is missing")
	}
	return r.Name("tool_name")
}

func toolDecision(r *otlp.Record) {
	tool := tool(r)
	kind, _ := otlp.OneOf(&r.Facts, "decision", true, decisions)
	by, ok := deciders[r.Text("source")]
	if !ok {
		by = schemas.DecidedByUnknown
	}
	if r.Text("decision") == "timed_out" {
		by = schemas.DecidedByTimeout
	}
	attributes, call := otlp.With(r.Words("decision", "source"), "tool", tool), terms.Hash(r.Text("call_id"))
	if tool == editor {
		e := r.Code(kind)
		e.Feature, e.SuggestionID, e.DecidedBy, e.Attributes = "agent_edit", call, by, attributes
		return
	}
	e := r.Chat(schemas.ChatToolDecided)
	e.Feature, e.Tool, e.SuggestionID, e.DecidedBy, e.Attributes = "agent", tool, call, by, attributes
}

func toolResult(r *otlp.Record) {
	e := r.Chat(schemas.ChatToolCalled)
	e.Feature, e.Tool, e.SuggestionID = "agent", tool(r), terms.Hash(r.Text("call_id"))
	e.Succeeded, e.DurationMs = r.Bool("success"), r.Millis("duration_ms")
	p := schemas.Payload{Prompt: r.Content("arguments"), Text: r.Content("output")}
	if e.Tool == editor {
		p.Code, p.Prompt = p.Prompt, ""
	}
	r.Seal(p)
}
