package lag

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/assayhq/assay/topology"
)

func observed(partition int, committed, end int64) Observation {
	return Observation{Service: "s", Owned: true, Retention: time.Hour, PartitionLag: topology.PartitionLag{
		Group: "assay-s", Topic: "t", Partition: partition, Committed: committed, End: end, Records: max(0, end-max(0, committed)),
	}}
}

func TestFigures(t *testing.T) {
	oldest := noon.Add(-30 * time.Second)
	for name, test := range map[string]struct {
		first, last            Observation
		produce, consume       Rate
		drain, age, untilLoss  Seconds
		oldest                 time.Time
		withoutRetention, once bool
	}{
		"catches up": {first: observed(0, 0, 100), last: observed(0, 60, 120), produce: 2, consume: 6, drain: 15,
			oldest: oldest, age: 40, untilLoss: 3560},
		"falls behind": {first: observed(0, 0, 100), last: observed(0, 10, 130), produce: 3, consume: 1, drain: never,
			oldest: oldest, age: 40, untilLoss: 3560},
		"done": {first: observed(0, 0, 100), last: observed(0, 100, 100), produce: 0, consume: 10, untilLoss: unknown},
		"first commit": {first: observed(0, -1, 100), last: observed(0, 50, 100), produce: 0, consume: 5, drain: 10,
			oldest: oldest, age: 40, untilLoss: 3560},
		"went back": {first: observed(0, 50, 100), last: observed(0, 0, 100), produce: 0, consume: 0, drain: never,
			oldest: oldest, age: 40, untilLoss: 3560},
		"one sample": {last: observed(0, 0, 100), once: true, produce: Rate(unknown), consume: Rate(unknown), drain: unknown,
			oldest: oldest, age: 40, untilLoss: 3560},
		"older than retention": {first: observed(0, 0, 1), last: observed(0, 0, 1), drain: never, oldest: noon.Add(-2 * time.Hour), age: 7210},
		"kept for ever": {first: observed(0, 0, 1), last: observed(0, 0, 1), drain: never, oldest: oldest, age: 40, untilLoss: unknown,
			withoutRetention: true},
		"the broker's clock is ahead": {first: observed(0, 0, 1), last: observed(0, 0, 1), drain: never, oldest: noon.Add(time.Hour), untilLoss: 3600},
		"time unknown":                {first: observed(0, 0, 1), last: observed(0, 0, 1), drain: never, age: unknown, untilLoss: unknown},
	} {
		tracker := NewTracker(window)
		if !test.once {
			tracker.Add(noon, []Observation{test.first})
		}
		test.last.Oldest = test.oldest
		if test.withoutRetention {
			test.last.Retention = 0
		}
		got := tracker.Add(noon.Add(10*time.Second), []Observation{test.last})[0]
		for _, c := range []struct {
			what      string
			got, want float64
		}{
			{"produce rate", float64(got.ProduceRate), float64(test.produce)}, {"consume rate", float64(got.ConsumeRate), float64(test.consume)},
			{"drain", float64(got.Drain), float64(test.drain)}, {"age", float64(got.Age), float64(test.age)},
			{"until loss", float64(got.Left), float64(test.untilLoss)},
		} {
			if c.got != c.want && !(math.IsNaN(c.got) && math.IsNaN(c.want)) {
				t.Errorf("%s: %s %v, want %v", name, c.what, c.got, c.want)
			}
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The window slides: what left it no longer counts, and a partition that was gone starts anew.
func TestTrackerSlides(t *testing.T) {
	tracker := NewTracker(window)
	at := func(seconds int, partition int, committed, end int64) Partition {
		return tracker.Add(noon.Add(time.Duration(seconds)*time.Second), []Observation{observed(partition, committed, end)})[0]
	}
	for seconds := 0; seconds < 60; seconds += 10 {
		if got := at(seconds, 0, 5, int64(5+seconds)); got.Status != OK || !got.Settled {
			t.Fatalf("after %d s, while the idle sample counts: %s, settled %v", seconds, got.Status, got.Settled)
		}
	}
	if got := at(60, 0, 5, 70); got.Status != OK {
		t.Errorf("the sample at the window's edge counts: %s", got.Status)
	}
	if got := at(70, 0, 5, 80); got.Status != Stall {
		t.Errorf("after the idle sample left the window: %s, want %s", got.Status, Stall)
	}
	if n := len(tracker.samples[place{"s", "t", 0}]); n != 7 {
		t.Errorf("%d samples are kept, want 7", n)
	}
	at(80, 1, 0, 1)
	if got := at(90, 0, 5, 90); got.Status != OK || got.Settled {
		t.Errorf("a partition that was gone: %s, settled %v", got.Status, got.Settled)
	}
}

func TestFiguresForPeople(t *testing.T) {
	for want, s := range map[string]Seconds{"-": unknown, "never": never, "0.0s": 0, "9.9s": 9.9, "1m30s": 90.4, "2d3h": 51 * 3600, "years": 1e12} {
		if got := s.String(); got != want {
			t.Errorf("%v prints as %q, want %q", float64(s), got, want)
		}
	}
	text, err := json.Marshal(map[string]any{"a": unknown, "b": never, "c": Seconds(1.5), "d": Rate(unknown), "e": Rate(2)})
	if want := `{"a":null,"b":null,"c":1.500,"d":null,"e":2.000}`; err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	if got := Rate(12.34).String() + Rate(unknown).String(); got != "12.3-" {
		t.Errorf("rates print as %q", got)
	}
}
