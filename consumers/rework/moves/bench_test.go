package moves

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

// madeUp is code of so many lines of seven tokens, a third of them names: a few that stand everywhere and many that don't.
func madeUp(rng *rand.Rand, lines int) []byte {
	var s sketch.Sketch
	for n := range lines {
		for range 7 {
			switch rng.IntN(6) {
			case 0:
				s.Tokens = append(s.Tokens, sketch.NewToken(uint32(rng.IntN(40_000)+1)*2654435761, true))
			case 1:
				s.Tokens = append(s.Tokens, sketch.NewToken(uint32(rng.IntN(60)+1)*2654435761, true))
			default:
				s.Tokens = append(s.Tokens, sketch.NewToken(uint32(rng.IntN(60)+1)*40503, false))
			}
		}
		s.Lines = append(s.Lines, sketch.Line{Number: n + 1, End: len(s.Tokens)})
	}
	return s.Append(nil)
}

// hot is a busy repository: every commit adds 100 lines to a file, and with every tenth one a suggestion of 20 lines leaves its file.
type hot struct {
	t     testing.TB
	rng   *rand.Rand
	state *State
	n     int
	out   int
}

func (h *hot) fold(m schemas.MoveInput) {
	h.n++
	m.EventID, m.Org, m.RepoToken, m.CausedBy = fmt.Sprintf("event-%020d", h.n), "acme", "repository", fmt.Sprintf("cause-%020d", h.n)
	m.OccurredAt = start.Add(time.Duration(h.n) * 12 * time.Second) // 100,000 in 14 days
	next, events, err := Fold(h.state, consumers.Input{Event: &m, LogTime: m.OccurredAt})
	if err != nil {
		h.t.Fatal(err)
	}
	h.state, h.out = next, h.out+len(events)
}

func (h *hot) add() {
	h.fold(schemas.MoveInput{Kind: schemas.MoveInputAdded, FileID: fmt.Sprintf("file-%020d", h.rng.IntN(2000)), CommitID: fmt.Sprintf("commit-%033d", h.n), Sketch: madeUp(h.rng, 100)})
}

// leave lets a suggestion leave that was accepted so long ago.
func (h *hot) leave(final bool, age time.Duration) {
	at := schemas.Some(start.Add(time.Duration(h.n)*12*time.Second - age))
	m := schemas.MoveInput{FileID: "f", AcceptanceID: fmt.Sprintf("acceptance-%020d", h.n), Sketch: madeUp(h.rng, 20), AcceptedAt: at, Kind: schemas.MoveInputLeft}
	if final { // the file went, too
		m.Kind, m.Verdict = schemas.MoveInputFinal, schemas.VerdictDeleted
		m.Model, m.SuggestionID, m.SessionID, m.UserToken = "a-model-of-some-name", "suggestion", "session", "user"
	}
	h.fold(m)
}

// TestABusyRepositoryIsBounded: the state always fits into a record, and every last word that doesn't is said.
func TestABusyRepositoryIsBounded(t *testing.T) {
	h := &hot{t: t, rng: rand.New(rand.NewPCG(1, 2))}
	largest, finals := 0, 0
	for i := range 1500 {
		h.add()
		if i%2 == 0 {
			if i%6 == 0 {
				finals++
			}
			h.leave(i%6 == 0, 0)
		}
		if i%300 == 299 {
			raw, err := json.Marshal(h.state)
			if err != nil {
				t.Fatal(err)
			}
			largest = max(largest, len(raw))
		}
	}
	waiting := 0
	for _, l := range h.state.Away {
		if l.Final != nil {
			waiting++
		}
	}
	t.Logf("at most %d bytes; %d texts, %d suggestions away, %d last words said, %d wait", largest, len(h.state.Added), len(h.state.Away), h.out, waiting)
	if largest > producers.MaxRecordBytes*9/10 || len(h.state.Away) < 100 || len(h.state.Added) < 100 {
		t.Errorf("%d bytes with %d texts and %d suggestions", largest, len(h.state.Added), len(h.state.Away))
	}
	if h.out+waiting != finals || h.out == 0 {
		t.Errorf("%d last words said and %d waiting, of %d", h.out, waiting, finals)
	}
}

// BenchmarkHotRepository is one input of a repository whose state is full, and what the runtime does after a batch: the state to JSON.
func BenchmarkHotRepository(b *testing.B) {
	full := func() *hot {
		h := &hot{t: b, rng: rand.New(rand.NewPCG(1, 2))}
		for i := range 900 {
			h.add()
			if i%2 == 0 {
				h.leave(i%6 == 0, 0)
			}
		}
		return h
	}
	b.Run("text_of_100_lines_comes", func(b *testing.B) {
		h := full()
		for b.Loop() {
			h.add()
		}
	})
	b.Run("suggestion_leaves", func(b *testing.B) {
		h := full()
		for b.Loop() {
			h.leave(false, 3*day) // all text may hold it
		}
	})
	b.Run("state", func(b *testing.B) {
		h := full()
		for b.Loop() {
			raw, err := json.Marshal(h.state)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(raw)), "bytes/state")
		}
	})
}
