package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// faultKind is what is done to a target.
type faultKind string

const (
	faultKill  faultKind = "kill"  // SIGKILL, then a new process after a while
	faultPause faultKind = "pause" // SIGSTOP for longer than the session timeout, then SIGCONT
	faultScale faultKind = "scale" // members 1 -> 3 -> 2, the first one restarted in between

	// Of a connection.
	faultCut  faultKind = "cut"  // refused, and broken where it is open
	faultHold faultKind = "hold" // accepted, and nothing goes through
	faultSlow faultKind = "slow"

	// Of ClickHouse's tables.
	faultParts    faultKind = "too many parts"
	faultFull     faultKind = "disk full"
	faultReadonly faultKind = "read-only"
	faultMemory   faultKind = "out of memory"

	// The registry is down while the target is killed and comes back.
	faultNoRegistry faultKind = "no registry"
)

// Targets that are no services.
const (
	targetBroker     = "broker"
	targetClickHouse = "clickhouse"
	targetProducer   = "producer"
)

// fault is one thing that goes wrong.
type fault struct {
	At     time.Duration `json:"at"` // since the load began
	Kind   faultKind     `json:"kind"`
	Target string        `json:"target"`
	Victim int           `json:"victim"` // which member of a service, modulo their number
	For    time.Duration `json:"for"`    // until it is mended
}

func (f fault) String() string {
	return fmt.Sprintf("%6.1fs %-14s %s for %.1fs", f.At.Seconds(), f.Kind, f.Target, f.For.Seconds())
}

// faultPlan says what a schedule is made of.
type faultPlan struct {
	seed     uint64
	duration time.Duration
	kills    int
	session  time.Duration // the consumers' session timeout
	services []string
	drain    string // the service that writes to ClickHouse

	killBroker, pauseBroker bool
}

// schedule returns the faults in order. It is a function of the plan alone: a seed gives the same run again, as far as
// the machine lets it. Every target is killed before one is killed again, and every other kind of fault happens before
// one is repeated; one of those begins every ten seconds, and all of them happen at least once.
func (p faultPlan) schedule() []fault {
	rng := rand.New(rand.NewPCG(p.seed, 3))
	var faults []fault
	targets := append([]string{targetProducer, targetClickHouse}, p.services...)
	if p.killBroker {
		targets = append(targets, targetBroker)
	}
	at := func(i, n int) time.Duration {
		return time.Duration((float64(i) + rng.Float64()) / float64(n) * float64(p.duration))
	}
	kills := newDeck(rng, targets)
	for i := range p.kills {
		faults = append(faults, fault{At: at(i, p.kills), Kind: faultKill, Target: kills.draw(), Victim: rng.IntN(6), For: between(rng, 0, 2*time.Second)})
	}
	others := newDeck(rng, p.others())
	n := max(len(others.cards), int(p.duration/(10*time.Second)))
	services := newDeck(rng, p.services)
	for i := range n {
		f := others.draw()
		f.At, f.Victim, f.For = at(i, n), rng.IntN(6), between(rng, 2*time.Second, 8*time.Second)
		if f.Target == "" {
			f.Target = services.draw()
		}
		if f.Kind == faultPause || f.Kind == faultScale {
			f.For = p.session + between(rng, time.Second, 5*time.Second)
		}
		faults = append(faults, f)
	}
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.At, b.At) })
	return faults
}

// others are the faults besides kills; an empty target stands for any service.
func (p faultPlan) others() []fault {
	faults := []fault{
		{Kind: faultPause}, {Kind: faultPause, Target: p.drain}, {Kind: faultScale}, {Kind: faultScale, Target: p.drain}, {Kind: faultNoRegistry},
		{Kind: faultMemory, Target: p.drain},
	}
	for _, kind := range []faultKind{faultCut, faultHold, faultSlow, faultParts, faultFull, faultReadonly} {
		faults = append(faults, fault{Kind: kind, Target: targetClickHouse})
	}
	if p.pauseBroker {
		faults = append(faults, fault{Kind: faultPause, Target: targetBroker})
	}
	return faults
}

func between(rng *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(rng.Int64N(int64(to-from)))
}

// deck draws every card once, in random order, before any card again.
type deck[T any] struct {
	rng   *rand.Rand
	cards []T
	left  int
}

func newDeck[T any](rng *rand.Rand, cards []T) *deck[T] {
	return &deck[T]{rng: rng, cards: slices.Clone(cards)}
}

func (d *deck[T]) draw() T {
	if d.left == 0 {
		d.left = len(d.cards)
		d.rng.Shuffle(d.left, func(i, j int) { d.cards[i], d.cards[j] = d.cards[j], d.cards[i] })
	}
	d.left--
	return d.cards[d.left]
}
