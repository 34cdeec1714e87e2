package consumers

import (
	"cmp"
	"container/heap"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Timer lets a Fold act on a key that has no input any more, by event time.
//
// The time of a partition is the newest time of an event that was read from it, as the event claims, but not after the broker
// received it. A timer runs for as long in the partition's time as the key's last input left it: history that is read again late, beside
// today's, is thus not cut short. Timers go off before the record is applied that brings the time; the log alone decides which one
// that is, so that after a crash the same inputs give the same events again.
type Timer[S any] struct {
	// Left is how long after the key's last input, or after the timer went off last, it goes off; never where ok is false.
	Left func(state *S) (d time.Duration, ok bool)
	// Expire derives what is due when that time has passed. The rules of FoldFunc hold. There is no input that an error could condemn: it
	// stops the service.
	Expire func(state *S) (*S, []schemas.Event, error)
}

// NewTimedFold returns a service with state per key, and a timer for each.
func NewTimedFold[S any](spec topology.Service, f FoldFunc[S], t Timer[S]) Service {
	s := NewFold(spec, f)
	s.folder = timedFolder[S]{typedFolder[S](f), t}
	return s
}

// timer hides a Timer's type of state.
type timer interface {
	left(state any) (time.Duration, bool)
	expire(state any) (any, []schemas.Event, error)
}

type timedFolder[S any] struct {
	typedFolder[S]
	timer Timer[S]
}

func (f timedFolder[S]) left(state any) (time.Duration, bool) { return f.timer.Left(state.(*S)) }

func (f timedFolder[S]) expire(state any) (any, []schemas.Event, error) {
	next, events, err := f.timer.Expire(state.(*S))
	if next == nil {
		return nil, events, err
	}
	return next, events, err
}

// alarm is when to look at a key's timer. A key has one, set for when its timer went off as of then: inputs that make the timer go off later
// leave it alone.
type alarm struct {
	due int64 // partition time, milliseconds
	key string
}

type alarms []alarm

func (a alarms) Len() int { return len(a) }
func (a alarms) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(a[i].due, a[j].due), strings.Compare(a[i].key, a[j].key)) < 0
}
func (a alarms) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *alarms) Push(x any)   { *a = append(*a, x.(alarm)) }
func (a *alarms) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// timers are those of one partition's keys.
type timers struct {
	timer
	now    int64 // time of the partition, milliseconds
	alarms alarms
}

// tick takes in the time of an event.
func (t *timers) tick(in Input) {
	t.now = max(t.now, min(in.Event.Env().OccurredAt.UnixMilli(), in.LogTime.UnixMilli()))
}

// set starts a key's timer anew at a time, or ends it.
func (t *timers) set(key string, e *entry, from int64) {
	e.due = 0
	if e.state == nil {
		return
	}
	if d, ok := t.left(e.state); ok {
		e.due = from + max(1, d.Milliseconds())
		t.arm(key, e)
	}
}

func (t *timers) arm(key string, e *entry) {
	if e.due != 0 && (e.alarm == 0 || e.due < e.alarm) {
		heap.Push(&t.alarms, alarm{e.due, key})
		e.alarm = e.due
	}
}

// expire fires the timers whose time has come with an input that isn't applied yet.
func (k *keyedState) expire(in Input) (events []schemas.Event, err error) {
	t := k.timers
	t.tick(in)
	for len(t.alarms) > 0 && t.alarms[0].due <= t.now {
		a := heap.Pop(&t.alarms).(alarm)
		e := k.entries[a.key]
		if e == nil || e.alarm != a.due {
			continue // another one stands for the key
		}
		e.alarm = 0
		if e.due == 0 || e.due > t.now {
			t.arm(a.key, e)
			continue
		}
		if e, err = k.get(a.key); err != nil {
			return nil, err
		}
		var next any
		out, err := k.worker.guarded(func() (out []schemas.Event, err error) {
			next, out, err = t.expire(e.state)
			return out, err
		})
		if err != nil {
			return nil, fatal(fmt.Errorf("a timer of a key of %s: %w", k.worker.service.StateTopic(), err))
		}
		events = append(events, out...)
		// All inputs before this one are part of the state.
		e.state, e.applied, e.at = next, max(e.applied, in.Offset-1), max(e.at, in.LogTime.UnixMilli())
		t.set(a.key, e, e.due)
		k.touch(a.key, e)
	}
	return events, nil
}

// The partition's time travels as metadata of the offset commit, so that it is that of the offset, whoever goes on from there.
const clockPrefix = "assay-clock/"

func (t *timers) clock() string { return clockPrefix + strconv.FormatInt(t.now, 10) }

// parseClock reads an offset commit's metadata; 0 where it tells no time, as before the first commit: timers then wait until the log
// has told the time again.
func parseClock(metadata string) int64 {
	text, _ := strings.CutPrefix(metadata, clockPrefix)
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return at
}
