// Package simulate generates what assistants' clients would send: sessions of several clients, models, languages and
// features, interleaved, with a failure rate that can be made to jump in one domain.
//
// Times, lengths, acceptance and survival follow the real sessions of the Copilot study and RealHumanEval through the
// quantiles in tables_gen.go; how people rate replies, and which clients and languages there are, is made up. The same
// parameters give the same events, except for the sealed bytes, whose nonces are random. The package knows no clock,
// broker or file but the keyring.
package simulate

import (
	"container/heap"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

// BaseFailure is the share of failures in every domain outside a Jump.
const BaseFailure = 0.05

// Params say what to simulate.
type Params struct {
	Seed   uint64
	Events int       // how many
	Start  time.Time // of the first session
	Rate   float64   // events per simulated second that the beginning and ending sessions settle at
	Org    string
	Keys   *privacy.Keyring // seals text and makes tokens
	Plant  []Jump
}

// Signal is what can be made to fail.
type Signal string

const (
	// Retention fails when less than half of an accepted suggestion is left after 600 s.
	Retention Signal = "retention"
	// Rating fails when a rated reply gets a thumbs-down.
	Rating Signal = "rating"
)

// Jump raises the failure rate of the suggestions or replies that are made from At until Until.
type Jump struct {
	Model, Feature, Language string // the domain; empty means any
	Signal                   Signal
	To                       float64 // share of failures
	At, Until                time.Time
}

// Simulation is a checked Params.
type Simulation struct{ params Params }

// New checks the parameters.
func New(p Params) (*Simulation, error) {
	switch {
	case p.Events < 0:
		return nil, errors.New("simulate: the number of events is negative")
	case !(p.Rate > 0):
		return nil, errors.New("simulate: the rate must be over 0 events per second")
	case p.Start.Before(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)):
		return nil, errors.New("simulate: the start must be in this century")
	case p.Org == "" || p.Keys == nil:
		return nil, errors.New("simulate: an organisation and a keyring are needed")
	}
	for _, j := range p.Plant {
		switch {
		case j.Signal != Retention && j.Signal != Rating:
			return nil, fmt.Errorf("simulate: a jump's signal is %q, want %s or %s", j.Signal, Retention, Rating)
		case !(j.To >= 0 && j.To <= 1):
			return nil, fmt.Errorf("simulate: a jump goes to %v, want a share from 0 to 1", j.To)
		case !j.At.Before(j.Until):
			return nil, errors.New("simulate: a jump ends before it begins")
		}
	}
	return &Simulation{p}, nil
}

// Events generates the events in the order of their times. An error, which ends them, is the keyring's.
func (s *Simulation) Events() iter.Seq2[schemas.Event, error] {
	return func(yield func(schemas.Event, error) bool) {
		w := newWorld(s.params)
		for n := 0; n < s.params.Events; {
			e := w.advance()
			if w.err != nil {
				yield(nil, w.err)
				return
			}
			if e == nil {
				continue
			}
			n++
			if !yield(e, nil) {
				return
			}
		}
	}
}

// process is something that goes on in the world: the arrival of people, a session, a conversation, an observation.
type process interface {
	// step is what happens at a time; it returns the event, if any, and the time of the next step, 0 for none.
	step(w *world, now int64) (event schemas.Event, next int64)
}

// world is what goes on at a moment. Times are milliseconds since 1970.
type world struct {
	Params
	rng    *rand.Rand
	run    string // what ids of this simulation begin with
	ids    int
	agenda agenda
	pushes uint64
	people []person
	err    error
}

func newWorld(p Params) *world {
	// Longer runs go on with the events of shorter ones; all else makes other events, which need other ids.
	same := fmt.Sprint(p.Seed, p.Start.UnixMilli(), p.Rate, p.Org, p.Plant)
	w := &world{Params: p, rng: rand.New(rand.NewPCG(p.Seed, 0)), run: schemas.DerivedID("simulate", same)[:12] + "-"}
	w.people = newPeople(w)
	w.schedule(p.Start.UnixMilli(), &arrivals{every: 1000 * eventsPerArrival() / p.Rate})
	return w
}

// advance performs the next step of whatever is due first.
func (w *world) advance() schemas.Event {
	due := &w.agenda[0]
	e, next := due.what.step(w, due.at)
	// The step may have scheduled others, but none before now: it is still the first.
	if next == 0 {
		heap.Pop(&w.agenda)
	} else {
		w.agenda[0].at = next
		heap.Fix(&w.agenda, 0)
	}
	return e
}

func (w *world) schedule(at int64, what process) {
	w.pushes++
	heap.Push(&w.agenda, appointment{at, w.pushes, what})
}

func (w *world) id() string {
	w.ids++
	return w.run + strconv.FormatInt(int64(w.ids), 36)
}

// fails draws whether what a domain made at a time fails.
func (w *world) fails(signal Signal, c *client, language string, made int64) bool {
	share := BaseFailure
	for _, j := range w.Plant {
		if j.Signal == signal && matches(j.Model, c.model) && matches(j.Feature, c.feature) && matches(j.Language, language) &&
			made >= j.At.UnixMilli() && made < j.Until.UnixMilli() {
			share = j.To
		}
	}
	return w.rng.Float64() < share
}

func matches(selector, value string) bool { return selector == "" || selector == value }

// appointment is a process and when its next step is due; those due at once keep the order in which they came.
type appointment struct {
	at   int64
	seq  uint64
	what process
}

type agenda []appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a *agenda) Push(x any) { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	*a = (*a)[:last]
	return x
}
