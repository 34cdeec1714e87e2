package lag

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local/localtest"
)

const topic = "assistant.chat"

func TestSample(t *testing.T) {
	service := topology.Service{Name: "watched", Shape: topology.Map, Inputs: []string{topic}, Outputs: []string{"quality.outcomes"}}
	engines := localtest.Start(t, service)
	topo, err := topology.New(service)
	if err != nil {
		t.Fatal(err)
	}
	sampler, err := NewSampler(engines.Cluster(), topo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sampler.Close)
	client := localtest.Client(t, engines.Cluster())
	sample := func() []Observation {
		t.Helper()
		var all []Observation
		settled(t, func() (err error) {
			all, err = sampler.Sample(t.Context())
			return err
		})
		if len(all) != 6 {
			t.Fatalf("%d partitions, want 6", len(all))
		}
		return all
	}

	for _, o := range sample() {
		if o.Records != 0 || o.Owned || o.Committed != -1 || !o.Oldest.IsZero() || o.Retention != 7*24*time.Hour {
			t.Errorf("nobody was ever there: %+v", o)
		}
	}

	before := time.Now().Add(-time.Second)
	produce(t, client, 2, 3)
	after := time.Now().Add(time.Second)
	produce(t, client, 4, 1)
	commit(t, client, service.Group(), map[int]int64{2: 1, 4: 1})
	all := sample()
	if o := all[2]; o.Records != 2 || o.Committed != 1 || o.End != 3 || o.Owned || o.Oldest.Before(before) || o.Oldest.After(after) {
		t.Errorf("two of three are waiting since %v: %+v", before, o)
	}
	if o := all[4]; o.Records != 0 || o.Committed != 1 || !o.Oldest.IsZero() {
		t.Errorf("all was read: %+v", o)
	}

	leave := join(t, engines.Cluster(), service.Group())
	for _, o := range sample() {
		if !o.Owned {
			t.Errorf("partition %d has an owner", o.Partition)
		}
	}
	leave()
	if all = sample(); all[0].Owned {
		t.Error("the owner left")
	}

	exporter, err := NewExporter(sampler, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := exporter.observe(t.Context()); err != nil || !exporter.Ready() || len(exporter.metrics.shown) != 6 {
		t.Errorf("the exporter shows %d partitions, ready %v: %v", len(exporter.metrics.shown), exporter.Ready(), err)
	}
	exporter.sampler.topology.Services[0].Inputs = []string{"no.such.topic"}
	if err := exporter.observe(t.Context()); !errors.Is(err, kafka.UnknownTopicOrPartition) || exporter.Ready() || len(exporter.metrics.shown) != 0 {
		t.Errorf("after a failure it shows %d partitions, ready %v: %v", len(exporter.metrics.shown), exporter.Ready(), err)
	}
}

// settled repeats what a real cluster may refuse while its topics and groups are new.
func settled(t *testing.T, attempt func() error) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) { // between attempts
		err := attempt()
		if err == nil {
			return
		}
		var code kafka.Error
		if !errors.As(err, &code) || !code.Temporary() || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func produce(t *testing.T, client *kafka.Client, partition, n int) {
	t.Helper()
	settled(t, func() error {
		records := make([]kafka.Record, n)
		for i := range records {
			records[i] = kafka.Record{Value: kafka.NewBytes([]byte("x"))}
		}
		response, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
		})
		if err == nil {
			err = response.Error
		}
		return err
	})
}

func commit(t *testing.T, client *kafka.Client, group string, offsets map[int]int64) {
	t.Helper()
	request := &kafka.OffsetCommitRequest{GroupID: group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{}}
	for partition, offset := range offsets {
		request.Topics[topic] = append(request.Topics[topic], kafka.OffsetCommit{Partition: partition, Offset: offset})
	}
	settled(t, func() error {
		response, err := client.OffsetCommit(t.Context(), request)
		if err != nil {
			return err
		}
		for _, p := range response.Topics[topic] {
			err = errors.Join(err, p.Error)
		}
		return err
	})
}

// join becomes the only member of the group, until it leaves.
func join(t *testing.T, cluster topology.Cluster, group string) (leave func()) {
	t.Helper()
	dialer, err := cluster.Dialer()
	if err != nil {
		t.Fatal(err)
	}
	member, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: group, Brokers: cluster.Brokers, Dialer: dialer, Topics: []string{topic}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = member.Close() })
	if _, err := member.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := member.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
