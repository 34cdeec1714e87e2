package moves

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

const (
	head  = "package Main\nimport Fmt Os Strings Sort\nvar Limit = 10"
	tail  = "func Main\nfor I < Limit\nFmt Println I\nOs Exit 3\nSort Ints Numbers\nStrings Join Names\ndefer Close File\nreturn"
	piece = "func Sum Values int\nvar Total = 0\nfor V = range Values\nif V > 0 && V < Limit\nTotal += V * Weight\nTrace Span Total Values\n" +
		"func Mean Values float\nreturn Sum Values / Float Len Values\nfunc Spread Values\nHigh := Max Values\nLow := Min Values\nreturn High - Low"
	stub  = "stub Not Implemented"
	other = "package Other\nimport Log\nfunc Start Server\nLog Info Port\nreturn Serve Port"
)

var (
	with    = lines(head, piece, tail)
	without = lines(head, tail)
	half    = strings.Join(strings.Split(piece, "\n")[:6], "\n")
	hour    = time.Hour
	day     = 24 * hour
)

func TestMoves(t *testing.T) {
	for name, c := range map[string]struct {
		steps    func(r *repo) // after the acceptance into a.go at 0 and its commit after an hour
		verdict  schemas.Verdict
		survival [2]float64
		to       string
		commit   string
	}{
		"appears later": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(3*hour, "r", "c.go", "", other)
			r.commit(50*hour, "r", "b.go", other, lines(other, piece))
		}, schemas.VerdictMoved, [2]float64{1, 1}, "b.go", "c50"},
		"appeared before": {func(r *repo) {
			r.commit(2*hour, "r", "b.go", other, lines(other, piece))
			r.commit(30*hour, "r", "c.go", "", other)
			r.commit(50*hour, "r", "a.go", with, without)
		}, schemas.VerdictMoved, [2]float64{1, 1}, "b.go", "c2"},
		"a name changed": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(50*hour, "r", "b.go", other, lines(other, strings.ReplaceAll(piece, "Total", "Acc")))
		}, schemas.VerdictMoved, [2]float64{0.95, 1}, "b.go", "c50"},
		"in another repository": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(3*hour, "other", "b.go", other, lines(other, piece))
		}, schemas.VerdictDeleted, [2]float64{0, 0}, "", ""},
		"nowhere": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(3*hour, "r", "b.go", "", other)
		}, schemas.VerdictDeleted, [2]float64{0, 0}, "", ""},
		"half of it": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(3*hour, "r", "b.go", other, lines(other, half))
		}, schemas.VerdictDeleted, [2]float64{0.4, 0.6}, "", ""},
		"half stays, half appears later": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, lines(head, half, tail))
			r.commit(3*hour, "r", "b.go", other, lines(other, strings.Join(strings.Split(piece, "\n")[6:], "\n")))
		}, schemas.VerdictMoved, [2]float64{0.9, 1}, "b.go", "c3"},
		"stands everywhere": {func(r *repo) {
			for i := range everywhere {
				r.commit(time.Duration(2+i)*hour, "r", fmt.Sprintf("b%d.go", i), other, lines(other, piece))
			}
			r.commit(50*hour, "r", "a.go", with, without)
		}, schemas.VerdictDeleted, [2]float64{0, 1}, "", ""},
		"stood there before": {func(r *repo) {
			r.commit(2*hour, "r", "b.go", lines(other, piece), lines("import More", other, piece))
			r.commit(50*hour, "r", "a.go", with, without)
		}, schemas.VerdictDeleted, [2]float64{0, 0}, "", ""},
		"code of the same form": {func(r *repo) {
			same := piece
			for i, name := range []string{"Sum", "Values", "Total", "V", "Limit", "Weight", "Trace", "Span", "Mean", "Float", "Len", "Spread", "High", "Max", "Low", "Min"} {
				same = strings.ReplaceAll(" "+strings.ReplaceAll(same, "\n", " \n ")+" ", " "+name+" ", fmt.Sprintf(" Name%d ", i))
			}
			r.commit(2*hour, "r", "b.go", other, lines(other, same))
			r.commit(50*hour, "r", "a.go", with, without)
		}, schemas.VerdictDeleted, [2]float64{0, 0}, "", ""},
		"typed again": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(3*hour, "r", "a.go", without, with)
		}, schemas.VerdictKept, [2]float64{1, 1}, "", ""},
		"too late": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.commit(15*day, "r", "b.go", other, lines(other, piece))
		}, schemas.VerdictDeleted, [2]float64{0, 0}, "", ""},
		"file deleted, text elsewhere later": {func(r *repo) {
			r.send(2*hour, "r", "a.go", schemas.CodeEvent{Kind: schemas.CodeFileCommitted, CommitID: "c2", FileDeleted: true})
			r.commit(50*hour, "r", "b.go", other, lines(other, piece))
		}, schemas.VerdictMoved, [2]float64{1, 1}, "b.go", "c50"},
		"file deleted": {func(r *repo) {
			r.send(2*hour, "r", "a.go", schemas.CodeEvent{Kind: schemas.CodeFileCommitted, CommitID: "c2", FileDeleted: true})
		}, schemas.VerdictDeleted, [2]float64{0, 0}, "", "c2"},
		"into a followed file, whose client doesn't tell what was before": {func(r *repo) {
			r.accept(90*time.Minute, "r", "b.go", 1, "import More Things", "")
			r.send(91*time.Minute, "r", "b.go", schemas.CodeEvent{Kind: schemas.CodeFileSaved, Sketch: encode(lines("import More Things", other))})
			r.commit(2*hour, "r", "a.go", with, without)
			r.send(3*hour, "r", "b.go", schemas.CodeEvent{Kind: schemas.CodeFileCommitted, CommitID: "c3", Sketch: encode(lines("import More Things", other, piece))})
		}, schemas.VerdictMoved, [2]float64{1, 1}, "b.go", "c3"},
		"suggested again elsewhere": {func(r *repo) {
			r.commit(2*hour, "r", "a.go", with, without)
			r.accept(3*hour, "r", "b.go", 1, piece, "")
		}, schemas.VerdictMoved, [2]float64{1, 1}, "b.go", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t)
			r.accept(0, "r", "a.go", 4, piece, stub)
			r.commit(hour, "r", "a.go", lines(head, stub, tail), with)
			c.steps(r)
			got := r.finish("a.go")
			if len(got) != 1 {
				t.Fatalf("%d last words", len(got))
			}
			v := got[0]
			if v.Verdict != c.verdict || v.Survival.Value < c.survival[0] || v.Survival.Value > c.survival[1] || v.MovedTo != c.to || v.CommitID != c.commit && c.commit != "" {
				t.Errorf("got %s %v, to %q by %q; want %s %v, %q by %q", v.Verdict, v.Survival, v.MovedTo, v.CommitID, c.verdict, c.survival, c.to, c.commit)
			}
			if v.EventID != schemas.DerivedID("rework", "acme", "e1", "final") || v.SuggestionID != "suggestion in a.go" || v.RepoToken != "r" || v.Model != "m" {
				t.Errorf("got %+v", v)
			}
		})
	}
}

// Text that left and text that came reach the service from many partitions, in any order.
func TestOrderDoesNotMatter(t *testing.T) {
	at := func(h time.Duration) schemas.Envelope {
		return schemas.Envelope{EventID: fmt.Sprint("e", h), OccurredAt: start.Add(h), Org: "acme"}
	}
	came := &schemas.MoveInput{Envelope: at(5 * hour), Kind: schemas.MoveInputAdded, RepoToken: "r", FileID: "b.go", CausedBy: "x", Sketch: encode(piece)}
	left := &schemas.MoveInput{Envelope: at(4 * hour), Kind: schemas.MoveInputLeft, RepoToken: "r", FileID: "a.go", AcceptanceID: "s", Sketch: encode(piece), AcceptedAt: schemas.Some(start)}
	last := &schemas.MoveInput{Envelope: at(14 * day), Kind: schemas.MoveInputFinal, RepoToken: "r", FileID: "a.go", AcceptanceID: "s", Sketch: encode(piece), AcceptedAt: schemas.Some(start),
		Verdict: schemas.VerdictDeleted, Survival: schemas.Some(0.0)}
	earlier := &schemas.MoveInput{Envelope: at(2 * hour), Kind: schemas.MoveInputAdded, RepoToken: "r", FileID: "c.go", CausedBy: "y", Sketch: encode(piece)}
	for i, order := range [][]schemas.Event{{left, came, last}, {came, left, last}, {came, last}, {came, left, left, last}, {earlier, left, came, last}, {came, left, earlier, last}} {
		var state *State
		var out []schemas.Event
		for _, e := range order {
			next, events, err := Fold(state, consumers.Input{Event: e, LogTime: start.Add(20 * day)})
			if err != nil {
				t.Fatal(err)
			}
			state, out = through(t, next), append(out, events...)
		}
		if v := out[0].(*schemas.ReworkVerdict); len(out) != 1 || v.Verdict != schemas.VerdictMoved || v.MovedTo != "b.go" {
			t.Errorf("order %d: %+v", i, out)
		}
	}
}

func TestWhatIsNoInputIsAnError(t *testing.T) {
	for name, e := range map[string]schemas.Event{
		"sketch": &schemas.MoveInput{Kind: schemas.MoveInputAdded, Sketch: []byte("code")},
		"marks":  &schemas.MoveInput{Kind: schemas.MoveInputFinal, Sketch: encode("a b"), Standing: []byte("101")},
		"record": &schemas.Outcome{},
	} {
		if state, events, err := Fold(nil, consumers.Input{Event: e, LogTime: start}); err == nil || state != nil || events != nil {
			t.Errorf("%s: %v, %v, %v", name, state, events, err)
		}
	}
}
