// Package geminicli maps Gemini CLI's OpenTelemetry logs and metrics (google-gemini/gemini-cli docs/cli/telemetry.md and
// packages/core/src/telemetry/types.ts).
//
// One tool_call record holds the decision and the result; its lines are of the model's proposal and of the user's changes to
// it. service.version is Node's, so the client's version is unknown. It is a table; how OTLP is read stands in package otlp.
package geminicli

import (
	"encoding/json"
	"strconv"

	"github.com/assayhq/assay/producers/collector/otlp"
	"github.com/assayhq/assay/schemas"
)

// Client returns the table.
func Client() *otlp.Client {
	return &otlp.Client{
		Source: "gemini_cli", Prefix: "gemini_cli.", Typed: true,
		Services: []string{"gemini-cli"},
		Scopes:   []string{"gemini-cli"},
		User:     []string{"user.email", "installation.id"},
		Team:     []string{"team.id"},
		Session:  []string{"session.id"},
		Prompt:   []string{"prompt_id"},
		Model:    []string{"model", "model_name"},
		Content:  []string{"prompt", "error", "error.message", "function_args", "request_text", "response_text"},
		Events: map[string]func(*otlp.Record){
			"config":         config,
			"user_prompt":    userPrompt,
			"tool_call":      toolCall,
			"file_operation": fileOperation,
			"api_request":    apiRequest,
			"api_response":   apiResponse,
			"api_error":      apiError,
		},
		Metrics: map[string][]string{
			"session.count":        {},
			"tool.call.count":      {"function_name", "success", "decision", "tool_type"},
			"tool.call.latency":    {"function_name"},
			"api.request.count":    {"model", "status_code", "error_type"},
			"api.request.latency":  {"model"},
			"token.usage":          {"type", "model"},
			"lines.changed":        {"type", "function_name"},
			"file.operation.count": {"operation", "programming_language"},
		},
	}
}

// editors are the tools that edit files: decisions on their calls are decisions on suggestions.
var editors = map[string]bool{"replace": true, "write_file": true}

// decision says what it was and who made it. "always" was said about an earlier call; what a person edited before it ran was
// accepted.
type decision struct {
	kind schemas.CodeKind
	by   schemas.DecidedBy
}

var decisions = map[string]decision{
	"accept":      {schemas.CodeSuggestionAccepted, schemas.DecidedByHuman},
	"modify":      {schemas.CodeSuggestionAccepted, schemas.DecidedByHuman},
	"auto_accept": {schemas.CodeSuggestionAccepted, schemas.DecidedByConfig},
	"reject":      {schemas.CodeSuggestionRejected, schemas.DecidedByHuman},
}

func config(r *otlp.Record) {
	e := r.Chat(schemas.ChatSessionStarted)
	e.Feature, e.Attributes = "agent", r.Words("approval_mode", "sandbox_enabled", "output_format", "interactive")
}

func userPrompt(r *otlp.Record) {
	e := r.Chat(schemas.ChatPromptSent)
	e.Feature, e.Chars = "agent", r.Int32("prompt_length")
	r.Seal(schemas.Payload{Text: r.Content("prompt")})
}

// diff is metadata's statistics (DiffStat in packages/core/src/tools/tools.ts).
type diff struct {
	ModelAdded   *int32 `json:"model_added_lines"`
	ModelRemoved *int32 `json:"model_removed_lines"`
	UserAdded    *int32 `json:"user_added_lines"`
	UserRemoved  *int32 `json:"user_removed_lines"`
	ModelChars   *int32 `json:"model_added_chars"`
}

func toolCall(r *otlp.Record) {
	if !r.Has("function_name") {
		r.Fail("function_name is missing")
	}
	tool := r.Name("function_name")
	decided, was := otlp.OneOf(&r.Facts, "decision", false, decisions)
	var d diff
	if metadata := r.Text("metadata"); metadata != "" && json.Unmarshal([]byte(metadata), &d) != nil {
		r.Fail("metadata is not the JSON that it should be")
	}
	path := pathIn(r.Content("function_args"))
	if was {
		decision := otlp.With(r.Words("decision", "tool_type"), "tool", tool)
		if editors[tool] {
			e := r.Code(decided.kind)
			e.Feature, e.DecidedBy, e.Attributes = "agent_edit", decided.by, decision
			e.LinesAdded, e.LinesRemoved, e.Chars = lines(r, d.ModelAdded), lines(r, d.ModelRemoved), lines(r, d.ModelChars)
			e.Attributes = otlp.With(e.Attributes, "user_added_lines", word(r, d.UserAdded))
			e.Attributes = otlp.With(e.Attributes, "user_removed_lines", word(r, d.UserRemoved))
			r.Seal(schemas.Payload{Code: r.Content("function_args"), Path: path})
			r.Path(path)
		} else {
			e := r.Chat(schemas.ChatToolDecided)
			e.Feature, e.Tool, e.DecidedBy, e.Attributes = "agent", tool, decided.by, decision
		}
	}
	e := r.Chat(schemas.ChatToolCalled)
	e.Feature, e.Tool, e.DecidedBy = "agent", tool, decided.by
	e.Succeeded, e.DurationMs, e.ErrorType = r.Bool("success"), r.Millis("duration_ms"), r.Word("error.type", "error_type")
	e.Attributes = r.Words("decision", "tool_type")
	if decided.kind == schemas.CodeSuggestionRejected {
		e.Succeeded, e.ErrorType = schemas.Opt[bool]{}, "rejected" // it never ran
	}
	r.Seal(schemas.Payload{Prompt: r.Content("function_args"), Text: r.Content("error.message", "error"), Path: path})
	r.Path(path)
}

func lines(r *otlp.Record, n *int32) schemas.Opt[int32] {
	if n == nil {
		return schemas.Opt[int32]{}
	}
	if *n < 0 {
		r.Fail("metadata has a negative count")
	}
	return schemas.Some(*n)
}

func word(r *otlp.Record, n *int32) string {
	if v := lines(r, n); v.Set {
		return strconv.Itoa(int(v.Value))
	}
	return ""
}

// pathIn returns the file that a tool's arguments name.
func pathIn(args string) string {
	var named struct {
		FilePath     string `json:"file_path"`
		AbsolutePath string `json:"absolute_path"`
	}
	if json.Unmarshal([]byte(args), &named) != nil { // of another tool
		return ""
	}
	if named.FilePath == "" {
		return named.AbsolutePath
	}
	return named.FilePath
}

// fileOperation is a part of what tool_call says.
func fileOperation(r *otlp.Record) {
	e := r.Note("operation", "lines")
	e.Feature, e.Tool, e.Language = "agent", r.Name("tool_name"), r.Language("programming_language")
	e.Lines = r.Int32("lines")
}

// apiRequest announces an api_response or api_error, which count.
func apiRequest(r *otlp.Record) {
	r.Note("role").Feature = "agent"
	r.Seal(schemas.Payload{Prompt: r.Content("request_text")})
}

func apiResponse(r *otlp.Record) {
	e := r.Chat(schemas.ChatModelCalled)
	e.Feature, e.Succeeded = "agent", schemas.Some(true)
	e.PromptTokens, e.CompletionTokens = r.Int("input_token_count"), r.Int("output_token_count")
	e.CacheReadTokens, e.DurationMs = r.Int("cached_content_token_count"), r.Millis("duration_ms")
	e.Attributes = r.Words("status_code", "role", "thoughts_token_count", "tool_token_count", "total_token_count")
	r.Seal(schemas.Payload{Text: r.Content("response_text")})
}

func apiError(r *otlp.Record) {
	e := r.Chat(schemas.ChatModelFailed)
	e.Feature, e.Succeeded, e.DurationMs = "agent", schemas.Some(false), r.Millis("duration_ms")
	status := r.Word("status_code", "http.status_code")
	e.ErrorType = otlp.ErrorClass(r.Word("error.type", "error_type"), status)
	e.Attributes = otlp.With(nil, "status_code", status)
	r.Seal(schemas.Payload{Text: r.Content("error.message", "error")})
}
