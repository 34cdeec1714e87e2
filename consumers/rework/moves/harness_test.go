package moves

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// encode sketches words, line by line: words that begin with a capital letter are names.
func encode(text string) []byte {
	var s sketch.Sketch
	for i, line := range strings.Split(text, "\n") {
		before := len(s.Tokens)
		for _, word := range strings.Fields(line) {
			h := fnv.New32a()
			h.Write([]byte(word))
			s.Tokens = append(s.Tokens, sketch.NewToken(h.Sum32(), word[0] >= 'A' && word[0] <= 'Z'))
		}
		if len(s.Tokens) > before {
			s.Lines = append(s.Lines, sketch.Line{Number: i + 1, End: len(s.Tokens)})
		}
	}
	return s.Append(nil)
}

func lines(parts ...string) string { return strings.Join(parts, "\n") }

// repo is repositories under both folds, with the last words.
type repo struct {
	t     testing.TB
	files map[string]*rework.State
	repos map[string]*State
	n     int
	last  []*schemas.ReworkVerdict
}

func newRepo(t testing.TB) *repo {
	return &repo{t: t, files: map[string]*rework.State{}, repos: map[string]*State{}}
}

func (r *repo) send(at time.Duration, repo, file string, e schemas.CodeEvent) {
	r.t.Helper()
	r.n++
	e.EventID, e.OccurredAt, e.Org, e.FileID, e.RepoToken, e.Source = fmt.Sprint("e", r.n), start.Add(at), "acme", file, repo, "test"
	next, events, err := rework.Fold(r.files[file], consumers.Input{Event: &e, LogTime: e.OccurredAt.Add(time.Second)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.files[file] = next
	r.take(events)
}

// take passes on what the first fold wrote; the second one's state goes through JSON, as the runtime may do between any two events.
func (r *repo) take(events []schemas.Event) {
	r.t.Helper()
	for _, e := range events {
		if v, ok := e.(*schemas.ReworkVerdict); ok {
			if v.Kind == schemas.ReworkFinal {
				r.last = append(r.last, v)
			}
			continue
		}
		m := e.(*schemas.MoveInput)
		next, out, err := Fold(r.repos[m.RepoToken], consumers.Input{Event: m, LogTime: m.OccurredAt.Add(time.Second)})
		if err != nil {
			r.t.Fatal(err)
		}
		r.repos[m.RepoToken] = through(r.t, next)
		r.take(out)
	}
}

func through(t testing.TB, s *State) *State {
	if s == nil {
		return nil
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	s = new(State)
	if err := json.Unmarshal(raw, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *repo) accept(at time.Duration, repo, file string, line int, text, replaced string) {
	r.t.Helper()
	e := schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, SuggestionID: "suggestion in " + file, Model: "m", Sketch: encode(text),
		LineStart: schemas.Some(int32(line)), LineEnd: schemas.Some(int32(line + strings.Count(text, "\n")))}
	if replaced != "" {
		e.ReplacedSketch = encode(replaced)
	}
	r.send(at, repo, file, e)
}

// commit changes a file; its client tells what the file was before.
func (r *repo) commit(at time.Duration, repo, file, before, after string) {
	r.t.Helper()
	e := schemas.CodeEvent{Kind: schemas.CodeFileCommitted, CommitID: fmt.Sprint("c", int(at.Hours())), Sketch: encode(after), ReplacedSketch: encode(before)}
	r.send(at, repo, file, e)
}

// finish lets all timers go off, and returns the last words on suggestions in a file.
func (r *repo) finish(file string) []*schemas.ReworkVerdict {
	r.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		for s := r.files[name]; s != nil; {
			next, events, err := rework.Timer().Expire(s)
			if err != nil {
				r.t.Fatal(err)
			}
			s = next
			r.files[name] = s
			r.take(events)
		}
	}
	for name := range r.repos {
		for r.repos[name] != nil {
			next, events, err := Timer().Expire(r.repos[name])
			if err != nil {
				r.t.Fatal(err)
			}
			r.repos[name] = next
			r.take(events)
		}
	}
	var of []*schemas.ReworkVerdict
	for _, v := range r.last {
		if v.FileID == file {
			of = append(of, v)
		}
	}
	return of
}
