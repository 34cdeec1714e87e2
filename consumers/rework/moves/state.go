package moves

import (
	"cmp"
	"math"
	"slices"

	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

// State is what is kept of a repository: text that came into its files within the last 15 days, at most maxAdded bytes of it, the newest; and
// accepted code whose text left its file, at most maxAway bytes of it, the last that left. It is written as a whole, and as JSON must fit into a
// record.
type State struct {
	Watermark int64     `json:"w"` // newest event time, milliseconds
	Added     []*passed `json:"a,omitempty"`
	Away      []*leaver `json:"l,omitempty"`
}

const (
	maxAdded = 256 << 10
	maxAway  = 256 << 10
	overhead = 128 // bytes that an entry takes beside its text
)

// passed is text that came into a file.
type passed struct {
	At     int64  `json:"t"` // milliseconds
	File   string `json:"f"`
	Commit string `json:"c,omitempty"`
	Event  string `json:"e"`
	Code   []byte `json:"s"`
}

// leaver is accepted code whose text is no longer where it was.
type leaver struct {
	ID       string             `json:"i"` // event id of the acceptance
	At       int64              `json:"t"` // time of acceptance, milliseconds
	File     string             `json:"f"`
	Code     []byte             `json:"s"`
	Standing rework.Marks       `json:"n,omitempty"` // in its own file
	Found    rework.Marks       `json:"m,omitempty"` // in others
	Place    place              `json:"p,omitzero"`  // which holds the most of it
	Final    *schemas.MoveInput `json:"v,omitempty"` // its last word, where that waits
	Due      int64              `json:"d"`           // when it leaves

	passage *rework.Passage
}

type place struct {
	File   string `json:"f"`
	Commit string `json:"c,omitempty"`
	Event  string `json:"e"`
	At     int64  `json:"t"` // milliseconds
	Tokens int    `json:"n"`
}

// compare orders places by what they hold, then by time: of two that hold as much, the text went to the later one, whichever was heard of
// first.
func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.Tokens, o.Tokens), cmp.Compare(p.At, o.At), cmp.Compare(p.Event, o.Event))
}

func (p *passed) size() int { return overhead + len(p.Code) }

func (l *leaver) size() int {
	n := overhead + len(l.Code) + len(l.Standing) + len(l.Found)
	if l.Final != nil {
		n += 1024
	}
	return n
}

func (l *leaver) hold(m *schemas.MoveInput, due int64) {
	final := *m
	final.Sketch, final.Standing = nil, nil
	l.Final, l.Due = &final, due
}

// prepared returns the code ready to be looked for.
func (l *leaver) prepared() *rework.Passage {
	if l.passage == nil {
		l.passage = rework.NewPassage(tokensOf(l.Code))
	}
	return l.passage
}

func tokensOf(code []byte) []sketch.Token {
	s, _ := sketch.Parse(code) // it was checked when it came
	return s.Tokens
}

func (s *State) empty() bool { return len(s.Added) == 0 && len(s.Away) == 0 }

func (s *State) find(id string) *leaver {
	if at := slices.IndexFunc(s.Away, func(l *leaver) bool { return l.ID == id }); at >= 0 {
		return s.Away[at]
	}
	return nil
}

// next is when something is to leave next, milliseconds: the first suggestion, or else all text.
func (s *State) next() int64 {
	next := int64(math.MaxInt64)
	for _, l := range s.Away {
		next = min(next, l.Due)
	}
	if len(s.Away) == 0 {
		next = 0
		for _, p := range s.Added {
			next = max(next, p.At+memory.Milliseconds())
		}
	}
	return next
}

// pass lets go of what its time has passed for. Last words that waited are spoken.
func (s *State) pass() (events []schemas.Event) {
	s.Added = slices.DeleteFunc(s.Added, func(p *passed) bool { return p.At+memory.Milliseconds() <= s.Watermark })
	var due []*leaver
	for _, l := range s.Away {
		if l.Due <= s.Watermark {
			due = append(due, l)
		}
	}
	return s.dismiss(due)
}

// trim keeps the state within its bounds.
func (s *State) trim() []schemas.Event {
	size, from := 0, len(s.Added)
	for from > 0 && size+s.Added[from-1].size() <= maxAdded {
		from--
		size += s.Added[from].size()
	}
	s.Added = slices.Delete(s.Added, 0, from)
	size, from = 0, len(s.Away)
	for from > 0 && size+s.Away[from-1].size() <= maxAway {
		from--
		size += s.Away[from].size()
	}
	return s.dismiss(slices.Clone(s.Away[:from]))
}

// dismiss lets suggestions go, with their last word where it waits.
func (s *State) dismiss(list []*leaver) (events []schemas.Event) {
	for _, l := range list {
		if l.Final != nil {
			events = append(events, s.settle(l, l.Final))
		} else {
			s.remove(l)
		}
	}
	return events
}

func (s *State) remove(l *leaver) {
	s.Away = slices.DeleteFunc(s.Away, func(o *leaver) bool { return o == l })
}
