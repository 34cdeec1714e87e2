package confusion

import "github.com/assayhq/assay/schemas"

// Reasons why a message was not tagged.
const (
	reasonNoPayload  = "no_payload"         // the client sent no text
	reasonUnreadable = "payload_unreadable" // its key is gone, or it isn't a payload
	reasonNoText     = "no_text"            // the payload holds something else
)

// textOf returns the text of a payload, or why there is none.
func textOf(sealed, plain []byte) (text, why string) {
	if plain == nil && len(sealed) == 0 {
		return "", reasonNoPayload
	}
	p, err := schemas.ParsePayload(plain)
	switch {
	case err != nil:
		return "", reasonUnreadable
	case p.Text != "":
		return p.Text, ""
	case p.Prompt != "":
		return p.Prompt, ""
	}
	return "", reasonNoText
}

// tagged completes the tag of a message; why says why there is no message.
func (t *Tagger) tagged(tag *schemas.ConfusionTag, m Message, why string) *schemas.ConfusionTag {
	tag.Channel, tag.Tagger = m.Channel.String(), t.model.hash
	if why != "" {
		tag.Kind, tag.Reason = schemas.ConfusionNotTagged, why
		return tag
	}
	found := t.Tag(m)
	tag.Score = schemas.Some(found.Score)
	switch {
	case found.Abstained:
		tag.Kind = schemas.ConfusionAbstained
	case found.Confused:
		tag.Kind = schemas.ConfusionConfused
	default:
		tag.Kind = schemas.ConfusionNotConfused
	}
	if !found.Confused {
		return tag
	}
	tag.Reasons = found.Reasons
	if found.End > found.Start {
		tag.SpanStart, tag.SpanEnd = schemas.Some(int32(found.Start)), schemas.Some(int32(found.End))
	}
	spans, sketch := t.Problem(m.Text)
	for _, s := range spans {
		tag.ProblemSpans = append(tag.ProblemSpans, int64(s.Start), int64(s.End))
	}
	tag.ProblemSketch = sketch
	for _, step := range Plan(found.Reasons) {
		tag.Clarification = append(tag.Clarification, step.ID)
	}
	return tag
}

func (t *Tagger) review(e *schemas.ChangeEvent, plain []byte) *schemas.ConfusionTag {
	text, why := textOf(e.Sealed, plain)
	tag := &schemas.ConfusionTag{
		Envelope:       e.Envelope,
		ConversationID: e.ChangeID, // the review is its conversation
		CausedBy:       e.EventID,
		SuggestionID:   e.SuggestionID,
		SessionID:      e.SessionID,
		ChangeID:       e.ChangeID,
		Model:          e.Model,
		ModelVersion:   e.ModelVersion,
		Feature:        e.Feature,
		Language:       e.Language,
		Task:           e.Task,
		UserToken:      e.UserToken,
		TeamToken:      e.TeamToken,
		RepoToken:      e.RepoToken,
	}
	tag.EventID, tag.Source = schemas.DerivedID(ReviewName, e.Org, e.EventID), ReviewName
	return t.tagged(tag, Message{Channel: Review, Text: text}, why)
}

// chatTag returns a tag with what it has in common with its cause.
func chatTag(e *schemas.ChatEvent) *schemas.ConfusionTag {
	tag := &schemas.ConfusionTag{
		Envelope:       e.Envelope,
		ConversationID: e.ConversationID,
		CausedBy:       e.EventID,
		MessageID:      e.MessageID,
		SessionID:      e.SessionID,
		SuggestionID:   e.SuggestionID,
		ChangeID:       e.ChangeID,
		Turn:           e.Turn,
		Model:          e.Model,
		ModelVersion:   e.ModelVersion,
		Feature:        e.Feature,
		Language:       e.Language,
		Task:           e.Task,
		UserToken:      e.UserToken,
		TeamToken:      e.TeamToken,
		RepoToken:      e.RepoToken,
		SampleWeight:   e.SampleWeight,
	}
	tag.EventID, tag.Source = schemas.DerivedID(Name, e.Org, e.EventID), Name
	return tag
}
