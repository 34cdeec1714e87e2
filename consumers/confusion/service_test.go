package confusion

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

var hashKey = []byte("0123456789abcdef0123456789abcdef")

func options(t testing.TB) Options {
	t.Helper()
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return Options{HashKey: hashKey, Model: func() *Model { return m }}
}

// step is one event of a conversation, seconds after its start.
type step struct {
	at     int
	kind   schemas.ChatKind
	text   string
	rating schemas.Rating
}

// play folds a conversation, its state going through JSON between events as in the changelog.
func play(t *testing.T, steps []step) (tags []*schemas.ConfusionTag, state []byte) {
	t.Helper()
	fold, err := New(options(t))
	if err != nil {
		t.Fatal(err)
	}
	var s *State
	for i, st := range steps {
		e := &schemas.ChatEvent{
			Envelope: schemas.Envelope{EventID: string(rune('a' + i)), OccurredAt: time.UnixMilli(1_790_000_000_000).Add(time.Duration(st.at) * time.Second).UTC(), Source: "client", Org: "acme", Environment: schemas.EnvironmentCanary},
			Kind:     st.kind, ConversationID: "co1", MessageID: "m1", Model: "m", Feature: "chat", Language: "go", TeamToken: "t", Rating: st.rating,
		}
		in := consumers.Input{Event: e, Topic: "assistant.chat"}
		if st.text != "" {
			e.Sealed, in.Plain = []byte("sealed"), schemas.Payload{Text: st.text}.Marshal()
		}
		next, out, err := fold(s, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			tags = append(tags, o.(*schemas.ConfusionTag))
		}
		state, err = json.Marshal(next)
		if err != nil {
			t.Fatal(err)
		}
		s = new(State)
		if err := json.Unmarshal(state, s); err != nil {
			t.Fatal(err)
		}
	}
	return tags, state
}

const (
	prompt = schemas.ChatPromptSent
	reply  = schemas.ChatReplyReceived
	rated  = schemas.ChatReplyRated
	undone = schemas.ChatReplyUndone
)

func TestConversation(t *testing.T) {
	type want struct {
		kind schemas.ConfusionKind
		weak string
	}
	const ask, other = "write a function that merges two sorted lists", "now write the tests for it"
	for name, c := range map[string]struct {
		steps []step
		want  []want
	}{
		"a request":                   {[]step{{at: 0, kind: prompt, text: ask}}, []want{{schemas.ConfusionNotConfused, ""}}},
		"replies give no tag":         {[]step{{at: 0, kind: reply, text: "Here it is."}}, nil},
		"asked again at once":         {[]step{{0, prompt, ask, ""}, {5, reply, "Lists are ordered.", ""}, {30, prompt, ask, ""}}, []want{{schemas.ConfusionNotConfused, ""}, {"", weakReAsked}}},
		"asked again the next day":    {[]step{{0, prompt, ask, ""}, {5, reply, "Lists are ordered.", ""}, {86400, prompt, ask, ""}}, []want{{schemas.ConfusionNotConfused, ""}, {"", ""}}},
		"thumbs down":                 {[]step{{0, prompt, ask, ""}, {5, reply, "def f(): pass", ""}, {6, rated, "", schemas.RatingDown}, {9, prompt, other, ""}}, []want{{schemas.ConfusionNotConfused, ""}, {schemas.ConfusionNotConfused, weakThumbsDown}}},
		"thumbs down, taken back":     {[]step{{0, prompt, ask, ""}, {5, reply, "def f(): pass", ""}, {6, rated, "", schemas.RatingDown}, {7, rated, "", schemas.RatingUp}, {9, prompt, other, ""}}, []want{{schemas.ConfusionNotConfused, ""}, {schemas.ConfusionNotConfused, ""}}},
		"undone":                      {[]step{{0, prompt, ask, ""}, {5, reply, "def f(): pass", ""}, {6, undone, "", ""}, {9, prompt, other, ""}}, []want{{schemas.ConfusionNotConfused, ""}, {schemas.ConfusionNotConfused, weakUndone}}},
		"an error after an answer":    {[]step{{0, prompt, ask, ""}, {5, reply, "```\ndef merge(a, b): pass\n```", ""}, {60, prompt, "TypeError: merge() takes 1 positional argument but 2 were given", ""}}, []want{{schemas.ConfusionNotConfused, ""}, {schemas.ConfusionConfused, ""}}},
		"feedback in words":           {[]step{{0, rated, "I have no idea what this answer means", schemas.RatingDown}}, []want{{schemas.ConfusionConfused, ""}}},
		"a message nobody can open":   {[]step{{at: 0, kind: prompt}}, []want{{schemas.ConfusionNotTagged, ""}}},
		"what tools do is no message": {[]step{{at: 0, kind: schemas.ChatToolCalled}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tags, _ := play(t, c.steps)
			if len(tags) != len(c.want) {
				t.Fatalf("got %d tags, want %d", len(tags), len(c.want))
			}
			for i, w := range c.want {
				if w.kind != "" && tags[i].Kind != w.kind || tags[i].WeakLabel != w.weak {
					t.Errorf("tag %d: got %s (%.2f) %q, want %s %q", i, tags[i].Kind, tags[i].Score.Value, tags[i].WeakLabel, w.kind, w.weak)
				}
			}
		})
	}
}

// TestRestedConversation wants the turn before to count the next minute, and no more after days.
func TestRestedConversation(t *testing.T) {
	const ask = "write a function that merges two sorted lists"
	score := func(after int) float64 {
		tags, _ := play(t, []step{{0, prompt, ask, ""}, {5, reply, "Lists are ordered.", ""}, {after, prompt, ask, ""}})
		return tags[1].Score.Value
	}
	alone, _ := play(t, []step{{0, prompt, ask, ""}})
	if soon, late := score(30), score(int(3*idle/time.Second)); soon <= late || late != alone[0].Score.Value {
		t.Errorf("scores: alone %.3f, asked again at once %.3f, after days %.3f", alone[0].Score.Value, soon, late)
	}
}

func TestConfusedTag(t *testing.T) {
	const text = "Hello! I ran zanzibar.py as you said. It should print the total but I get an empty line, why?\n\n```\nprint(total)\n```"
	steps := []step{{0, prompt, "print the quagmire total", ""}, {3, reply, "Run quokka.py.", ""}, {60, prompt, text, ""}}
	tags, state := play(t, steps)
	tag := tags[1]
	if tag.Kind != schemas.ConfusionConfused || !slices.Contains(tag.Reasons, "unexpected_behaviour") {
		t.Errorf("got %s (%.2f) %v", tag.Kind, tag.Score.Value, tag.Reasons)
	}
	if span := text[tag.SpanStart.Value:tag.SpanEnd.Value]; !strings.Contains(span, "why") && !strings.Contains(span, "empty line") {
		t.Errorf("the evidence is %q", span)
	}
	if len(tag.ProblemSpans) < 2 {
		t.Fatalf("problem spans are %v", tag.ProblemSpans)
	}
	if best := text[tag.ProblemSpans[0]:tag.ProblemSpans[1]]; best != "It should print the total but I get an empty line, why?" {
		t.Errorf("the problem statement begins with %q", best)
	}
	if len(tag.ProblemSketch) != sketchSize || len(tag.Clarification) == 0 || tag.Tagger == "" {
		t.Errorf("sketch of %d, clarification %v, tagger %q", len(tag.ProblemSketch), tag.Clarification, tag.Tagger)
	}
	again, _ := play(t, steps)
	a, b := mustJSON(t, tags), mustJSON(t, again)
	if !bytes.Equal(a, b) {
		t.Error("playing the conversation again gives other tags")
	}
	for _, secret := range []string{"zanzibar", "quagmire", "quokka", "total", "empty"} {
		if bytes.Contains(a, []byte(secret)) || bytes.Contains(state, []byte(secret)) {
			t.Errorf("%q is in the tag or in the state", secret)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReview(t *testing.T) {
	review, err := NewReview(options(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		kind       schemas.ChangeKind
		plain      []byte
		want       schemas.ConfusionKind // empty: no tag
		reason     string
	}{
		{name: "confused", text: "I don't understand why this is needed. What am I missing?", kind: schemas.ChangeReviewSubmitted, want: schemas.ConfusionConfused},
		{name: "content", text: "Looks good, thanks!", kind: schemas.ChangeReviewSubmitted, want: schemas.ConfusionNotConfused},
		{name: "an approval without words", kind: schemas.ChangeReviewSubmitted},
		{name: "a merge", text: "Merged.", kind: schemas.ChangeChangeMerged},
		{name: "no text", plain: schemas.Payload{Path: "x"}.Marshal(), kind: schemas.ChangeReviewSubmitted, want: schemas.ConfusionNotTagged, reason: reasonNoText},
		{name: "unreadable", plain: []byte("{"), kind: schemas.ChangeReviewSubmitted, want: schemas.ConfusionNotTagged, reason: reasonUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &schemas.ChangeEvent{Envelope: schemas.Envelope{EventID: "e", Org: "acme"}, Kind: c.kind, ChangeID: "ch1"}
			plain := c.plain
			if c.text != "" {
				plain = schemas.Payload{Text: c.text}.Marshal()
			}
			out, err := review(consumers.Input{Event: e, Plain: plain})
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(out) != 0 {
					t.Fatalf("got %v", out)
				}
				return
			}
			tag := out[0].(*schemas.ConfusionTag)
			if tag.Kind != c.want || tag.Reason != c.reason || tag.Channel != "review" || tag.ConversationID != "ch1" || tag.CausedBy != "e" {
				t.Errorf("got %+v", tag)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	if _, err := New(Options{HashKey: []byte("short")}); err == nil {
		t.Error("a short key is accepted")
	}
	if _, err := NewReview(Options{HashKey: []byte("short")}); err == nil {
		t.Error("a short key is accepted")
	}
}
