package rework

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

const (
	fileLines = 2000
	liveCount = 50
	liveLines = 20
)

// bigFile makes up a file of 2,000 lines of four to twelve tokens, a third of them names.
func bigFile() sketch.Sketch {
	rng := rand.New(rand.NewPCG(1, 2))
	var s sketch.Sketch
	for n := range fileLines {
		for range 4 + rng.IntN(9) {
			// Names of a file are many, the rest are few and frequent.
			if rng.IntN(3) == 0 {
				s.Tokens = append(s.Tokens, sketch.NewToken(uint32(rng.IntN(900)+1)*2654435761, true))
			} else {
				s.Tokens = append(s.Tokens, sketch.NewToken(uint32(rng.IntN(60)+1)*40503, false))
			}
		}
		s.Lines = append(s.Lines, sketch.Line{Number: n + 1, End: len(s.Tokens)})
	}
	return s
}

// edited changes one token in every so many lines and inserts a line before each of them.
func edited(s *sketch.Sketch, every int) sketch.Sketch {
	var out sketch.Sketch
	add := func(tokens []sketch.Token) {
		out.Tokens = append(out.Tokens, tokens...)
		out.Lines = append(out.Lines, sketch.Line{Number: len(out.Lines) + 1, End: len(out.Tokens)})
	}
	for i := range s.Lines {
		if i%every == every/2 {
			add([]sketch.Token{sketch.NewToken(uint32(i)*7919, true), 4, 6})
			add(append(append([]sketch.Token{}, s.Line(i)[1:]...), 8))
			continue
		}
		add(s.Line(i))
	}
	return out
}

func liveState(tb testing.TB, whole *sketch.Sketch) *State {
	f := &file{t: tb}
	f.send(0, schemas.CodeEvent{Kind: schemas.CodeFileSaved, Sketch: whole.Append(nil)})
	for i := range liveCount {
		from := 1 + i*fileLines/liveCount
		piece := whole.Cut(from, from+liveLines-1)
		id := func(kind string) string { return fmt.Sprintf("%s-%020d", kind, i/10) }
		f.send(0, schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, Sketch: piece.Append(nil), SuggestionID: fmt.Sprintf("suggestion-%015d", i),
			LineStart: schemas.Some(int32(from)), LineEnd: schemas.Some(int32(from + liveLines - 1)), SessionID: id("session"), ConversationID: id("conversation"),
			Model: "a-model-of-some-name", Feature: "inline_completion", Language: "go", UserToken: id("user"), TeamToken: id("team"), RepoToken: id("repo"), PathToken: id("path")})
	}
	f.send(0, schemas.CodeEvent{Kind: schemas.CodeFileSaved, Sketch: whole.Append(nil)})
	return f.state
}

// BenchmarkSave is a save of 2,000 lines against 50 live suggestions of 20 lines, sketch decoded and all; the state goes
// through JSON in state/op.
func BenchmarkSave(b *testing.B) {
	whole := bigFile()
	for name, every := range map[string]int{"one_line": fileLines, "40_lines": 50, "all_suggestions": 10} {
		b.Run(name, func(b *testing.B) {
			state := liveState(b, &whole)
			after := edited(&whole, every)
			versions := [2]*schemas.CodeEvent{}
			for i, s := range []*sketch.Sketch{&after, &whole} {
				versions[i] = &schemas.CodeEvent{Kind: schemas.CodeFileSaved, Sketch: s.Append(nil)}
				versions[i].OccurredAt, versions[i].Org = start, "acme"
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				next, _, err := Fold(state, consumers.Input{Event: versions[i%2], LogTime: start})
				if err != nil || len(next.Live) != liveCount {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkState is what the runtime does after a save: the state to JSON.
func BenchmarkState(b *testing.B) {
	whole := bigFile()
	state := liveState(b, &whole)
	for b.Loop() {
		raw, err := json.Marshal(state)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(raw)), "bytes/state")
	}
}
