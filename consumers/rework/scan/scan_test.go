package scan

import (
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

func sum(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// code sketches words, line by line; those that begin with a capital letter are names.
func code(text string) (s sketch.Sketch, lines []uint64) {
	for i, line := range strings.Split(text, "\n") {
		lines = append(lines, sum(line))
		for _, word := range strings.Fields(line) {
			s.Tokens = append(s.Tokens, sketch.NewToken(uint32(sum(word)), word[0] >= 'A' && word[0] <= 'Z'))
		}
		if n := len(s.Tokens); n > 0 && (len(s.Lines) == 0 || s.Lines[len(s.Lines)-1].End < n) {
			s.Lines = append(s.Lines, sketch.Line{Number: i + 1, End: n})
		}
	}
	return s, lines
}

func change(path, before, after string) File {
	f := File{Path: path, Language: "go", Deleted: after == ""}
	f.Before, _ = code(before)
	f.After, f.Lines = code(after)
	if f.Deleted {
		f.Lines = nil
	}
	return f
}

const (
	rest  = "package P\nfunc Other A B\nreturn A + B * 3\nvar Z = 7"
	piece = "func Sum Values\nvar Total = 0\nfor V = range Values\nTotal += V * Weight\nreturn Total % Modulus"
)

func TestHistory(t *testing.T) {
	monday := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	renamed := strings.ReplaceAll(piece, "Total", "Result")
	for name, c := range map[string]struct {
		last         []File
		after        time.Duration
		revert       bool
		verdict      schemas.Verdict
		naiveDeleted int
		open         bool
	}{
		"untouched":          {[]File{change("a.go", rest+"\n"+piece, rest+"\n"+piece+"\nvar Y = 8")}, 24 * time.Hour, false, schemas.VerdictKept, 0, false},
		"renamed":            {[]File{change("a.go", rest+"\n"+piece, rest+"\n"+renamed)}, 24 * time.Hour, false, schemas.VerdictKept, 3, false},
		"moved away":         {[]File{change("a.go", rest+"\n"+piece, rest), change("b.go", "", "package Q\n"+piece)}, 24 * time.Hour, false, schemas.VerdictMoved, 5, false},
		"reverted":           {[]File{change("a.go", rest+"\n"+piece, rest)}, 24 * time.Hour, true, schemas.VerdictReverted, 5, false},
		"file deleted":       {[]File{change("a.go", rest+"\n"+piece, "")}, 24 * time.Hour, false, schemas.VerdictDeleted, 5, false},
		"gone after a month": {[]File{change("a.go", rest+"\n"+piece, "package P")}, 30 * 24 * time.Hour, false, schemas.VerdictKept, 0, false},
		"young":              {nil, time.Hour, false, schemas.VerdictKept, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := New()
			accepted := change("a.go", rest, rest+"\n"+piece)
			accepted.Assisted, accepted.Model = []Range{{1, 1 << 20}}, "m"
			commits := []*Commit{{ID: "c1", At: monday, Files: []File{accepted}}, {ID: "c2", At: monday.Add(c.after), Revert: c.revert, Files: c.last}}
			if !c.open {
				commits = append(commits, &Commit{ID: "c3", At: monday.Add(60 * 24 * time.Hour)})
			}
			for _, commit := range commits {
				if err := s.Commit(commit); err != nil {
					t.Fatal(err)
				}
			}
			r, err := s.Finish()
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Hunks) != 1 || r.Hunks[0].Verdict != c.verdict || r.Hunks[0].Open != c.open || r.Hunks[0].Start != 5 || r.Hunks[0].End != 9 {
				t.Fatalf("hunks %+v", r.Hunks)
			}
			if len(r.Weeks) != 1 || r.Weeks[0].Lines != 5 || r.Weeks[0].NaiveDeleted != c.naiveDeleted || !r.Weeks[0].Monday.Equal(monday.Truncate(24*time.Hour)) {
				t.Errorf("weeks %+v", r.Weeks)
			}
			if !c.open && r.Verdicts[c.verdict] != 1 {
				t.Errorf("verdicts %v", r.Verdicts)
			}
		})
	}
}

// Code may be in its new file before or after it leaves the old one.
func TestMovesBetweenCommits(t *testing.T) {
	const wide = piece + "\nTrace Span Log Values\nif Values == nil { panic Empty }\nfor I < Depth { Total = Total << Shift }"
	monday := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	leave, arrive := change("a.go", rest+"\n"+wide, rest), change("b.go", "package B\nimport Log", "package B\nimport Log\n"+wide)
	for name, steps := range map[string][]File{"later": {leave, arrive}, "earlier": {arrive, leave}} {
		s := New()
		accepted := change("a.go", rest+"\nstub Not Implemented", rest+"\n"+wide)
		accepted.Assisted = []Range{{1, 1 << 20}}
		for i, f := range append([]File{accepted}, steps...) {
			if err := s.Commit(&Commit{ID: "c", At: monday.Add(time.Duration(i) * 24 * time.Hour), Files: []File{f}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Commit(&Commit{ID: "d", At: monday.Add(20 * 24 * time.Hour)}); err != nil { // nothing happens to the files
			t.Fatal(err)
		}
		if h := s.hunks[0]; h.Verdict != schemas.VerdictMoved || h.Open || h.MovedTo != "b.go" {
			t.Errorf("%s: %+v", name, h)
		}
		if _, err := s.Finish(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARenamedFileIsTheSameFile(t *testing.T) {
	s := New()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	accepted := change("a.go", rest, rest+"\n"+piece)
	accepted.Assisted = []Range{{5, 9}}
	moved := change("b.go", rest+"\n"+piece, rest+"\n"+piece)
	moved.OldPath = "a.go"
	for i, files := range [][]File{{accepted}, {moved}, {change("b.go", rest+"\n"+piece, rest+"\n"+piece+"\nvar Y = 8")}} {
		if err := s.Commit(&Commit{ID: "c", At: at.Add(time.Duration(i) * 20 * 24 * time.Hour), Files: files}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Finish()
	if err != nil || len(r.Hunks) != 1 || r.Hunks[0].Verdict != schemas.VerdictKept || r.Hunks[0].Open || r.Weeks[0].NaiveDeleted != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}
