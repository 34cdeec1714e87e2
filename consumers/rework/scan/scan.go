// Package scan runs the service rework over a history of commits: it turns each commit into the events that clients would
// have sent, and collects the verdicts. It must not know git or read files: commits arrive as values, code as sketches.
package scan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/consumers/rework/moves"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

// Commit is one step of the main line.
type Commit struct {
	ID     string
	At     time.Time
	Revert bool // its message says that it reverts something
	Files  []File
}

// File is a file that the commit changed.
type File struct {
	Path     string
	OldPath  string // where it was renamed from; empty: nowhere
	Language string
	Before   sketch.Sketch
	After    sketch.Sketch // empty where the file was deleted
	Deleted  bool
	Lines    []uint64 // hashes of the lines of text after the commit
	Assisted []Range  // which lines an assistant wrote, of those that the commit added
	Model    string   // which assistant, as the history names it
}

// Range is a range of lines, both included.
type Range struct{ First, Last int }

// Hunk is a run of lines that an assistant wrote, and what became of it.
type Hunk struct {
	Commit   string          `json:"commit"`
	At       time.Time       `json:"at"`
	Path     string          `json:"path"` // in that commit
	Start    int             `json:"start"`
	End      int             `json:"end"`
	Model    string          `json:"model"`
	Tokens   int             `json:"tokens"`
	Verdict  schemas.Verdict `json:"verdict"`
	Survival float64         `json:"survival"`
	AgeS     int64           `json:"age_s"`
	MovedTo  string          `json:"moved_to,omitempty"` // where a later or earlier commit put it
	Open     bool            `json:"open"`               // the history ends before it is 14 days old
}

// Scan follows a history, oldest commit first.
type Scan struct {
	states map[string]*rework.State
	due    map[string]time.Time // when the timers of the states go off
	repo   *moves.State
	hunks  []Hunk
	churn  naive
	now    time.Time
	offset int64
}

// New returns a scan of an empty history.
func New() *Scan {
	return &Scan{states: map[string]*rework.State{}, due: map[string]time.Time{}, churn: newNaive()}
}

// Commit takes in the next commit. Clocks that go back are set to the latest time seen.
func (s *Scan) Commit(c *Commit) error {
	if c.At.After(s.now) {
		s.now = c.At
	}
	if err := s.expire(); err != nil {
		return err
	}
	for i := range c.Files {
		f := &c.Files[i]
		if f.OldPath != "" {
			if state := s.states[f.OldPath]; state != nil {
				s.states[f.Path], s.due[f.Path] = state, s.due[f.OldPath]
			}
			delete(s.states, f.OldPath)
			delete(s.due, f.OldPath)
			s.churn.rename(f.OldPath, f.Path)
		}
	}
	for i := range c.Files {
		if err := s.file(c, i); err != nil {
			return fmt.Errorf("commit %s, %s: %w", c.ID, c.Files[i].Path, err)
		}
	}
	return nil
}

func (s *Scan) file(c *Commit, i int) error {
	f := &c.Files[i]
	s.churn.change(f, s.now)
	followed, accepted := s.states[f.Path] != nil, false
	for _, a := range rework.Hunks(&f.Before, &f.After) {
		if !f.assisted(a.Start, a.End) {
			continue
		}
		accepted = true
		id := strconv.Itoa(len(s.hunks))
		s.hunks = append(s.hunks, Hunk{Commit: c.ID, At: s.now, Path: f.Path, Start: a.Start, End: a.End, Model: f.Model, Tokens: len(a.Accepted.Tokens), Open: true})
		e := &schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, SuggestionID: id, Language: f.Language, Model: f.Model,
			Sketch: a.Accepted.Append(nil), LineStart: schemas.Some(int32(a.Start)), LineEnd: schemas.Some(int32(a.End))}
		if len(a.Replaced.Tokens) > 0 {
			e.ReplacedSketch = a.Replaced.Append(nil)
		}
		if err := s.send(f.Path, e); err != nil {
			return err
		}
	}
	e := &schemas.CodeEvent{Kind: schemas.CodeFileCommitted, CommitID: c.ID, IsRevert: c.Revert, FileDeleted: f.Deleted, Sketch: f.After.Append(nil)}
	if !followed && !accepted && !f.Deleted { // otherwise what came is known
		e.ReplacedSketch = f.Before.Append(nil)
	}
	if followed {
		var elsewhere sketch.Sketch
		for j := range c.Files {
			if j != i {
				rework.AppendAdded(&elsewhere, &c.Files[j].Before, &c.Files[j].After)
			}
		}
		if len(elsewhere.Tokens) > 0 {
			e.ElsewhereSketch = elsewhere.Append(nil)
		}
	}
	return s.send(f.Path, e)
}

// assisted reports whether an assistant wrote the lines, or a part of them.
func (f *File) assisted(first, last int) bool {
	return slices.ContainsFunc(f.Assisted, func(r Range) bool { return r.First <= last && r.Last >= first })
}

// send gives an event to the service and notes its verdicts.
func (s *Scan) send(path string, e *schemas.CodeEvent) error {
	s.offset++
	e.EventID, e.OccurredAt, e.Source, e.Org, e.FileID, e.RepoToken = strconv.FormatInt(s.offset, 10), s.now, "git", "scan", path, "scan"
	next, events, err := rework.Fold(s.states[path], consumers.Input{Event: e, Offset: s.offset, LogTime: s.now})
	if err != nil {
		return err
	}
	s.keep(path, next, s.now)
	return s.take(events)
}

var timer, movesTimer = rework.Timer(), moves.Timer()

// keep notes a file's state, and when its timer goes off, which runs from a time on.
func (s *Scan) keep(path string, state *rework.State, from time.Time) {
	if state == nil {
		delete(s.states, path)
		delete(s.due, path)
		return
	}
	s.states[path] = state
	if left, ok := timer.Left(state); ok {
		s.due[path] = from.Add(left)
	}
}

// expire lets the timers go off whose time has come.
func (s *Scan) expire() error {
	for _, path := range slices.Sorted(maps.Keys(s.due)) {
		for at, ok := s.due[path]; ok && !at.After(s.now); at, ok = s.due[path] {
			next, events, err := timer.Expire(s.states[path])
			if err != nil {
				return err
			}
			s.keep(path, next, at)
			if err := s.take(events); err != nil {
				return err
			}
		}
	}
	return nil
}

// take passes on what the search of the repository has to know, and notes verdicts.
func (s *Scan) take(events []schemas.Event) error {
	for _, event := range events {
		v, ok := event.(*schemas.ReworkVerdict)
		if !ok {
			next, more, err := moves.Fold(s.repo, consumers.Input{Event: event, LogTime: s.now})
			if err != nil {
				return err
			}
			s.repo = next
			if err := s.take(more); err != nil {
				return err
			}
			continue
		}
		at, err := strconv.Atoi(v.SuggestionID)
		if err != nil {
			return fmt.Errorf("verdict on suggestion %q: %w", v.SuggestionID, err)
		}
		h := &s.hunks[at]
		h.Verdict, h.Survival, h.AgeS, h.Open = v.Verdict, v.Survival.Or(0), v.AgeS.Or(0), v.Kind != schemas.ReworkFinal
		h.MovedTo = v.MovedTo
	}
	return nil
}

// Finish ends the history and returns what it found: hunks that aren't 14 days old are open, with what is known of them.
func (s *Scan) Finish() (Result, error) {
	for _, path := range slices.Sorted(maps.Keys(s.states)) {
		if err := s.send(path, &schemas.CodeEvent{Kind: schemas.CodeTrackingStopped}); err != nil {
			return Result{}, fmt.Errorf("end of %s: %w", path, err)
		}
	}
	for s.repo != nil { // the last words that still wait
		next, events, err := movesTimer.Expire(s.repo)
		if err != nil {
			return Result{}, fmt.Errorf("end of the history: %w", err)
		}
		s.repo = next
		if err := s.take(events); err != nil {
			return Result{}, fmt.Errorf("end of the history: %w", err)
		}
	}
	return s.result(), nil
}
