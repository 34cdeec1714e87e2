// Package copilotchat maps GitHub Copilot Chat's OpenTelemetry logs and metrics (microsoft/vscode-copilot-chat
// src/platform/otel/common/genAiEvents.ts and genAiMetrics.ts).
//
// Nobody is named, unless an administrator sets resource attributes. The resource's session.id is a window of VS Code. Empty
// strings stand for unknown. It is a table; how OTLP is read stands in package otlp.
package copilotchat

import (
	"math"

	"github.com/assayhq/assay/producers/collector/otlp"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// Client returns the table.
func Client() *otlp.Client {
	return &otlp.Client{
		Source: "copilot_chat", Prefix: "copilot_chat.", Typed: true,
		Services: []string{"copilot-chat"},
		Scopes:   []string{"copilot-chat"},
		User:     []string{"user.email", "user.id", "enduser.id", "user.name"},
		Team:     []string{"team.id"},
		Version:  []string{"service.version"},
		Session:  []string{"session.id"},
		Model:    []string{"gen_ai.response.model", "gen_ai.request.model"},
		Content:  []string{"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"},
		Events: map[string]func(*otlp.Record){
			"edit.survival":    editSurvival,
			"edit.hunk.action": hunkAction,
			"inline.done":      inlineDone,
			"edit.feedback":    editFeedback,
			"user.feedback":    userFeedback,
			"session.start":    sessionStart,
			"tool.call":        toolCall,
			"agent.turn":       agentTurn,
			"gen_ai.client.inference.operation.details": inference,
		},
		Metrics: map[string][]string{
			"edit.acceptance.count":            {"copilot_chat.edit.source", "copilot_chat.edit.outcome", "copilot_chat.language_id"},
			"edit.survival.four_gram":          {"copilot_chat.edit.source", "copilot_chat.time_delay_ms"},
			"edit.survival.no_revert":          {"copilot_chat.edit.source", "copilot_chat.time_delay_ms"},
			"lines_of_code.count":              {"type", "copilot_chat.language_id"},
			"user.feedback.count":              {"rating"},
			"user.action.count":                {"action"},
			"session.count":                    {},
			"tool.call.count":                  {"gen_ai.tool.name", "success"},
			"tool.call.duration":               {"gen_ai.tool.name"},
			"agent.invocation.duration":        {"gen_ai.agent.name"},
			"agent.turn.count":                 {"gen_ai.agent.name"},
			"time_to_first_token":              {"gen_ai.request.model"},
			"gen_ai.client.token.usage":        {"gen_ai.token.type", "gen_ai.request.model"},
			"gen_ai.client.operation.duration": {"gen_ai.operation.name", "gen_ai.request.model"},
		},
	}
}

var outcomes = map[string]schemas.CodeKind{"accepted": schemas.CodeSuggestionAccepted, "rejected": schemas.CodeSuggestionRejected}

// decided adds a person's decision on an edit. A reply's edits have its id in common: it is their suggestion, and keeps their
// decisions and survival in order.
func decided(r *otlp.Record, kind schemas.CodeKind, feature string) *schemas.CodeEvent {
	e := r.Code(kind)
	reply(r, e)
	e.Feature, e.DecidedBy, e.Language = feature, schemas.DecidedByHuman, r.Language("language_id")
	return e
}

func reply(r *otlp.Record, e *schemas.CodeEvent) {
	if id := terms.Hash(r.Text("request_id")); id != "" {
		e.FileID, e.SuggestionID = id, id
	}
}

func hunkAction(r *otlp.Record) {
	kind, _ := otlp.OneOf(&r.Facts, "outcome", true, outcomes)
	e := decided(r, kind, "chat_edit")
	e.Lines, e.LinesAdded, e.LinesRemoved = r.Int32("line_count"), r.Int32("lines_added"), r.Int32("lines_removed")
	e.Attributes = otlp.With(nil, "level", "hunk")
}

func editFeedback(r *otlp.Record) {
	kind, _ := otlp.OneOf(&r.Facts, "outcome", true, outcomes)
	feature := "chat_edit"
	if r.Text("edit_surface") == "agent" {
		feature = "agent_edit"
	}
	e := decided(r, kind, feature)
	e.Attributes = otlp.With(r.Words("participant", "edit_surface", "has_remaining_edits", "is_notebook"), "level", "file")
}

func inlineDone(r *otlp.Record) {
	accepted := r.Bool("accepted")
	if !accepted.Set {
		r.Fail("accepted is missing")
	}
	kind := schemas.CodeSuggestionRejected
	if accepted.Value {
		kind = schemas.CodeSuggestionAccepted
	}
	e := decided(r, kind, "inline_chat")
	e.Lines, e.Attributes = r.Int32("edit_line_count"), r.Words("reply_type", "edit_count", "is_notebook")
}

// editSurvival is one look at an accepted edit: 1 is all kept. After a switch of the branch the text says nothing about it.
func editSurvival(r *otlp.Record) {
	delay := r.Millis("time_delay_ms")
	if !delay.Set {
		r.Fail("time_delay_ms is missing")
	}
	switched := r.Bool("did_branch_change").Value
	for _, measure := range [...]struct{ method, key string }{{"four_gram", "survival_rate_four_gram"}, {"no_revert", "survival_rate_no_revert"}} {
		rate := r.Fraction(measure.key)
		if !rate.Set {
			continue
		}
		e := r.Code(schemas.CodeSurvivalObserved)
		reply(r, e)
		e.Feature, e.Reported, e.SurvivalMethod, e.Survival = "chat_edit", true, measure.method, rate
		e.CheckpointS = schemas.Some(int32(min(delay.Value/1000, math.MaxInt32)))
		e.Attributes = r.Words("edit_source")
		if switched {
			e.Survival, e.CensorReason = schemas.Opt[float64]{}, "branch_switched"
		}
	}
	if !r.Has("survival_rate_four_gram") && !r.Has("survival_rate_no_revert") {
		r.Fail("neither survival_rate_four_gram nor survival_rate_no_revert is there")
	}
}

// inConversation moves an event from the window to the conversation, where the record knows it.
func inConversation(r *otlp.Record, e *schemas.ChatEvent, keys ...string) {
	for _, key := range keys {
		if id := terms.ID(r.Own(key)); id != "" {
			e.ConversationID = id
			return
		}
	}
}

func userFeedback(r *otlp.Record) {
	rating, _ := otlp.OneOf(&r.Facts, "rating", true, map[string]schemas.Rating{"positive": schemas.RatingUp, "negative": schemas.RatingDown})
	e := r.Chat(schemas.ChatReplyRated)
	inConversation(r, e, "conversation_id")
	e.Feature, e.Rating, e.DecidedBy, e.MessageID = "chat", rating, schemas.DecidedByHuman, terms.Hash(r.Text("request_id"))
	e.Attributes = r.Words("participant")
}

func sessionStart(r *otlp.Record) {
	e := r.Chat(schemas.ChatSessionStarted)
	e.SessionID = terms.ID(r.OfResource("session.id")) // the record's session.id is the chat's
	inConversation(r, e, "session.id", "gen_ai.conversation.id")
	e.Feature, e.Attributes = "chat", r.Words("gen_ai.agent.name")
}

func toolCall(r *otlp.Record) {
	if !r.Has("gen_ai.tool.name") {
		r.Fail("gen_ai.tool.name is missing")
	}
	e := r.Chat(schemas.ChatToolCalled)
	inConversation(r, e, "gen_ai.conversation.id")
	e.Feature, e.Tool, e.Succeeded, e.DurationMs, e.ErrorType = "agent", r.Name("gen_ai.tool.name"), r.Bool("success"), r.Millis("duration_ms"), r.Word("error.type")
}

// agentTurn repeats the tokens of the turn's inference, which counts.
func agentTurn(r *otlp.Record) {
	e := r.Note("tool_call_count")
	inConversation(r, e, "gen_ai.conversation.id")
	e.Feature, e.Turn = "agent", r.Int32("turn.index")
}

// inference is OpenTelemetry's own event (GenAI semantic conventions).
func inference(r *otlp.Record) {
	failure := r.Word("error.type")
	kind := schemas.ChatModelCalled
	if failure != "" {
		kind = schemas.ChatModelFailed
	}
	e := r.Chat(kind)
	inConversation(r, e, "gen_ai.conversation.id")
	e.Feature, e.Succeeded, e.ErrorType, e.MessageID = "chat", schemas.Some(failure == ""), failure, terms.Hash(r.Text("gen_ai.response.id"))
	e.PromptTokens, e.CompletionTokens = r.Int("gen_ai.usage.input_tokens"), r.Int("gen_ai.usage.output_tokens")
	e.Attributes = r.Words("gen_ai.operation.name")
	r.Seal(schemas.Payload{Prompt: r.Content("gen_ai.input.messages"), Text: r.Content("gen_ai.output.messages")})
}
