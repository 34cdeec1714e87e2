package confusion

import (
	"time"

	"github.com/assayhq/assay/schemas"
)

// State is what is kept of a conversation between two of its events: sketches of its last turn, no text.
type State struct {
	User      Sketch `json:"u,omitzero"`
	Assistant Sketch `json:"a,omitzero"`
	At        int64  `json:"t,omitempty"` // event time of the last message, milliseconds
	Behaviour string `json:"b,omitempty"` // what the person did about the reply: a weak label of the next message
}

// Weak labels: what a person's behaviour suggests, whatever the words. For training, never for evaluation.
const (
	weakReAsked    = "re_asked"    // much the same message within a minute
	weakThumbsDown = "thumbs_down" // the reply before the message was rated down
	weakUndone     = "undone"      // the reply before the message was undone
)

// reAskMillis is how soon a repeated message counts as asked again, and reAskSimilarity how similar it must be.
const (
	reAskMillis     = 60_000
	reAskSimilarity = 0.6
)

// idle is how long a conversation may rest. What was said before that is not the turn before.
const idle = 24 * time.Hour

// Forget is how long the state of a conversation without events is of use: idle, and what clocks and queues may add.
const Forget = 7 * idle

// chat folds one event of a conversation and returns the tag of a person's message.
func (t *Tagger) chat(s *State, e *schemas.ChatEvent, plain []byte) (*State, *schemas.ConfusionTag) {
	switch e.Kind {
	case schemas.ChatPromptSent:
		return t.prompt(s, e, plain)
	case schemas.ChatReplyReceived:
		text, _ := textOf(e.Sealed, plain)
		s = s.orNew()
		s.Assistant, s.Behaviour = t.Sketch(text), ""
		return s, nil
	case schemas.ChatReplyUndone:
		s = s.orNew()
		s.Behaviour = weakUndone
		return s, nil
	case schemas.ChatReplyRated:
		s = s.orNew()
		switch e.Rating {
		case schemas.RatingDown:
			s.Behaviour = weakThumbsDown
		case schemas.RatingUp:
			s.Behaviour = ""
		}
		text, why := textOf(e.Sealed, plain)
		if why == reasonNoPayload || why == reasonNoText { // a rating without words
			return s, nil
		}
		return s, t.tagged(chatTag(e), Message{Channel: Feedback, Text: text}, why)
	}
	return s, nil
}

func (s *State) orNew() *State {
	if s == nil {
		return new(State)
	}
	return s
}

func (t *Tagger) prompt(s *State, e *schemas.ChatEvent, plain []byte) (*State, *schemas.ConfusionTag) {
	at := e.OccurredAt.UnixMilli()
	if s == nil || s.At != 0 && at-s.At > idle.Milliseconds() {
		s = new(State)
	}
	text, why := textOf(e.Sealed, plain)
	m := Message{Channel: Chat, Text: text, User: s.User, Assistant: s.Assistant}
	tag := t.tagged(chatTag(e), m, why)
	tag.WeakLabel = s.Behaviour
	if soon := at - s.At; s.At != 0 && soon >= 0 && soon <= reAskMillis && t.similarity(&m) >= reAskSimilarity {
		tag.WeakLabel = weakReAsked
	}
	return &State{User: t.Sketch(text), At: at}, tag
}

// similarity is how much of a message and the person's last one is the same, from 0 to 1.
func (t *Tagger) similarity(m *Message) float32 {
	w := t.pool.Get().(*work)
	defer t.pool.Put(w)
	w.scanner.scan(m.Text)
	return relate(m, &w.scanner, t.key).same
}
