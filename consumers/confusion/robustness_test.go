package confusion

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// pieces are what messages are made of, to get at every branch of the scanner.
var pieces = []string{
	"why", "I don't get", "it's", "don’t", "é", "\xff", "foo_bar(x)", "a.b.C", "42", "3.14", "?", "??", "!", ".", "...", " ", "  ", "\n", "\n\n",
	"```", "> ", ">>> ", "Traceback (most recent call last):", "ValueError: x", "    return x;", "def f():", "\tat a.b(C.java:1)", "{", "}", ",", "'", "日本語",
	strings.Repeat("word ", 600),
}

func checkMessage(t interface{ Fatalf(string, ...any) }, tagger *Tagger, m Message) {
	tag := tagger.Tag(m)
	if tag.Score < 0 || tag.Score > 1 || tag.Score != tag.Score {
		t.Fatalf("score %v", tag.Score)
	}
	if tag.Start < 0 || tag.Start > tag.End || tag.End > len(m.Text) {
		t.Fatalf("evidence [%d, %d) of %d bytes", tag.Start, tag.End, len(m.Text))
	}
	if tag.Confused != (len(tag.Reasons) > 0) {
		t.Fatalf("confused %v with reasons %v", tag.Confused, tag.Reasons)
	}
	if again := tagger.Tag(m); again.Score != tag.Score || !slices.Equal(again.Reasons, tag.Reasons) || again.Start != tag.Start || again.End != tag.End {
		t.Fatalf("the same message gives %+v, then %+v", tag, again)
	}
	spans, _ := tagger.Problem(m.Text)
	for _, s := range spans {
		if s.Start < 0 || s.Start >= s.End || s.End > len(m.Text) {
			t.Fatalf("problem [%d, %d) of %d bytes", s.Start, s.End, len(m.Text))
		}
		if utf8.ValidString(m.Text) && !utf8.ValidString(m.Text[s.Start:s.End]) {
			t.Fatalf("problem [%d, %d) cuts a character", s.Start, s.End)
		}
	}
}

func TestAnyMessage(t *testing.T) {
	tagger := newTestTagger(t)
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "separator"))
	})
	rapid.Check(t, func(t *rapid.T) {
		checkMessage(t, tagger, Message{
			Channel: Channel(rapid.IntRange(0, int(channels)-1).Draw(t, "channel")), Text: text.Draw(t, "text"),
			User: tagger.Sketch(text.Draw(t, "user")), Assistant: tagger.Sketch(text.Draw(t, "assistant")),
		})
	})
}

func FuzzTag(f *testing.F) {
	tagger := newTestTagger(f)
	for _, p := range pieces {
		f.Add(p, "why")
	}
	f.Fuzz(func(t *testing.T, text, before string) {
		checkMessage(t, tagger, Message{Text: text, User: tagger.Sketch(before)})
	})
}

// TestTokens wants every token to be a piece of the text, in order, within its sentence.
func TestTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		s := new(scanner)
		s.scan(text)
		next, end := int32(0), int32(0)
		for _, st := range s.sentences {
			if st.first != next || st.last <= st.first {
				t.Fatalf("sentence of tokens [%d, %d) after %d", st.first, st.last, next)
			}
			next = st.last
			for _, k := range s.tokens[st.first:st.last] {
				if k.start < end || k.end <= k.start || k.start < st.start || k.end > st.end {
					t.Fatalf("token [%d, %d) after %d in sentence [%d, %d)", k.start, k.end, end, st.start, st.end)
				}
				end = k.end
			}
		}
		if int(next) != len(s.tokens) {
			t.Fatalf("%d of %d tokens are in sentences", next, len(s.tokens))
		}
	})
}

// TestLongPaste bounds the time of messages that are mostly paste, by a wide margin over the 5 ms of the design.
func TestLongPaste(t *testing.T) {
	tagger := newTestTagger(t)
	for name, line := range map[string]string{"log": "2026-01-01 ERROR worker failed: permission denied\n", "one line": "x", "words": "why "} {
		m := Message{Text: "it fails\n" + strings.Repeat(line, 100_000/len(line))}
		least := time.Hour
		for range 5 {
			began := time.Now()
			tagger.Tag(m)
			least = min(least, time.Since(began))
		}
		if least > 50*time.Millisecond {
			t.Errorf("%s: 100 KB took %v", name, least)
		}
	}
}

func TestTagDoesNotAllocate(t *testing.T) {
	tagger := newTestTagger(t)
	m := Message{Text: "Write a function that returns the sum of a list of numbers, please.", User: tagger.Sketch("hello")}
	if n := testing.AllocsPerRun(100, func() { tagger.Tag(m) }); n > 0 {
		t.Errorf("%.1f allocations for a message that is not confused", n)
	}
}
