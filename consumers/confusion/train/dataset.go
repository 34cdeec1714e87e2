package train

import (
	"bufio"
	_ "embed" // what the project may ship
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/assayhq/assay/consumers/confusion"
)

// Example is one message with its labels.
type Example struct {
	ID      string
	Group   string // whose messages must not be on both sides of a split
	Message confusion.Message
	// Confused is nil where nobody labelled the message.
	Confused *bool
	Reasons  []string
	// ReasonsKnown tells a message without reasons from one whose reasons nobody gave.
	ReasonsKnown bool
	Relabelled   bool   // by the project's own labels
	Emotion      bool   // labelled for something near, by the auxiliary set: it only pre-trains
	Split        string // train, dev, or own
	Source       string
}

// line is a line of the developer sets and of own.jsonl.
type line struct {
	ID                string   `json:"id"`
	Text              string   `json:"text"`
	Channel           string   `json:"channel"`
	Confused          *bool    `json:"confused"`
	Reasons           []string `json:"reasons"`
	ReasonsKnown      *bool    `json:"reasons_known"`
	Split             string   `json:"split"`
	PreviousUser      string   `json:"previous_user"`
	PreviousAssistant string   `json:"previous_assistant"`
	Programmer        any      `json:"programmer_id"`
	AuxLabel          string   `json:"aux_label"`
}

// label is a line of labels.jsonl.
type label struct {
	ID       string   `json:"id"`
	Confused bool     `json:"confused"`
	Reasons  []string `json:"reasons"`
}

var (
	//go:embed labels.jsonl
	labelLines string
	//go:embed own.jsonl
	ownLines string
)

// Labels are the project's own labels of messages that the data set left unlabelled, by id.
func Labels() (map[string]label, error) {
	labels := map[string]label{}
	err := eachLine(strings.NewReader(labelLines), func(l label) error { labels[l.ID] = l; return nil })
	return labels, err
}

// Own returns the messages that were written for training.
func Own() ([]Example, error) { return Read(strings.NewReader(ownLines), "own") }

// Read reads examples, one JSON object a line. Labels of the project fill in where the line has none.
func Read(r io.Reader, source string) ([]Example, error) {
	labels, err := Labels()
	if err != nil {
		return nil, err
	}
	var examples []Example
	err = eachLine(r, func(l line) error {
		channel, ok := confusion.ParseChannel(l.Channel)
		if !ok {
			return fmt.Errorf("channel %q is none of chat, review and feedback", l.Channel)
		}
		e := Example{
			ID: l.ID, Group: l.ID, Confused: l.Confused, Reasons: l.Reasons, Split: l.Split, Source: source,
			ReasonsKnown: l.Confused != nil && (l.ReasonsKnown == nil || *l.ReasonsKnown),
			Message: confusion.Message{
				Channel: channel, Text: l.Text,
				User: confusion.SketchOf(l.PreviousUser), Assistant: confusion.SketchOf(l.PreviousAssistant),
			},
		}
		if own, ok := labels[l.ID]; ok && l.Confused == nil {
			e.Confused, e.Reasons, e.ReasonsKnown, e.Relabelled = &own.Confused, own.Reasons, true, true
		}
		if l.Programmer != nil {
			e.Group = fmt.Sprint("programmer ", l.Programmer)
		}
		if strings.HasPrefix(l.AuxLabel, "goemotions") {
			e.Emotion = true
			confused := l.AuxLabel == "goemotions_confusion"
			e.Confused = &confused
		}
		examples = append(examples, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", source, err)
	}
	return examples, nil
}

func eachLine[T any](r io.Reader, visit func(T) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := visit(v); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}
