package confusion

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEvidenceIsWholeClauses(t *testing.T) {
	tagger := newTestTagger(t)
	for text, want := range map[string]string{
		"no, I don't understand what the second value stands for": "no, I don't understand what the second value stands for",
		"thanks! but why does it print 'done' twice?":             "but why does it print 'done' twice?",
		"why is the result [1,2] and not [2,1]":                   "why is the result [1,2] and not [2,1]",
		"TypeError: 'list' object is not callable":                "TypeError: 'list' object is not callable",
	} {
		tag := tagger.Tag(Message{Channel: Chat, Text: text, User: SketchOf("add the value to the list"), Assistant: SketchOf("```\nx.push(1)\n```")})
		if got := text[tag.Start:tag.End]; got != want {
			t.Errorf("%q: the evidence is %q, want %q (score %.2f)", text, got, want, tag.Score)
		}
	}
}

func TestProblemLeavesOutData(t *testing.T) {
	tagger := newTestTagger(t)
	const text = "why does the total (of all rows) stay at zero?\n\n# the total should be returned here\n12 under 20 3 4 5 6\n3.5,north,2020-01-02,7.25,8\nwhy does the total (of all rows) stay at zero?"
	spans, _ := tagger.Problem(text)
	var got []string
	for _, s := range spans {
		got = append(got, text[s.Start:s.End])
	}
	if want := []string{"why does the total (of all rows) stay at zero?"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestDressedKeepsWords wants a dressed span to hold the bare one, and no further word.
func TestDressedKeepsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c1 "'()\[\],.?!\n-]{0,40}`).Draw(t, "text")
		s := new(scanner)
		s.scan(text)
		for _, st := range s.sentences {
			bare := Span{int(st.start), int(st.end)}
			got := dressed(text, bare)
			if got.Start < 0 || got.Start > bare.Start || got.End < bare.End || got.End > len(text) {
				t.Fatalf("%q: %v became %v", text, bare, got)
			}
			for i := got.Start; i < got.End; i++ {
				if (i < bare.Start || i >= bare.End) && (class[text[i]] != inNone || text[i] == '\n') {
					t.Fatalf("%q: %v became %v, which holds another word", text, bare, got)
				}
			}
		}
	})
}
