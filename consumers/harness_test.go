package consumers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
	"github.com/assayhq/assay/topology/partlog"
)

// bench is a broker with Assay's topics, and what a service needs to run on it.
type bench struct {
	t        testing.TB
	topology topology.Topology
	client   *kafka.Client
	config   Config
	pub      *producers.Publisher
	ids      map[string]int // schema ids by record
}

func newBench(t testing.TB, services ...Service) *bench {
	specs := make([]topology.Service, len(services))
	for i, s := range services {
		specs[i] = s.Service
	}
	topo, err := topology.New(specs...)
	if err != nil {
		t.Fatal(err)
	}
	broker := localtest.Start(t, specs...)
	registry, err := schemas.RegistryOptions{URL: broker.RegistryURL()}.Client()
	if err != nil {
		t.Fatal(err)
	}
	ids, err := schemas.RegisterAll(t.Context(), registry)
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	client := localtest.Client(t, broker.Cluster())
	metrics := prometheus.NewRegistry()
	logger := slog.New(slog.DiscardHandler)
	pub, err := producers.New(producers.Config{Client: client, Registry: registry, Logger: logger, Registerer: metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pub.Close(context.Background()) })
	tuning := DefaultTuning()
	tuning.FlushEvery, tuning.SessionTimeout, tuning.DrainDeadline, tuning.DedupWindow = 20*time.Millisecond, 6*time.Second, 4*time.Second, 1000
	tuning.ParkLimit = 300 * time.Millisecond
	return &bench{t: t, topology: topo, client: client, pub: pub, ids: ids, config: Config{
		Cluster: broker.Cluster(), Decoder: schemas.NewDecoder(registry), Publisher: pub, Keys: keyring,
		Logger: logger, Registerer: metrics, Tuning: tuning,
	}}
}

// start runs the service until the returned function is called, which returns Run's error.
func (b *bench) start(s Service, tuning Tuning) (stop func() error) {
	config := b.config
	config.Tuning = tuning
	r, err := New(s, config)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// untilDrained runs the service until its group has committed the end of every input.
func (b *bench) untilDrained(s Service) {
	b.t.Helper()
	stop := b.start(s, b.config.Tuning)
	b.waitDrained()
	if err := stop(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) waitDrained() {
	b.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		drained, err := topology.Drained(b.t.Context(), b.client, b.topology)
		if err != nil {
			b.t.Fatal(err)
		}
		if drained {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatal("not drained in 30 s")
		}
		time.Sleep(20 * time.Millisecond) // between polls
	}
}

func (b *bench) publish(events ...schemas.Event) {
	b.t.Helper()
	if err := b.pub.PublishSync(b.t.Context(), events...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) send(topic string, values ...[]byte) {
	b.t.Helper()
	records := make([]producers.Record, len(values))
	for i, v := range values {
		records[i] = producers.Record{Topic: topic, Partition: 0, Key: []byte("k"), Value: v}
	}
	if err := b.pub.Send(b.t.Context(), records); err != nil {
		b.t.Fatal(err)
	}
}

// read decodes everything on a topic, in order within each partition.
func (b *bench) read(topic string) (out []schemas.Event) {
	b.t.Helper()
	spec, _ := b.topology.Topic(topic)
	for p := range spec.Partitions {
		out = append(out, b.readPartition(topic, p)...)
	}
	return out
}

// readPartition decodes everything on a partition, in order.
func (b *bench) readPartition(topic string, p int) (out []schemas.Event) {
	b.t.Helper()
	spec, _ := b.topology.Topic(topic)
	source, err := partlog.NewReader(b.config.Cluster, b.client, topic, p)
	if err != nil {
		b.t.Fatal(err)
	}
	defer source.Close()
	w := &worker{config: &b.config, metrics: discarded(b.t), log: b.config.Logger}
	first, end, err := source.Bounds(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	err = w.scan(b.t.Context(), source, first, end, func(r *partlog.Record) error {
		e, err := b.config.Decoder.Decode(b.t.Context(), spec.Record, r.Value)
		out = append(out, e)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func distinct(events []schemas.Event) map[string]int {
	n := map[string]int{}
	for _, e := range events {
		n[e.Env().EventID]++
	}
	return n
}

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func prompt(i int) *schemas.ChatEvent {
	return &schemas.ChatEvent{
		Envelope: schemas.Envelope{EventID: fmt.Sprintf("prompt-%d", i), OccurredAt: day.Add(time.Duration(i) * time.Second), Source: "test", Org: "acme"},
		Kind:     schemas.ChatPromptSent, ConversationID: fmt.Sprintf("conversation-%d", i%7), Turn: schemas.Some(int32(i)),
	}
}

func prompts(n int) []schemas.Event {
	out := make([]schemas.Event, n)
	for i := range out {
		out[i] = prompt(i)
	}
	return out
}

// echo derives one outcome per prompt.
func echo(in Input) ([]schemas.Event, error) {
	e := in.Event.(*schemas.ChatEvent)
	switch e.ConversationID {
	case "refuse":
		return nil, errors.New("refused on purpose")
	case "panic":
		panic("secret text")
	}
	return []schemas.Event{&schemas.Outcome{
		Envelope: schemas.Envelope{EventID: schemas.DerivedID(e.EventID, "echo"), OccurredAt: e.OccurredAt, Source: "echo", Org: e.Org},
		Kind:     schemas.OutcomeSuccess, Domain: e.ConversationID, CausedBy: e.EventID,
	}}, nil
}

var echoService = NewMap(topology.Service{Name: "echo", Inputs: []string{"assistant.chat"}, Outputs: []string{"quality.outcomes"}, Doc: "test"}, echo)

func discarded(t testing.TB) *partitionMetrics {
	v, err := newVectors(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return v.of("test", place{})
}
