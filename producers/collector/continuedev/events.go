package continuedev

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// event is one row of the table.
type event struct {
	versions []string // of the schema, in which it is known
	build    func(*builder)
}

var events = map[string]event{
	"autocomplete":        {[]string{"0.1.0", "0.2.0"}, (*builder).autocomplete},
	"chatFeedback":        {[]string{"0.1.0", "0.2.0"}, (*builder).chatFeedback},
	"tokensGenerated":     {[]string{"0.1.0", "0.2.0"}, (*builder).tokensGenerated},
	"quickEdit":           {[]string{"0.1.0"}, (*builder).quickEdit},
	"chatInteraction":     {[]string{"0.2.0"}, (*builder).chatInteraction},
	"editInteraction":     {[]string{"0.2.0"}, (*builder).editInteraction},
	"editOutcome":         {[]string{"0.2.0"}, (*builder).editOutcome},
	"nextEditOutcome":     {[]string{"0.2.0"}, (*builder).nextEditOutcome},
	"nextEditWithHistory": {[]string{"0.2.0"}, (*builder).nextEditWithHistory},
	"toolUsage":           {[]string{"0.2.0"}, (*builder).toolUsage},
}

// editors are the tools that edit files: decisions on their calls are decisions on suggestions.
var editors = map[string]bool{
	"builtin_edit_existing_file": true, "builtin_create_new_file": true, "builtin_single_find_and_replace": true, "builtin_multi_edit": true,
}

// autocomplete's rejections are by timeout. Without accepted it is neither, and whether it was shown is unknown.
func (b *builder) autocomplete() {
	e := b.completion("inline_completion", b.Time)
	switch {
	case b.Accepted == nil:
	case *b.Accepted:
		b.accept(e)
	default:
		e.Kind, e.DecidedBy = schemas.CodeSuggestionRejected, schemas.DecidedByTimeout
	}
}

// nextEditOutcome is rejected by a key or by timeout, which it doesn't tell.
func (b *builder) nextEditOutcome() {
	e := b.completion("next_edit", b.Elapsed)
	switch {
	case b.Aborted != nil && *b.Aborted:
		e.Attributes["aborted"] = "true"
	case b.Accepted == nil:
	case *b.Accepted:
		b.accept(e)
	default:
		e.Kind = schemas.CodeSuggestionRejected
	}
}

// completion is what both kinds of completions have in common.
func (b *builder) completion(feature string, ms *float64) *schemas.CodeEvent {
	if b.CompletionID == "" {
		b.fail("completionId is missing")
	}
	e := b.code(schemas.CodeUnknown, feature, schemas.Payload{Code: b.Completion, Prompt: b.Prompt})
	e.Chars, e.Lines = measure(b.Completion)
	if b.CacheHit != nil {
		e.Attributes["cache_hit"] = strconv.FormatBool(*b.CacheHit)
	}
	if b.CacheHit == nil || !*b.CacheHit { // else the time of the look-up
		e.LatencyMs = b.millis("time", ms)
	}
	return e
}

func (b *builder) accept(e *schemas.CodeEvent) {
	e.Kind, e.DecidedBy, e.AcceptedChars, e.AcceptedLines = schemas.CodeSuggestionAccepted, schemas.DecidedByHuman, e.Chars, e.Lines
}

func (b *builder) millis(name string, ms *float64) schemas.Opt[int64] {
	switch {
	case ms == nil:
		return schemas.Opt[int64]{}
	case *ms < 0 || *ms > 1<<53:
		b.fail(name + " is no duration")
	}
	return schemas.Some(int64(math.Round(*ms)))
}

func (b *builder) editInteraction() {
	e := b.code(schemas.CodeSuggestionShown, "chat_edit", schemas.Payload{Code: b.Completion, Prompt: b.Prompt})
	e.Chars, e.Lines = measure(b.Completion)
}

// quickEdit's label names the file, and is left out.
func (b *builder) quickEdit() {
	b.code(schemas.CodeSuggestionShown, "chat_edit", schemas.Payload{Code: text(b.Diffs), Prompt: b.Prompt})
}

// editOutcome's lineChange is the difference of two counts, not of two texts: lines added and removed stay unknown.
func (b *builder) editOutcome() {
	e := b.code(schemas.CodeSuggestionRejected, "chat_edit", schemas.Payload{Code: b.NewCode, Prompt: b.Prompt, Text: b.Completion})
	e.DecidedBy = schemas.DecidedByHuman
	if b.Accepted == nil {
		b.fail("accepted is missing")
	} else if *b.Accepted {
		e.Kind, e.AcceptedLines = schemas.CodeSuggestionAccepted, b.count("newCodeLines", b.NewCodeLines)
	}
	e.Lines = b.count("newCodeLines", b.NewCodeLines)
	if previous := b.count("previousCodeLines", b.PreviousCodeLines); previous.Set {
		e.Attributes["previous_lines"] = strconv.Itoa(int(previous.Value))
	}
	if b.LineChange != nil {
		e.Attributes["line_change"] = strconv.Itoa(int(*b.LineChange))
	}
}

func (b *builder) count(name string, n *int32) schemas.Opt[int32] {
	if n == nil {
		return schemas.Opt[int32]{}
	}
	if *n < 0 {
		b.fail(name + " is negative")
	}
	return schemas.Some(*n)
}

// nextEditWithHistory is an edit of the person's, kept as context; it says nothing of a suggestion.
func (b *builder) nextEditWithHistory() {
	b.code(schemas.CodeUnknown, "next_edit", schemas.Payload{Code: b.AfterContent, Prompt: b.BeforeContent, Text: text(b.PreviousEdits)})
}

func (b *builder) chatInteraction() {
	p := b.chat(schemas.ChatPromptSent, "chat", schemas.Payload{Text: b.Prompt})
	p.Chars, p.Lines = measure(b.Prompt)
	e := b.chat(schemas.ChatReplyReceived, "chat", schemas.Payload{Text: b.Completion})
	e.Chars, e.Lines = measure(b.Completion)
}

func (b *builder) chatFeedback() {
	e := b.chat(schemas.ChatReplyRated, "chat", schemas.Payload{Prompt: b.Prompt, Text: b.Completion})
	e.DecidedBy, e.Rating = schemas.DecidedByHuman, schemas.RatingDown
	if b.Feedback == nil {
		b.fail("feedback is missing")
	} else if *b.Feedback {
		e.Rating = schemas.RatingUp
	}
}

func (b *builder) tokensGenerated() {
	e := b.chat(schemas.ChatModelCalled, "", schemas.Payload{})
	e.Succeeded = schemas.Some(true)
	e.PromptTokens, e.CompletionTokens = b.tokens("promptTokens", b.PromptTokens), b.tokens("generatedTokens", b.GeneratedTokens)
}

func (b *builder) tokens(name string, n *int64) schemas.Opt[int64] {
	if n == nil {
		return schemas.Opt[int64]{}
	}
	if *n < 0 {
		b.fail(name + " is negative")
	}
	return schemas.Some(*n)
}

// toolUsage is the person's decision on a call and, where it ran, its result.
func (b *builder) toolUsage() {
	if b.FunctionName == "" {
		b.fail("functionName is missing")
	}
	if b.Accepted == nil {
		b.fail("accepted is missing")
		return
	}
	tool, call := terms.Name(b.FunctionName), terms.Hash(b.ToolCallID)
	kind, decision := schemas.CodeSuggestionRejected, "reject"
	if *b.Accepted {
		kind, decision = schemas.CodeSuggestionAccepted, "accept"
	}
	args := schemas.Payload{Prompt: text(b.ToolCallArgs)}
	if editors[tool] {
		e := b.code(kind, "agent_edit", schemas.Payload{Code: args.Prompt})
		e.SuggestionID, e.DecidedBy, e.Attributes["tool"] = call, schemas.DecidedByHuman, tool
	} else {
		e := b.chat(schemas.ChatToolDecided, "agent", args)
		e.Tool, e.SuggestionID, e.DecidedBy, e.Attributes["decision"] = tool, call, schemas.DecidedByHuman, decision
	}
	if !*b.Accepted {
		return // it never ran
	}
	e := b.chat(schemas.ChatToolCalled, "agent", schemas.Payload{Prompt: args.Prompt, Text: text(b.Output)})
	e.Tool, e.SuggestionID, e.DecidedBy = tool, call, schemas.DecidedByHuman
	if b.Succeeded != nil {
		e.Succeeded = schemas.Some(*b.Succeeded)
	}
}

// text is JSON's own text, or JSON as it is.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func measure(s string) (chars, lines schemas.Opt[int32]) {
	if s == "" {
		return chars, lines
	}
	return schemas.Some(int32(utf8.RuneCountInString(s))), schemas.Some(int32(strings.Count(s, "\n") + 1))
}
