// Package claudecode maps Claude Code's OpenTelemetry logs and metrics (code.claude.com/docs/en/monitoring-usage).
//
// Numbers and booleans come as such or as text, differing by event and version. Prompts, commands and errors come only where
// the user switched them on, and only sealed content holds them. It is a table; how OTLP is read stands in package otlp.
package claudecode

import (
	"encoding/json"

	"github.com/assayhq/assay/producers/collector/otlp"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// Client returns the table.
func Client() *otlp.Client {
	return &otlp.Client{
		Source: "claude_code", Prefix: "claude_code.",
		Services: []string{"claude-code"},
		Scopes:   []string{"com.anthropic.claude_code.events", "com.anthropic.claude_code"},
		User:     []string{"user.email", "user.account_uuid", "user.account_id", "user.id"},
		Team:     []string{"team.id"},
		Session:  []string{"session.id"},
		Prompt:   []string{"prompt.id"},
		Version:  []string{"service.version", "app.version"},
		Model:    []string{"model"},
		Content:  []string{"prompt", "error", "tool_input", "tool_parameters", "organization.id", "command_name"},
		Events: map[string]func(*otlp.Record){
			"user_prompt":   userPrompt,
			"tool_decision": toolDecision,
			"tool_result":   toolResult,
			"api_request":   apiRequest,
			"api_error":     apiError,
		},
		Metrics: map[string][]string{
			"session.count":           {"start_type"},
			"lines_of_code.count":     {"type", "model"},
			"pull_request.count":      {},
			"commit.count":            {},
			"cost.usage":              {"model", "query_source", "effort", "speed"},
			"token.usage":             {"type", "model", "query_source", "effort", "speed"},
			"code_edit_tool.decision": {"tool_name", "decision", "source", "language"},
			"active_time.total":       {"type"},
		},
	}
}

// editors are the tools that edit files: decisions on their calls are decisions on suggestions.
var editors = map[string]bool{"Edit": true, "Write": true, "MultiEdit": true, "NotebookEdit": true}

var decisions = map[string]schemas.CodeKind{"accept": schemas.CodeSuggestionAccepted, "reject": schemas.CodeSuggestionRejected}

// deciders by source. user_permanent marks the click on "always" and all later calls that the rule lets through, so mostly the
// rule decided; user_abort is a person who interrupts at the question.
var deciders = map[string]schemas.DecidedBy{
	"config": schemas.DecidedByConfig, "hook": schemas.DecidedByHook, "user_permanent": schemas.DecidedByConfig,
	"user_temporary": schemas.DecidedByHuman, "user_reject": schemas.DecidedByHuman, "user_abort": schemas.DecidedByHuman,
}

func userPrompt(r *otlp.Record) {
	e := r.Chat(schemas.ChatPromptSent)
	e.Feature, e.Chars = "agent", r.Int32("prompt_length")
	e.Attributes = r.Words("command_source", "terminal.type")
	r.Seal(schemas.Payload{Text: r.Content("prompt")})
}

// tool is in tool_name, and in tool_result of 2025 in name.
func tool(r *otlp.Record) string {
	if !r.Has("tool_name") && !r.Has("name") {
		r.Fail("tool_name is missing")
	}
	return r.Name("tool_name", "name")
}

// decider leaves who decided open where the client names a source that is newer than this table.
func decider(r *otlp.Record, key string) schemas.DecidedBy {
	if by, ok := deciders[r.Text(key)]; ok {
		return by
	}
	return schemas.DecidedByUnknown
}

func toolDecision(r *otlp.Record) {
	tool := tool(r)
	kind, _ := otlp.OneOf(&r.Facts, "decision", true, decisions)
	by := decider(r, "source")
	attributes := otlp.With(r.Words("decision", "source"), "tool", tool)
	call := terms.Hash(r.Text("tool_use_id"))
	if editors[tool] {
		e := r.Code(kind)
		e.Feature, e.SuggestionID, e.DecidedBy, e.Attributes = "agent_edit", call, by, attributes
		e.Language = r.Language("language")
		return
	}
	e := r.Chat(schemas.ChatToolDecided)
	e.Feature, e.Tool, e.SuggestionID, e.DecidedBy, e.Attributes = "agent", tool, call, by, attributes
}

func toolResult(r *otlp.Record) {
	e := r.Chat(schemas.ChatToolCalled)
	e.Feature, e.Tool, e.SuggestionID = "agent", tool(r), terms.Hash(r.Text("tool_use_id"))
	e.Succeeded, e.DurationMs, e.ErrorType = r.Bool("success"), r.Millis("duration_ms"), r.Word("error_type")
	e.DecidedBy = decider(r, "decision_source")
	e.Attributes = r.Words("decision_type", "decision_source", "tool_input_size_bytes", "tool_result_size_bytes")
	if decisions[r.Text("decision_type")] == schemas.CodeSuggestionRejected {
		e.Succeeded, e.ErrorType = schemas.Opt[bool]{}, "rejected" // it never ran
	}
	input := r.Content("tool_input")
	path := pathIn(input)
	r.Seal(schemas.Payload{Code: input, Prompt: r.Content("tool_parameters"), Text: r.Content("error"), Path: path})
	r.Path(path)
}

// pathIn returns the file that the input of a tool that edits or reads files names.
func pathIn(input string) string {
	var named struct {
		FilePath     string `json:"file_path"`
		NotebookPath string `json:"notebook_path"`
	}
	if json.Unmarshal([]byte(input), &named) != nil { // cut by the client, or of another tool
		return ""
	}
	if named.FilePath == "" {
		return named.NotebookPath
	}
	return named.FilePath
}

func apiRequest(r *otlp.Record) {
	e := r.Chat(schemas.ChatModelCalled)
	e.Feature, e.Succeeded = "agent", schemas.Some(true)
	e.PromptTokens, e.CompletionTokens = r.Int("input_tokens"), r.Int("output_tokens")
	e.CacheReadTokens, e.CacheCreationTokens = r.Int("cache_read_tokens"), r.Int("cache_creation_tokens")
	e.CostUSD, e.DurationMs = r.Number("cost_usd"), r.Millis("duration_ms")
	e.Attributes = r.Words("speed", "query_source", "effort")
}

func apiError(r *otlp.Record) {
	e := r.Chat(schemas.ChatModelFailed)
	e.Feature, e.Succeeded, e.DurationMs = "agent", schemas.Some(false), r.Millis("duration_ms")
	e.ErrorType = otlp.ErrorClass(r.Word("error_type"), r.Word("status_code"))
	e.Attributes = r.Words("status_code", "attempt", "speed", "query_source")
	r.Seal(schemas.Payload{Text: r.Content("error")})
}
