package producers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/local"
)

// outage is a broker and a registry that a test stops and starts: what they have they keep.
type outage struct {
	*broker
	t     testing.TB
	dir   string
	local *local.Local
}

func startOutage(t testing.TB) *outage {
	t.Helper()
	o := &outage{t: t, dir: t.TempDir()}
	o.start()
	t.Cleanup(o.stop)
	o.broker = connect(t, o.local.Cluster().Brokers[0], o.local.RegistryURL())
	made, err := o.client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "assistant.code", NumPartitions: 3, ReplicationFactor: 1}}})
	if err = errors.Join(err, made.Errors["assistant.code"]); err != nil {
		t.Fatal(err)
	}
	return o
}

func connect(t testing.TB, address, registryURL string) *broker {
	t.Helper()
	registry, err := schemas.RegistryOptions{URL: registryURL}.Client()
	if err != nil {
		t.Fatal(err)
	}
	transport := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return &broker{client: &kafka.Client{Addr: kafka.TCP(address), Transport: transport}, registry: registry}
}

func (o *outage) start() {
	o.t.Helper()
	var err error
	if o.local, err = local.Start(context.Background(), local.Config{Dir: filepath.Join(o.dir, "broker"), Logger: slog.New(slog.DiscardHandler)}); err != nil {
		o.t.Fatal(err)
	}
}

func (o *outage) stop() {
	if o.local != nil {
		if err := o.local.Close(); err != nil {
			o.t.Error(err)
		}
		o.local = nil
	}
}

// published is the ids of each key in the order of their first appearances.
func (o *outage) published() map[string][]string {
	o.t.Helper()
	ids, seen := map[string][]string{}, map[string]bool{}
	reader := connect(o.t, o.local.Cluster().Brokers[0], o.local.RegistryURL()) // the other's connections may be cut
	for partition := range 3 {
		for _, m := range reader.read(o.t, "assistant.code", partition) {
			if !seen[m.id] {
				seen[m.id] = true
				ids[m.key] = append(ids[m.key], m.id)
			}
		}
	}
	return ids
}

func (b *broker) openSpool(t testing.TB, c SpoolConfig) *SpooledPublisher {
	t.Helper()
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	s, err := b.publisher(t, 0).OpenSpool(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func flush(t testing.TB, s *SpooledPublisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

func ids(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%05d", i))
	}
	return all
}

func eventually(t testing.TB, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}
