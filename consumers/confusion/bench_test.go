package confusion

import (
	"strings"
	"testing"
)

// message200 is a message of 200 characters that reads like one.
const message200 = "I ran the migration you wrote and the column is still a varchar, so why does the log say that it was changed? I expected an integer here, maybe I am missing a step. What does the last line of it even mean"

func BenchmarkTag(b *testing.B) {
	tagger := newTestTagger(b)
	for _, bench := range []struct{ name, text string }{{"200chars", message200}, {"paste100KB", strings.Repeat("2026-01-01T00:00:00Z ERROR worker-7 failed to open /var/lib/x: permission denied\n", 1250)}} {
		b.Run(bench.name, func(b *testing.B) {
			m := Message{Channel: Chat, Text: bench.text, User: tagger.Sketch("change the type of the column"), Assistant: tagger.Sketch("Here is a migration that alters the column.")}
			b.SetBytes(int64(len(bench.text)))
			b.ReportAllocs()
			for b.Loop() {
				tagger.Tag(m)
			}
		})
	}
}

func newTestTagger(t testing.TB) *Tagger {
	t.Helper()
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return NewTagger(m, Key{})
}
