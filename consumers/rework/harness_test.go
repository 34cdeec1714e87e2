package rework

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// code sketches words, line by line: words that begin with a capital letter are names.
func code(text string) sketch.Sketch {
	var s sketch.Sketch
	for i, line := range strings.Split(text, "\n") {
		for _, word := range strings.Fields(line) {
			h := fnv.New32a()
			h.Write([]byte(word))
			s.Tokens = append(s.Tokens, sketch.NewToken(h.Sum32(), word[0] >= 'A' && word[0] <= 'Z'))
		}
		if n := len(s.Tokens); n > 0 && (len(s.Lines) == 0 || s.Lines[len(s.Lines)-1].End < n) {
			s.Lines = append(s.Lines, sketch.Line{Number: i + 1, End: n})
		}
	}
	return s
}

func encode(text string) []byte {
	s := code(text)
	return s.Append(nil)
}

// file is one file under the fold, with what it wrote.
type file struct {
	t       testing.TB
	state   *State
	n       int
	written []*schemas.ReworkVerdict
	told    []*schemas.MoveInput // for the search of the repository
}

func (f *file) send(at time.Duration, e schemas.CodeEvent) []*schemas.ReworkVerdict {
	f.t.Helper()
	f.n++
	e.EventID, e.OccurredAt, e.Org, e.FileID, e.Source = fmt.Sprint("e", f.n), start.Add(at), "acme", "file", "test"
	if f.state != nil { // as the runtime may do between any two events
		raw, err := json.Marshal(f.state)
		if err != nil {
			f.t.Fatal(err)
		}
		f.state = new(State)
		if err := json.Unmarshal(raw, f.state); err != nil {
			f.t.Fatal(err)
		}
	}
	next, events, err := Fold(f.state, consumers.Input{Event: &e, LogTime: e.OccurredAt.Add(time.Second)})
	if err != nil {
		f.t.Fatal(err)
	}
	f.state = next
	var out []*schemas.ReworkVerdict
	for _, o := range events {
		switch o := o.(type) {
		case *schemas.ReworkVerdict:
			out = append(out, o)
		case *schemas.MoveInput:
			f.told = append(f.told, o)
		}
	}
	f.written = append(f.written, out...)
	return out
}

func (f *file) accept(at time.Duration, line int, text, replaced string) []*schemas.ReworkVerdict {
	f.t.Helper()
	e := schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, SuggestionID: fmt.Sprint("s", f.n+1), Model: "m", Sketch: encode(text),
		LineStart: schemas.Some(int32(line)), LineEnd: schemas.Some(int32(line + strings.Count(text, "\n")))}
	if replaced != "" {
		e.ReplacedSketch = encode(replaced)
	}
	return f.send(at, e)
}

func (f *file) save(at time.Duration, text string) []*schemas.ReworkVerdict {
	f.t.Helper()
	return f.send(at, schemas.CodeEvent{Kind: schemas.CodeFileSaved, Sketch: encode(text)})
}

func (f *file) commit(at time.Duration, text, elsewhere string, revert bool) []*schemas.ReworkVerdict {
	f.t.Helper()
	e := schemas.CodeEvent{Kind: schemas.CodeFileCommitted, CommitID: "c1", Sketch: encode(text), IsRevert: revert}
	if elsewhere != "" {
		e.ElsewhereSketch = encode(elsewhere)
	}
	return f.send(at, e)
}

// fate is the latest judgement of the only live suggestion.
func (f *file) fate() Fate {
	f.t.Helper()
	if f.state == nil || len(f.state.Live) != 1 {
		f.t.Fatalf("want one live suggestion, state %+v", f.state)
	}
	return f.state.Live[0].Fate
}
