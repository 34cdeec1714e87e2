package simulate

import (
	"time"

	"github.com/assayhq/assay/schemas"
)

// conversation is a person asking an assistant.
type conversation struct {
	place
	id      string
	task    string
	turn    int32
	left    int // exchanges to come, the current one included
	then    schemas.ChatKind
	reply   string // message id
	replied int64  // when
	latency int64
	rated   bool
	copied  bool
}

func newConversation(w *world, at place) *conversation {
	c := &conversation{place: at, id: w.id(), left: max(1, exchangesPerConversation.count(w.rng)), then: schemas.ChatPromptSent}
	c.task = tasks[pick(w.rng, len(tasks), func(i int) float64 { return tasks[i].weight })].name
	return c
}

// step makes what the conversation said would come next: a prompt, its reply, perhaps a copy, perhaps a rating.
func (c *conversation) step(w *world, now int64) (schemas.Event, int64) {
	kind := c.then
	e := c.event(w, now, kind)
	switch kind {
	case schemas.ChatPromptSent:
		c.say(w, e, promptChars.count(w.rng))
		c.then = schemas.ChatReplyReceived
		c.latency = 200 + int64(w.rng.ExpFloat64()*2500) // the recordings don't say how long replies take
		return e, now + c.latency
	case schemas.ChatReplyReceived:
		c.say(w, e, replyChars.count(w.rng))
		c.reply, c.replied = e.EventID, now
		e.LatencyMs = schemas.Some(c.latency)
		c.copied, c.rated = w.rng.Float64() < copiedShare, w.rng.Float64() < ratedShare
	case schemas.ChatReplyCopied:
		c.copied = false
		e.DecidedBy = schemas.DecidedByHuman
	case schemas.ChatReplyRated:
		c.rated = false
		e.DecidedBy, e.Rating = schemas.DecidedByHuman, schemas.RatingUp
		if w.fails(Rating, c.client, c.language, c.replied) {
			e.Rating = schemas.RatingDown
		}
	}
	return e, c.next(w, now)
}

func (c *conversation) next(w *world, now int64) int64 {
	think := 1 + int64(acceptanceMs.draw(w.rng))
	switch {
	case c.copied:
		c.then = schemas.ChatReplyCopied
	case c.rated:
		c.then = schemas.ChatReplyRated
	default:
		if c.left--; c.left == 0 {
			return 0
		}
		c.then, think = schemas.ChatPromptSent, 1+int64(exchangePauseMs.draw(w.rng))
	}
	return now + think
}

// say fills in a message.
func (c *conversation) say(w *world, e *schemas.ChatEvent, chars int) {
	text := prose(w.rng, max(1, chars))
	n, lines := size(text)
	e.MessageID, e.Turn = e.EventID, schemas.Some(c.turn)
	e.Chars, e.Lines = schemas.Some(n), schemas.Some(lines)
	c.turn++
	e.Sealed, e.SealKeyID = w.seal(&e.Envelope, schemas.Payload{Text: text})
}

func (c *conversation) event(w *world, now int64, kind schemas.ChatKind) *schemas.ChatEvent {
	return &schemas.ChatEvent{
		Envelope: schemas.Envelope{EventID: w.id(), OccurredAt: time.UnixMilli(now).UTC(), Source: c.source, Org: w.Org, Environment: c.environment},
		Kind:     kind, ConversationID: c.id, MessageID: c.reply, SessionID: c.session, ClientVersion: c.version,
		Model: c.model, ModelVersion: c.modelVersion, Feature: c.feature, Language: c.language, Task: c.task,
		UserToken: c.user, TeamToken: c.team, RepoToken: c.repo,
	}
}
