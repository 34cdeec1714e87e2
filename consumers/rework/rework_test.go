package rework

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

const (
	head  = "package Main\nimport Fmt Os Strings Sort\nvar Limit = 10"
	tail  = "func Main\nfor I < Limit\nFmt Println I\nOs Exit 3\nSort Ints Numbers\nStrings Join Names\ndefer Close File\nreturn"
	piece = "func Sum Values int\nvar Total = 0\nfor V = range Values\nif V > 0 && V < Limit\nTotal += V * Weight\nreturn Total % Modulus"
)

func lines(parts ...string) string { return strings.Join(parts, "\n") }

// pieceLine is where the piece stands between head and tail.
const pieceLine = 4

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		replaced  string
		later     []string // versions of the file
		elsewhere string   // added to other files by the last step
		revert    bool     // the last step says so
		verdict   schemas.Verdict
		survival  [2]float64
	}{
		"untouched":            {"", []string{lines(head, piece, tail)}, "", false, schemas.VerdictKept, [2]float64{1, 1}},
		"moved by lines above": {"", []string{lines("// new", "const New = 1", head, piece, tail)}, "", false, schemas.VerdictKept, [2]float64{1, 1}},
		"reformatted":          {"", []string{lines(head, strings.ReplaceAll(piece, "\n", " "), tail)}, "", false, schemas.VerdictKept, [2]float64{1, 1}},
		"renamed":              {"", []string{lines(head, strings.NewReplacer("Total", "Result", "Values", "Numbers").Replace(piece), tail)}, "", false, schemas.VerdictKept, [2]float64{1, 1}},
		"down in the file":     {"", []string{lines(head, tail, piece)}, "", false, schemas.VerdictMoved, [2]float64{1, 1}},
		"to another file":      {"", []string{lines(head, tail)}, lines("package Other", piece), false, schemas.VerdictMoved, [2]float64{1, 1}},
		"to another, renamed":  {"", []string{lines(head, tail)}, lines("package Other", strings.ReplaceAll(piece, "Total", "Acc")), false, schemas.VerdictMoved, [2]float64{1, 1}},
		"taken out":            {"stub Not Implemented", []string{lines(head, tail)}, "", false, schemas.VerdictDeleted, [2]float64{0, 0}},
		"out and in again":     {"", []string{lines(head, tail), lines(head, piece, tail)}, "", false, schemas.VerdictKept, [2]float64{1, 1}},
		"file as before":       {"", []string{lines(head, tail)}, "", false, schemas.VerdictReverted, [2]float64{0, 0}},
		"stub is back":         {"stub Not Implemented", []string{lines("const More = 2", head, "stub Not Implemented", tail)}, "", false, schemas.VerdictReverted, [2]float64{0, 0.1}},
		"revert by message":    {"stub Not Implemented", []string{lines(head, tail)}, "", true, schemas.VerdictReverted, [2]float64{0, 0}},
		"revert of other code": {"", []string{lines(head, piece)}, "", true, schemas.VerdictKept, [2]float64{1, 1}},
		"rewritten": {"", []string{lines(head, "func Sum Values int\nreturn Slices Reduce Values Add Zero Fold Left", tail)}, "", false,
			schemas.VerdictRewritten, [2]float64{0.1, 0.5}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &file{t: t}
			f.accept(0, pieceLine, piece, c.replaced)
			f.save(time.Second, lines(head, piece, tail))
			for i, text := range c.later {
				last := i == len(c.later)-1
				elsewhere := ""
				if last {
					elsewhere = c.elsewhere
				}
				f.commit(time.Duration(i+2)*time.Second, text, elsewhere, last && c.revert)
			}
			if got := f.fate(); got.Verdict != c.verdict || got.Survival < c.survival[0] || got.Survival > c.survival[1] {
				t.Errorf("got %+v, want %s, survival within %v", got, c.verdict, c.survival)
			}
		})
	}
}

func TestCheckpointsAreAnsweredByTheNextEvent(t *testing.T) {
	f := &file{t: t}
	f.accept(0, pieceLine, piece, "")
	f.save(time.Second, lines(head, piece, tail))
	f.save(30*time.Second, lines(head, "func Sum", tail)) // 15 s still whole, 30 s not any more
	got := f.save(20*time.Hour, lines(head, tail))
	ages := func(vs []*schemas.ReworkVerdict) (s []int32) {
		for _, v := range vs {
			s = append(s, v.CheckpointS.Or(-1))
		}
		return s
	}
	if want := []int32{15, 30, 60, 120, 300, 600, 900}; !slices.Equal(ages(f.written), want) || !slices.Equal(ages(got), want[2:]) {
		t.Fatalf("checkpoints %v, the last event wrote %v", ages(f.written), ages(got))
	}
	for i, v := range f.written {
		if whole := v.Survival.Value == 1; whole != (i == 0) || v.Kind != schemas.ReworkCheckpoint || v.Reported || v.AcceptedAt.Value != start {
			t.Errorf("checkpoint %d is %+v", i, v)
		}
	}
	f.written = nil
	f.save(15*day*time.Second, lines(head, piece, tail)) // too late to count
	if want := []int32{day, 3 * day, 7 * day, 14 * day, -1}; !slices.Equal(ages(f.written), want) {
		t.Fatalf("checkpoints %v, want %v", ages(f.written), want)
	}
	if v := f.written[4]; v.Kind != schemas.ReworkFinal || v.Verdict != schemas.VerdictReverted || v.AgeS.Value != 14*day {
		t.Errorf("the last word is %+v", v)
	}
	if f.state != nil {
		t.Errorf("nothing is live, but the state is %+v", f.state)
	}
}

func TestADeletedFileIsFinal(t *testing.T) {
	f := &file{t: t}
	f.accept(0, pieceLine, piece, "")
	f.save(time.Second, lines(head, piece, tail))
	got := f.send(time.Minute, schemas.CodeEvent{Kind: schemas.CodeFileCommitted, FileDeleted: true, CommitID: "c9"})
	v := got[len(got)-1]
	if v.Kind != schemas.ReworkFinal || v.Verdict != schemas.VerdictDeleted || v.CommitID != "c9" || v.AgeS.Value != 60 || f.state != nil {
		t.Errorf("got %+v, state %v", v, f.state)
	}
}

// A file that has no event any more gets its last word from the timer, by what was known last.
func TestAnIdleFileIsConcluded(t *testing.T) {
	f := &file{t: t}
	f.accept(0, pieceLine, piece, "")
	f.accept(2*time.Hour, 1, "import More Things", "")
	f.save(3*time.Hour, lines(head, piece, tail))
	f.accept(5*24*time.Hour, 1, "import Even More", "")
	f.written = nil
	timer := Timer()
	wait, ok := timer.Left(f.state)
	if want := 9*24*time.Hour + patience*time.Millisecond; !ok || wait != want {
		t.Fatalf("goes off in %v, want %v", wait, want)
	}
	next, events, err := timer.Expire(f.state)
	if err != nil || len(next.Live) != 1 {
		t.Fatal(next, err)
	}
	finals := 0
	for _, e := range events {
		v := e.(*schemas.ReworkVerdict)
		if v.Kind == schemas.ReworkFinal {
			finals++
			if v.AgeS.Value != 14*day || v.CausedBy != "e4" || v.Org != "acme" || v.FileID != "file" {
				t.Errorf("got %+v", v)
			}
		}
	}
	if wait, _ := timer.Left(next); finals != 2 || wait != 5*24*time.Hour {
		t.Errorf("%d last words, the next in %v", finals, wait)
	}
	if next, events, err = timer.Expire(next); err != nil || next != nil || len(events) != 2 {
		t.Errorf("%+v, %d events, %v", next, len(events), err)
	}
}

// Where the repository is known, rework isn't concluded before it was searched.
func TestWhatTheRepositoryIsSearchedFor(t *testing.T) {
	f := &file{t: t}
	e := schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, SuggestionID: "s", RepoToken: "r", Sketch: encode(piece), LineStart: schemas.Some(int32(pieceLine)), LineEnd: schemas.Some(int32(pieceLine + 5)),
		ReplacedSketch: encode("stub Not Implemented")}
	f.send(0, e)
	f.save(time.Second, lines(head, piece, tail))
	f.save(2*time.Second, lines(head, piece, "func More Code That Stands In no Other File At All", tail))
	f.save(3*time.Second, lines(head, tail))
	f.save(4*time.Second, lines(head, "func Sum", tail))
	last := f.send(5*time.Second, schemas.CodeEvent{Kind: schemas.CodeFileCommitted, FileDeleted: true, CommitID: "c"})
	var kinds []string
	for _, m := range f.told {
		kinds = append(kinds, string(m.Kind))
		if m.RepoToken != "r" || m.FileID != "file" || m.Kind != schemas.MoveInputAdded && m.AcceptanceID != "e1" {
			t.Errorf("told %+v", m)
		}
	}
	if want := []string{"added", "added", "left", "final"}; !slices.Equal(kinds, want) || len(last) != 0 || f.state != nil {
		t.Fatalf("told %v, want %v; verdicts %+v", kinds, want, last)
	}
	if v := Verdict(f.told[3]); v.Verdict != schemas.VerdictDeleted || v.CommitID != "c" || v.SuggestionID != "s" || v.Kind != schemas.ReworkFinal {
		t.Errorf("the last word is %+v", v)
	}
	unfollowed := schemas.CodeEvent{Kind: schemas.CodeFileCommitted, RepoToken: "r", CommitID: "d", Sketch: encode(lines(head, piece)), ReplacedSketch: encode(head)}
	f.told = nil
	f.send(6*time.Second, unfollowed)
	if len(f.told) != 1 || string(f.told[0].Sketch) != string(inOneLine(code(piece).Tokens)) || f.told[0].CommitID != "d" {
		t.Errorf("told %+v", f.told)
	}
}

func TestCensoring(t *testing.T) {
	f := &file{t: t}
	f.accept(0, pieceLine, piece, "")
	f.accept(time.Second, 1, "import More Things", "")
	got := f.send(20*time.Second, schemas.CodeEvent{Kind: schemas.CodeTrackingStopped, SuggestionID: "s1", CensorReason: "branch_switched"})
	v := got[len(got)-1]
	if len(got) != 3 || v.Kind != schemas.ReworkCensored || v.CensorReason != "branch_switched" || v.SuggestionID != "s1" || v.AgeS.Value != 20 {
		t.Fatalf("got %+v", got)
	}
	got = f.send(25*time.Second, schemas.CodeEvent{Kind: schemas.CodeTrackingStopped})
	if len(got) != 1 || got[0].SuggestionID != "s2" || got[0].CensorReason != "tracking_stopped" || f.state != nil {
		t.Errorf("got %+v, state %v", got, f.state)
	}
	if got := f.accept(30*time.Second, 1, "", ""); len(got) != 1 || got[0].CensorReason != "no_tokens" || f.state != nil {
		t.Errorf("code without tokens: got %+v", got)
	}
	for i := range maxLive + 1 {
		got = f.accept(time.Duration(31+i)*time.Millisecond, i+1, "var A = 1", "")
	}
	if len(got) != 1 || got[0].CensorReason != "crowded_out" || len(f.state.Live) != maxLive {
		t.Errorf("got %+v, %d live", got, len(f.state.Live))
	}
}

func TestReportedSurvival(t *testing.T) {
	f := &file{t: t}
	e := schemas.CodeEvent{Kind: schemas.CodeSurvivalObserved, Reported: true, SuggestionID: "s", Model: "m", CheckpointS: schemas.Some(int32(30)),
		Survival: schemas.Some(0.8), SurvivalMethod: "four_gram"}
	got := f.send(0, e)
	if v := got[0]; len(got) != 1 || !v.Reported || v.Survival.Value != 0.8 || v.FourGram.Value != 0.8 || v.CheckpointS.Value != 30 || v.Method != "four_gram" || v.Verdict != "" {
		t.Errorf("got %+v", got[0])
	}
	e.CensorReason = "branch_switched"
	if v := f.send(0, e)[0]; v.Kind != schemas.ReworkCensored || v.Survival.Set {
		t.Errorf("got %+v", v)
	}
	if f.state != nil {
		t.Error("a report left a state")
	}
}

func TestWhatCannotBeFollowedIsAnError(t *testing.T) {
	for name, e := range map[string]*schemas.CodeEvent{
		"sketch":   {Kind: schemas.CodeSuggestionAccepted, Sketch: []byte("code"), LineStart: schemas.Some(int32(1))},
		"line":     {Kind: schemas.CodeSuggestionAccepted, Sketch: encode("a b")},
		"survival": {Kind: schemas.CodeSurvivalObserved, Survival: schemas.Some(1.5)},
	} {
		e.OccurredAt = start
		if state, events, err := Fold(nil, consumers.Input{Event: e, LogTime: start}); err == nil || state != nil || events != nil {
			t.Errorf("%s: %v, %v, %v", name, state, events, err)
		}
	}
	if _, _, err := Fold(nil, consumers.Input{Event: &schemas.Outcome{}}); err == nil {
		t.Error("an outcome was followed")
	}
}
