package gate

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/schemas"
)

// story draws what happens to a change: its own suggestions, findings and reviews.
func story(r *rapid.T, change string) []schemas.GateInput {
	var out []schemas.GateInput
	n := rapid.IntRange(1, 12).Draw(r, "events of "+change)
	for range n {
		s := change + rapid.SampledFrom([]string{"a", "b"}).Draw(r, "suggestion")
		var e schemas.GateInput
		switch rapid.IntRange(0, 9).Draw(r, "event") {
		case 0:
			e = opened(change, prefix(int64(len(out)), 12)...)
		case 1:
			e = updated(change, prefix(int64(10*len(out)), 12)...)
		case 2, 3:
			e = accepted(s, change)
		case 4:
			e = sqli(s)
		case 5:
			e = clean(s)
		case 6:
			e = gateReview(change, rapid.SampledFrom([]string{Approved, Rejected}).Draw(r, "verdict"), rapid.SampledFrom([]string{"ann", "bob"}).Draw(r, "reviewer"))
		case 7:
			e = codeReview(change, Approved, "bob")
		case 8:
			e = mergedAs(change, "m-"+change)
		case 9:
			e = incident(change)
		}
		e.FileID = "file of " + change
		e.EventID = fmt.Sprintf("%s-%d", change, len(out))
		e.OccurredAt = start.Add(time.Duration(len(out)) * time.Second)
		out = append(out, e)
	}
	return out
}

// What happens to one change doesn't depend on how the events of others lie between its own, and no decision but pass comes without
// a reason or a reviewer.
func TestIndependentChanges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		stories := [][]schemas.GateInput{story(r, "1"), story(r, "2")}
		want := map[string]string{}
		for _, s := range stories {
			alone := newTape(t)
			for _, e := range s {
				alone.feed(e)
			}
			for _, d := range alone.decisions {
				want[d.ChangeID] += fmt.Sprintf("%s %v %v\n", d.Kind, d.Reasons, d.ReviewerToken)
				if d.Kind != schemas.GatePass && len(d.Reasons) == 0 && d.ReviewerToken == "" {
					r.Fatalf("%s without a reason", d.Kind)
				}
			}
		}
		together, got := newTape(t), map[string]string{}
		for len(stories[0])+len(stories[1]) > 0 {
			i := rapid.IntRange(0, 1).Draw(r, "next")
			if len(stories[i]) == 0 {
				i = 1 - i
			}
			for _, d := range together.feed(stories[i][0]) {
				got[d.ChangeID] += fmt.Sprintf("%s %v %v\n", d.Kind, d.Reasons, d.ReviewerToken)
			}
			stories[i] = stories[i][1:]
		}
		for id := range want {
			if got[id] != want[id] {
				r.Fatalf("change %s alone:\n%s\namong others:\n%s", id, want[id], got[id])
			}
		}
	})
}

// A verbatim part is contained whole, however long the text around it is.
func TestAPartIsContained(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Int64(), 10, 5000, rapid.ID[int64]).Draw(r, "text")
		from := rapid.IntRange(0, len(all)-5).Draw(r, "from")
		to := rapid.IntRange(from+5, len(all)).Draw(r, "to")
		part := newPrints(all[from:to], suggestionPrints)
		if share, of := part.in(newPrints(all, changePrints), changePrints); of > 0 && share != 1 {
			r.Fatalf("%v of %d", share, of)
		}
	})
}
