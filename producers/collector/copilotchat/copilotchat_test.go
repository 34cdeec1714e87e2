package copilotchat_test

import (
	"maps"
	"testing"

	"github.com/assayhq/assay/producers/collector/copilotchat"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp/otlptest"
	"github.com/assayhq/assay/schemas"
)

type attributes = otlptest.Attributes

const (
	window  = "11111111-2222-4333-8444-555555555555"
	request = "22222222-2222-4333-8444-555555555555"
)

func logs(t testing.TB, event string, more attributes) intake.Result {
	r := attributes{"event.name": event}
	maps.Copy(r, more)
	return otlptest.Logs(t, copilotchat.Client(), attributes{"service.name": "copilot-chat", "service.version": "0.50.0", "session.id": window, "team.id": "red"}, r)
}

// Each look at an edit has two measures; 1 is all kept.
func TestSurvival(t *testing.T) {
	look := attributes{"edit_source": "apply_patch", "survival_rate_four_gram": 0.75, "survival_rate_no_revert": 1, "time_delay_ms": 600000, "did_branch_change": false, "request_id": request}
	r := logs(t, "copilot_chat.edit.survival", look)
	if len(r.Drafts) != 2 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []struct {
		method string
		rate   float64
	}{{"four_gram", 0.75}, {"no_revert", 1}} {
		e := r.Drafts[i].Event.(*schemas.CodeEvent)
		if e.Kind != schemas.CodeSurvivalObserved || e.SurvivalMethod != want.method || e.Survival.Value != want.rate || e.CheckpointS.Value != 600 || !e.Reported ||
			e.SuggestionID == "" || e.FileID != e.SuggestionID || e.CensorReason != "" {
			t.Errorf("%+v", e)
		}
	}
	look["did_branch_change"] = true
	if e := logs(t, "copilot_chat.edit.survival", look).Drafts[0].Event.(*schemas.CodeEvent); e.Survival.Set || e.CensorReason != "branch_switched" || e.CheckpointS.Value != 600 {
		t.Errorf("after a switch of the branch: %+v", e)
	}
}

func TestDecisions(t *testing.T) {
	r := logs(t, "copilot_chat.edit.hunk.action", attributes{"outcome": "accepted", "language_id": "go", "line_count": 12, "lines_added": 9, "lines_removed": 3, "request_id": request})
	survival := logs(t, "copilot_chat.edit.survival", attributes{"survival_rate_four_gram": 1, "time_delay_ms": 0, "request_id": request})
	e := r.Drafts[0].Event.(*schemas.CodeEvent)
	if e.Kind != schemas.CodeSuggestionAccepted || e.DecidedBy != schemas.DecidedByHuman || e.Lines.Value != 12 || e.LinesAdded.Value != 9 || e.LinesRemoved.Value != 3 || e.Language != "go" ||
		e.SuggestionID != survival.Drafts[0].Event.(*schemas.CodeEvent).SuggestionID || e.SessionID != window || r.Drafts[0].Team != "red" {
		t.Errorf("%+v", e)
	}
	for accepted, kind := range map[bool]string{true: "suggestion_accepted", false: "suggestion_rejected"} {
		r := logs(t, "copilot_chat.inline.done", attributes{"accepted": accepted, "language_id": "", "edit_line_count": 5, "reply_type": "inlineEdit"})
		if e := r.Drafts[0].Event.(*schemas.CodeEvent); e.KindName() != kind || e.FileID != window || e.SuggestionID != "" || e.Language != "" {
			t.Errorf("%+v", e)
		}
	}
	if e := logs(t, "copilot_chat.edit.feedback", attributes{"outcome": "rejected", "edit_surface": "agent"}).Drafts[0].Event.(*schemas.CodeEvent); e.Kind != schemas.CodeSuggestionRejected || e.Feature != "agent_edit" {
		t.Errorf("%+v", e)
	}
}

func TestConversations(t *testing.T) {
	for id, want := range map[string]string{request: request, "": window} {
		e := logs(t, "copilot_chat.user.feedback", attributes{"rating": "negative", "conversation_id": id, "request_id": ""}).Drafts[0].Event.(*schemas.ChatEvent)
		if e.Kind != schemas.ChatReplyRated || e.Rating != schemas.RatingDown || e.ConversationID != want || e.SessionID != window || e.MessageID != "" {
			t.Errorf("%q: %+v", id, e)
		}
	}
	e := logs(t, "copilot_chat.session.start", attributes{"session.id": request, "gen_ai.request.model": "gpt-9"}).Drafts[0].Event.(*schemas.ChatEvent)
	if e.Kind != schemas.ChatSessionStarted || e.ConversationID != request || e.SessionID != window || e.Model != "gpt-9" {
		t.Errorf("%+v", e)
	}
	e = logs(t, "copilot_chat.tool.call", attributes{"gen_ai.tool.name": "readFile", "success": false, "duration_ms": 4, "error.type": "TimeoutError"}).Drafts[0].Event.(*schemas.ChatEvent)
	if e.Kind != schemas.ChatToolCalled || e.Tool != "readFile" || e.Succeeded != schemas.Some(false) || e.ErrorType != "TimeoutError" {
		t.Errorf("%+v", e)
	}
}

// A turn repeats its inference's tokens.
func TestTokensOnce(t *testing.T) {
	e := logs(t, "copilot_chat.agent.turn", attributes{"turn.index": 2, "gen_ai.usage.input_tokens": 500, "tool_call_count": 1}).Drafts[0].Event.(*schemas.ChatEvent)
	if e.Kind != schemas.ChatUnknown || e.PromptTokens.Set || e.Turn.Value != 2 {
		t.Errorf("%+v", e)
	}
	r := logs(t, "gen_ai.client.inference.operation.details", attributes{"gen_ai.request.model": "gpt-9", "gen_ai.response.model": "gpt-9-2026",
		"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 20, "gen_ai.input.messages": "[]", "gen_ai.output.messages": "hi"})
	if p := r.Drafts[0].Payload; p == nil || p.Prompt != "[]" || p.Text != "hi" {
		t.Errorf("%+v", p)
	}
	e = r.Drafts[0].Event.(*schemas.ChatEvent)
	if e.Kind != schemas.ChatModelCalled || e.PromptTokens.Value != 500 || e.CompletionTokens.Value != 20 || e.Model != "gpt-9-2026" {
		t.Errorf("%+v", e)
	}
}

func TestDeadLetters(t *testing.T) {
	for reason, r := range map[string]intake.Result{
		"survival_rate_four_gram is above 1":                                   logs(t, "copilot_chat.edit.survival", attributes{"survival_rate_four_gram": 1.5, "time_delay_ms": 0}),
		"survival_rate_four_gram is no number":                                 logs(t, "copilot_chat.edit.survival", attributes{"survival_rate_four_gram": "0.5", "time_delay_ms": 0}),
		"time_delay_ms is missing":                                             logs(t, "copilot_chat.edit.survival", attributes{"survival_rate_four_gram": 0.5}),
		"accepted is neither true nor false":                                   logs(t, "copilot_chat.inline.done", attributes{"accepted": "true"}),
		"accepted is missing":                                                  logs(t, "copilot_chat.inline.done", nil),
		"outcome is none of the words known for it":                            logs(t, "copilot_chat.edit.hunk.action", attributes{"outcome": "saved"}),
		"rating is missing":                                                    logs(t, "copilot_chat.user.feedback", nil),
		"neither survival_rate_four_gram nor survival_rate_no_revert is there": logs(t, "copilot_chat.edit.survival", attributes{"time_delay_ms": 0}),
	} {
		if len(r.Drafts) > 0 || len(r.Rejected) != 1 || r.Rejected[0].Reason != reason || !r.Rejected[0].Dead {
			t.Errorf("%s: %+v", reason, r)
		}
	}
}
