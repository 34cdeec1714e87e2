package lag

import (
	"time"

	"github.com/assayhq/assay/topology"
)

// Observation is one partition of a service at one moment.
type Observation struct {
	Service string `json:"service"`
	topology.PartitionLag
	Owned     bool          `json:"owned"` // a member of the group is assigned to the partition
	Oldest    time.Time     `json:"-"`     // time in the log of the oldest record still to read, zero when there is none
	Retention time.Duration `json:"-"`     // of the topic, from arrival in the log
}

// Partition is an observation and what follows from it and those before.
type Partition struct {
	Observation
	Status  Status `json:"status"`
	Settled bool   `json:"settled"` // the status stands; false while there are too few samples for another than OK

	Age         Seconds `json:"age_seconds"`        // of the oldest record still to read, zero when there is none
	ProduceRate Rate    `json:"produce_rate"`       // records per second that arrive
	ConsumeRate Rate    `json:"consume_rate"`       // records per second that the group commits
	Drain       Seconds `json:"drain_seconds"`      // until the lag is gone at these rates
	Left        Seconds `json:"until_loss_seconds"` // until retention may delete a record still to read
}

// Tracker keeps a window of samples for every partition. It is not safe for concurrent use.
type Tracker struct {
	window  time.Duration
	samples map[place][]Sample
}

type place struct {
	service, topic string
	partition      int
}

func (o Observation) place() place { return place{o.Service, o.Topic, o.Partition} }

// NewTracker returns a tracker that judges over the window.
func NewTracker(window time.Duration) *Tracker {
	return &Tracker{window: window, samples: map[place][]Sample{}}
}

// Add takes all partitions as they are now and judges them, in their order. Partitions that are no longer there are
// forgotten.
func (t *Tracker) Add(now time.Time, observed []Observation) []Partition {
	kept := map[place][]Sample{}
	out := make([]Partition, len(observed))
	for i, o := range observed {
		at := o.place()
		samples := append(t.recent(at, now), Sample{
			At: now, Start: o.Start, End: o.End, Committed: o.Committed, Metadata: o.Metadata, Owned: o.Owned,
		})
		kept[at] = samples
		out[i] = judge(now, o, samples, t.window)
	}
	t.samples = kept
	return out
}

// recent are the samples inside the window and the last one before it: together they span it.
func (t *Tracker) recent(at place, now time.Time) []Sample {
	samples := t.samples[at]
	for len(samples) > 1 && now.Sub(samples[1].At) >= t.window {
		samples = samples[1:]
	}
	return samples
}

func judge(now time.Time, o Observation, samples []Sample, window time.Duration) Partition {
	p := Partition{Observation: o, Left: unknown}
	p.Status, p.Settled = Evaluate(samples, window)
	p.ProduceRate, p.ConsumeRate = rates(samples)
	p.Drain = drain(o.Records, p.ProduceRate, p.ConsumeRate)
	if o.Records == 0 {
		return p
	}
	if o.Oldest.IsZero() {
		p.Age = unknown
		return p
	}
	age := max(0, now.Sub(o.Oldest)) // the broker's clock may be ahead
	p.Age = Seconds(age.Seconds())
	if o.Retention > 0 {
		p.Left = Seconds(max(0, o.Retention-age).Seconds())
	}
	return p
}

// rates are those between the first and the last sample, unknown when they are one. What retention deleted is not consumed.
func rates(samples []Sample) (produce, consume Rate) {
	first, last := samples[0], samples[len(samples)-1]
	elapsed := last.At.Sub(first.At).Seconds()
	if elapsed <= 0 {
		return Rate(unknown), Rate(unknown)
	}
	from := first.Committed
	if from < 0 {
		from = first.Start
	}
	return Rate(float64(max(0, last.End-first.End)) / elapsed), Rate(float64(max(0, last.Committed-from)) / elapsed)
}

func drain(records int64, produce, consume Rate) Seconds {
	switch gain := consume - produce; {
	case records == 0:
		return 0
	case produce.known() && gain > 0:
		return Seconds(float64(records) / float64(gain))
	case produce.known():
		return never
	}
	return unknown
}
