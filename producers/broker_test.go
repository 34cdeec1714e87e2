package producers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/assayhq/assay/schemas"
)

// broker is an embedded cluster whose faults a test controls, with a registry.
type broker struct {
	*kfake.Cluster
	client       *kafka.Client
	registry     schemas.Registry
	fakeRegistry *srfake.Registry
}

func startBroker(t testing.TB, partitions int32, opts ...kfake.Opt) *broker {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{
		kfake.NumBrokers(1), kfake.SeedTopics(partitions, "assistant.code", "assistant.chat"),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	fake := srfake.New()
	t.Cleanup(fake.Close)
	registry, err := schemas.RegistryOptions{URL: fake.URL()}.Client()
	if err != nil {
		t.Fatal(err)
	}
	transport := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return &broker{cluster, &kafka.Client{Addr: kafka.TCP(cluster.ListenAddrs()...), Transport: transport}, registry, fake}
}

func (b *broker) publisher(t testing.TB, bufferBytes int) *Publisher {
	t.Helper()
	p, err := New(Config{Client: b.client, Registry: b.registry, Logger: slog.New(slog.DiscardHandler),
		Registerer: prometheus.NewRegistry(), BufferBytes: bufferBytes})
	if err != nil {
		t.Fatal(err)
	}
	p.grace = 300 * time.Millisecond
	t.Cleanup(func() {
		// Tests that leave records behind have closed it themselves.
		if err := p.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// message is a record as a consumer sees it.
type message struct {
	id, key string
	kafka.Message
}

// read returns everything in a partition.
func (b *broker) read(t testing.TB, topic string, partition int) []message {
	t.Helper()
	var messages []message
	for offset := int64(0); ; {
		response, err := b.client.Fetch(t.Context(), &kafka.FetchRequest{Topic: topic, Partition: partition, Offset: offset,
			MinBytes: 0, MaxBytes: 64 << 20, MaxWait: time.Millisecond})
		if err == nil {
			err = response.Error
		}
		if err != nil {
			t.Fatalf("fetch %s/%d: %v", topic, partition, err)
		}
		if offset >= response.HighWatermark {
			return messages
		}
		for {
			r, err := response.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			m := message{Message: kafka.Message{Partition: partition, Offset: r.Offset, Headers: r.Headers}}
			if m.Key, err = kafka.ReadAll(r.Key); err == nil {
				m.Value, err = kafka.ReadAll(r.Value)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range r.Headers {
				if h.Key == schemas.HeaderID {
					m.id = string(h.Value)
				}
			}
			if m.key = string(m.Key); r.Offset >= offset {
				messages = append(messages, m)
				offset = r.Offset + 1
			}
		}
	}
}

func codeEvent(file, id string) *schemas.CodeEvent {
	return &schemas.CodeEvent{
		Envelope: schemas.Envelope{EventID: id, OccurredAt: time.Now(), Source: "copilot", Org: "acme", Environment: schemas.EnvironmentProduction},
		Kind:     schemas.CodeSuggestionShown, FileID: file,
	}
}
