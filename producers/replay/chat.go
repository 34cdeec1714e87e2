package replay

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/assayhq/assay/schemas"
)

// RealHumanEval: Mozannar et al. 2024 (clinicalml/realhumaneval, data/chat_data.csv).
const (
	chatSource = "realhumaneval"
	chatPrefix = "realhumaneval_chat"
)

// chatEpoch stands for each programmer's first chat event: the recording has no wall-clock time.
var chatEpoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

type chatLine struct {
	Row        *int64        `json:"row"`
	Programmer *int64        `json:"programmer_id"`
	AtS        float64       `json:"at_s"`
	Model      string        `json:"model"`
	Task       string        `json:"task"`
	Messages   []chatMessage `json:"messages"`
	Response   string        `json:"response"`
	Copies     []struct {
		Type   string `json:"type"`
		Copied string `json:"copied"`
	} `json:"copy_events"`
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// thread is a programmer's latest conversation: what the next request would repeat of it.
type thread struct {
	id, task string
	history  []chatMessage
}

// chatReader recognises whether a request goes on with its programmer's conversation.
type chatReader struct {
	sealer
	threads map[int64]thread
}

func newChatReader(s sealer) *chatReader { return &chatReader{s, map[int64]thread{}} }

func (r *chatReader) accepts(keys map[string]bool) bool {
	return keys["programmer_id"] && keys["row"] && keys["messages"] && keys["response"]
}

// events returns the request's last message, its reply and the copies from it. The earlier messages are repeated from
// earlier requests.
func (r *chatReader) events(line []byte) ([]schemas.Event, error) {
	var l chatLine
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, describe(err)
	}
	switch n := len(l.Messages); {
	case l.Row == nil || l.Programmer == nil:
		return nil, errors.New("row or programmer_id is missing")
	case n > 0 && l.Messages[n-1].Role != "user":
		return nil, errors.New("the last message is not the user's")
	case math.Abs(l.AtS) > 1e8:
		return nil, errors.New("at_s is longer than three years")
	}
	row, programmer := strconv.FormatInt(*l.Row, 10), strconv.FormatInt(*l.Programmer, 10)
	at := chatEpoch.Add(time.Duration(math.Round(l.AtS*1000)) * time.Millisecond)
	conversation := r.conversation(l, programmer, row)
	id := func(part string) string { return schemas.DerivedID(chatPrefix, programmer, row, part) }
	event := func(part string, kind schemas.ChatKind, text string) (*schemas.ChatEvent, error) {
		e := &schemas.ChatEvent{
			Envelope: r.envelope(id(part), at, chatSource),
			Kind:     kind, ConversationID: conversation, MessageID: id("reply"),
			SessionID: r.token("session", chatPrefix+"/"+programmer), UserToken: r.token("user", chatPrefix+"/"+programmer),
			Model: l.Model, Feature: "chat", Language: "python", Task: l.Task,
		}
		e.Chars, e.Lines = measure(text)
		var err error
		e.Sealed, e.SealKeyID, err = r.payload(e, schemas.Payload{Text: text})
		return e, err
	}
	var events []schemas.Event
	if n := len(l.Messages); n > 0 {
		prompt, err := event("prompt", schemas.ChatPromptSent, l.Messages[n-1].Content)
		if err != nil {
			return nil, err
		}
		prompt.MessageID, prompt.Turn = prompt.EventID, schemas.Some(int32(n-1))
		events = append(events, prompt)
	}
	reply, err := event("reply", schemas.ChatReplyReceived, l.Response)
	if err != nil {
		return nil, err
	}
	reply.Turn = schemas.Some(int32(len(l.Messages)))
	events = append(events, reply)
	for i, c := range l.Copies {
		copied, err := event("copy "+strconv.Itoa(i), schemas.ChatReplyCopied, c.Copied)
		if err != nil {
			return nil, err
		}
		copied.Turn, copied.DecidedBy, copied.Attributes = reply.Turn, schemas.DecidedByHuman, map[string]string{"copy_type": c.Type}
		events = append(events, copied)
	}
	return events, nil
}

// conversation returns the id of the request's conversation: the last one when the request repeats it, else a new one.
func (r *chatReader) conversation(l chatLine, programmer, row string) string {
	last := r.threads[*l.Programmer]
	n := len(last.history)
	if last.id == "" || l.Task != last.task || len(l.Messages) <= n || !slices.Equal(l.Messages[:n], last.history) {
		last.id = schemas.DerivedID(chatPrefix, "conversation", programmer, row)
	}
	history := append(slices.Clone(l.Messages), chatMessage{"assistant", l.Response})
	r.threads[*l.Programmer] = thread{last.id, l.Task, history}
	return last.id
}

func (r *chatReader) rest() ([]schemas.Event, error) { return nil, nil }
