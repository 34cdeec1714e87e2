package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/zeebo/xxh3"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	sim "github.com/assayhq/assay/producers/simulate"
	"github.com/assayhq/assay/schemas"
)

// chaosProducerCommand publishes simulated events at a steady rate and notes what was acknowledged, so that it can be
// killed at any moment: it goes on after the last event that it knows to be written.
type chaosProducerCommand struct {
	connection
	Journal string    `required:"" type:"path" help:"File of what was acknowledged."`
	Seed    uint64    `help:"Seed of the events."`
	Events  int64     `help:"How many to publish."`
	Rate    float64   `help:"Events per second."`
	Since   time.Time `format:"2006-01-02T15:04:05.999999999Z07:00" help:"When the load began: what an outage held up is caught up with."`
}

const (
	lapEvents    = 20_000 // of one simulation; a restart makes them again up to where it was
	lapRate      = 5      // simulated events per simulated second
	pace         = 50 * time.Millisecond
	maxBatch     = 5_000
	garbageEvery = 10 // batches, before one of which comes a record that nobody can read
)

// journal is what the producer knows to be written.
type journal struct {
	Lap    int                 `json:"lap"`
	Done   int                 `json:"done"` // events of the lap
	Total  int64               `json:"total"`
	Topics map[string]*written `json:"topics"`
}

// written digests the event ids of a topic.
type written struct {
	N   int64  `json:"n"`
	Sum uint64 `json:"sum"`
}

func (w *written) add(id string) {
	w.N++
	w.Sum += xxh3.HashString(id)
}

func readJournal(path string) (*journal, error) {
	j := &journal{Topics: map[string]*written{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return j, nil
	}
	if err == nil {
		err = json.Unmarshal(text, j)
	}
	if err != nil {
		return nil, fmt.Errorf("read the producer's journal: %w", err)
	}
	return j, nil
}

func (j *journal) write(path string) error {
	text, err := json.Marshal(j)
	if err == nil {
		err = errors.Join(os.WriteFile(path+".new", text, 0o600), os.Rename(path+".new", path))
	}
	if err != nil {
		return fmt.Errorf("write the producer's journal: %w", err)
	}
	return nil
}

// add notes acknowledged events.
func (j *journal) add(events []schemas.Event) {
	for _, e := range events {
		topic := e.Record().Topic
		if j.Topics[topic] == nil {
			j.Topics[topic] = &written{}
		}
		j.Topics[topic].add(e.Env().EventID)
	}
	j.Done += len(events)
	j.Total += int64(len(events))
}

// lap is a simulation of its own, later than the ones before. In each, one domain's suggestions and one's replies fail
// more often for a while.
func lap(seed uint64, n int, keys *privacy.Keyring) (*sim.Simulation, error) {
	const length = lapEvents / lapRate * time.Second
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * length)
	jump := func(signal sim.Signal) sim.Jump {
		return sim.Jump{Signal: signal, To: 0.5, At: start.Add(length / 8), Until: start.Add(length / 4)}
	}
	return sim.New(sim.Params{Seed: seed + uint64(n), Events: lapEvents, Start: start, Rate: lapRate, Org: "chaos", Keys: keys,
		Plant: []sim.Jump{jump(sim.Retention), jump(sim.Rating)}})
}

func (c *chaosProducerCommand) Run(ctx context.Context, log *slog.Logger) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	p, registry, err := c.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	j, err := readJournal(c.Journal)
	if err != nil {
		return err
	}
	for err == nil && ctx.Err() == nil && j.Total < c.Events {
		err = c.publishLap(ctx, p, registry, keys, j)
	}
	// What was begun is finished: ctx only ends the loop.
	return errors.Join(err, p.Close(context.WithoutCancel(ctx)))
}

// publishLap publishes what is missing of the journal's lap.
func (c *chaosProducerCommand) publishLap(ctx context.Context, p *producers.Publisher, registry schemas.Registry, keys *privacy.Keyring, j *journal) error {
	simulated, err := lap(c.Seed, j.Lap, keys)
	if err != nil {
		return err
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	var batch []schemas.Event
	made, due := 0, 0
	for e, err := range simulated.Events() {
		if err != nil {
			return err
		}
		if made++; made <= j.Done {
			continue
		}
		for due == 0 {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
			due = int(min(int64(c.Rate*time.Since(c.Since).Seconds()), c.Events) - j.Total)
			due = max(0, min(due, maxBatch, lapEvents-j.Done))
		}
		if batch = append(batch, e); len(batch) < due {
			continue
		}
		if err := c.publish(context.WithoutCancel(ctx), p, registry, j, batch); err != nil {
			return err
		}
		batch, due = batch[:0], 0
		if j.Total >= c.Events || ctx.Err() != nil {
			return nil
		}
	}
	j.Lap, j.Done = j.Lap+1, 0
	return j.write(c.Journal)
}

func (c *chaosProducerCommand) publish(ctx context.Context, p *producers.Publisher, registry schemas.Registry, j *journal, batch []schemas.Event) error {
	if first := batch[0]; xxh3.HashString(first.Env().EventID)%garbageEvery == 0 {
		garbage, err := truncated(ctx, registry, first)
		if err != nil {
			return err
		}
		if err := p.Send(ctx, []producers.Record{garbage}); err != nil {
			return err
		}
	}
	if err := p.PublishSync(ctx, batch...); err != nil {
		return err
	}
	j.add(batch)
	return j.write(c.Journal)
}

// truncated is a record of an event without its end, as a client with a bug might send before it sends the event whole.
func truncated(ctx context.Context, registry schemas.Registry, e schemas.Event) (producers.Record, error) {
	id, err := registry.Register(ctx, e.Record().Subject(), e.Record().Schema)
	if err != nil {
		return producers.Record{}, err
	}
	frame := schemas.AppendFrame(nil, id, e)
	return producers.Record{Topic: e.Record().Topic, Partition: producers.AnyPartition, Key: []byte(e.Key()), Value: frame[:len(frame)-3]}, nil
}
