package consumers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// visit counts a conversation's prompts, and how often it was then found idle.
type visit struct {
	Key   string
	At    int64 // time of its last prompt or timer, milliseconds
	N     int
	Idle  int
	Total int // of all visits
}

const idleAfter = 20 * time.Second

func idle(s *visit) (time.Duration, bool) { return idleAfter, s.N != 13 }

func visited(key, signal string, at int64) []schemas.Event {
	return []schemas.Event{&schemas.Outcome{
		Envelope: schemas.Envelope{EventID: schemas.DerivedID(key, signal), OccurredAt: time.UnixMilli(at).UTC(), Source: "visits", Org: "acme"},
		Kind:     schemas.OutcomeSuccess, Domain: key, Signal: signal, CausedBy: key,
	}}
}

func visiting(s *visit, in Input) (*visit, []schemas.Event, error) {
	e := in.Event.(*schemas.ChatEvent)
	if e.Turn.Value%17 == 3 {
		return s, nil, errors.New("refused on purpose")
	}
	next := visit{Key: e.ConversationID, At: e.OccurredAt.UnixMilli(), N: 1, Total: int(e.Turn.Value)}
	if s != nil {
		next.N, next.At = s.N+1, max(s.At, next.At)
	}
	return &next, visited(next.Key, fmt.Sprintf("prompt %d is number %d", e.Turn.Value, next.N), next.At), nil
}

// expired tells that a conversation is idle, and forgets it the second time.
func expired(s *visit) (*visit, []schemas.Event, error) {
	next := *s
	next.Idle++
	next.At += idleAfter.Milliseconds()
	out := visited(next.Key, fmt.Sprintf("after prompt %d idle %d times", next.Total, next.Idle), next.At)
	if next.Idle == 2 {
		return nil, out, nil
	}
	return &next, out, nil
}

var visits = NewTimedFold(topology.Service{Name: "visits", Inputs: []string{"assistant.chat"}, Outputs: []string{"quality.outcomes"}, Doc: "test"},
	visiting, Timer[visit]{Left: idle, Expire: expired})

// visitor is a prompt of conversations that are busy for a while and then idle. Some clients' clocks are behind.
func visitor(i int) *schemas.ChatEvent {
	e := prompt(i)
	e.ConversationID = fmt.Sprintf("conversation-%d", i/9%13)
	if i%11 == 5 {
		e.OccurredAt = e.OccurredAt.Add(-100 * time.Second)
	}
	return e
}

// wantVisits computes what visits says, from the log alone.
func wantVisits(b *bench) map[string]string {
	want := map[string]string{}
	note := func(events []schemas.Event) {
		for _, e := range events {
			want[e.Env().EventID] = e.(*schemas.Outcome).Signal
		}
	}
	topic, _ := b.topology.Topic("assistant.chat")
	for p := range topic.Partitions {
		states, due, now := map[string]*visit{}, map[string]int64{}, int64(0)
		start := func(key string, from int64) {
			delete(due, key)
			if s := states[key]; s != nil {
				if d, ok := idle(s); ok {
					due[key] = from + d.Milliseconds()
				}
			}
		}
		for _, e := range b.readPartition("assistant.chat", p) {
			now = max(now, e.Env().OccurredAt.UnixMilli())
			for again := true; again; {
				again = false
				for key, at := range due {
					if at <= now {
						next, out, _ := expired(states[key])
						states[key] = next
						note(out)
						start(key, at)
						again = true
					}
				}
			}
			next, out, err := visiting(states[e.Key()], Input{Event: e})
			if err == nil {
				states[e.Key()] = next
				note(out)
				start(e.Key(), now)
			}
		}
	}
	return want
}

// TestTimersGoOffOnceOverCrashesAndRebalances: what timers lead to is what the log says, wherever members die or take over.
func TestTimersGoOffOnceOverCrashesAndRebalances(t *testing.T) {
	const n, rounds = 1800, 5
	b := newBench(t, visits)
	b.config.Tuning.DeadLetterLimit = 0
	crash := b.config.Tuning
	crash.DrainDeadline = 1 // everything in flight is abandoned wherever it is
	crash.FetchBytes = 2000 // many chunks
	for round := range rounds {
		events := make([]schemas.Event, 0, n/rounds)
		for i := round * n / rounds; i < (round+1)*n/rounds; i++ {
			events = append(events, visitor(i))
		}
		b.publish(events...)
		before := len(b.read("quality.outcomes"))
		stops := []func() error{b.start(visits, crash)}
		if round == 2 { // a second member joins while the first one is at work
			stops = append(stops, b.start(visits, b.config.Tuning))
		}
		for len(b.read("quality.outcomes")) < before+20 { // it is at work
		}
		for _, stop := range stops {
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.untilDrained(visits)

	got := map[string]string{}
	for _, e := range b.read("quality.outcomes") {
		got[e.Env().EventID] = e.(*schemas.Outcome).Signal
	}
	want, fired := wantVisits(b), 0
	for id, signal := range want {
		if got[id] != signal {
			t.Errorf("%q is missing", signal)
		}
		if strings.Contains(signal, "idle") {
			fired++
		}
	}
	for id, signal := range got {
		if want[id] == "" {
			t.Errorf("%q is not what the log says", signal)
		}
	}
	if fired < 100 {
		t.Errorf("only %d timers went off", fired)
	}
}

func timed(t *testing.T, b *bench, s Service) *worker {
	return &worker{service: &s, config: &b.config, place: place{"assistant.chat", 0}, stop: t.Context(), hard: t.Context(),
		session: session{client: b.client}, metrics: discarded(t), log: b.config.Logger}
}

// History that is read late doesn't meet timers that today's events have brought to their end.
func TestATimerRunsFromWhatTheKeyLastHad(t *testing.T) {
	b := newBench(t, visits)
	k := newKeyedState(timed(t, b, visits))
	offset := int64(0)
	apply := func(key string, at time.Duration) (out []schemas.Event) {
		t.Helper()
		e := prompt(int(offset) * 17)
		e.ConversationID, e.OccurredAt = key, day.Add(at)
		in := Input{Event: e, Offset: offset, LogTime: day.Add(time.Hour)}
		out, err := k.expire(in)
		if err == nil {
			_, err = k.worker.applied(k, in)
		}
		if err != nil {
			t.Fatal(err)
		}
		offset++
		return out
	}
	apply("today", 1000*time.Second)
	apply("old", 0)
	if out := apply("old", 500*time.Second); len(out) != 0 {
		t.Errorf("old history is cut short: %+v", out)
	}
	if out := apply("today", 1019*time.Second); len(out) != 0 {
		t.Errorf("too early: %+v", out)
	}
	out := apply("today", 1020*time.Second)
	if len(out) != 1 || out[0].(*schemas.Outcome).Domain != "old" || !out[0].Env().OccurredAt.Equal(day.Add(520*time.Second)) {
		t.Errorf("got %+v", out)
	}
	if out := apply("other", 24*time.Hour); len(out) != 3 { // no later than the broker's clock, which is at 3600 s: old and twice today
		t.Errorf("%d timers went off, want 3", len(out))
	}
	if k.entries["old"].state != nil || k.entries["today"].state != nil || k.timers.now != day.Add(time.Hour).UnixMilli() {
		t.Errorf("%+v, time %d", k.entries, k.timers.now)
	}
	if k.timers.alarms.Len() != 1 {
		t.Errorf("%d alarms for one key with a timer", k.timers.alarms.Len())
	}
}

func TestTimersAreRestored(t *testing.T) {
	b := newBench(t, visits)
	w := timed(t, b, visits)
	k := newKeyedState(w)
	for offset, key := range []string{"a", "b", "a"} {
		e := prompt(0)
		e.ConversationID, e.OccurredAt = key, day.Add(time.Duration(offset)*time.Second)
		if _, err := k.expire(Input{Event: e, Offset: int64(offset), LogTime: day.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.applied(k, Input{Event: e, Offset: int64(offset), LogTime: day.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.save(0); err != nil {
		t.Fatal(err)
	}
	restored := newKeyedState(w)
	if err := restored.restore(); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]time.Duration{"a": 22 * time.Second, "b": 21 * time.Second} {
		if e := restored.entries[key]; e.due != day.Add(want).UnixMilli() || e.alarm != e.due {
			t.Errorf("%s: %+v", key, e)
		}
	}
	if at := parseClock(k.timers.clock()); at != k.timers.now || parseClock("") != 0 || parseClock(intent{to: 3, version: "1"}.String()) != 0 {
		t.Errorf("the clock says %d, want %d", at, k.timers.now)
	}
}

func TestATimerThatFailsStopsTheService(t *testing.T) {
	for name, expire := range map[string]func(*visit) (*visit, []schemas.Event, error){
		"error": func(s *visit) (*visit, []schemas.Event, error) { return s, nil, errors.New("no") },
		"panic": func(*visit) (*visit, []schemas.Event, error) { panic("secret") },
	} {
		t.Run(name, func(t *testing.T) {
			s := NewTimedFold(visits.Service, visiting, Timer[visit]{Left: idle, Expire: expire})
			b := newBench(t, s)
			b.publish(visitor(0), visitor(9*13)) // one conversation, idle in between
			r, err := New(s, b.config)
			if err != nil {
				t.Fatal(err)
			}
			err = r.Run(t.Context())
			if !errors.As(err, new(*fatalError)) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}
