// Package localtest gives one test a broker and a registry, with the topics of Assay in place: the embedded ones, or
// under `make test-kafka` a real Kafka. It is for tests only.
package localtest

import (
	"log/slog"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local"
)

// Engines are a test's cluster and registry.
type Engines struct {
	*local.Local
	cluster topology.Cluster
}

// Cluster returns how to reach the brokers: the embedded ones, or the real ones as a superuser.
func (e *Engines) Cluster() topology.Cluster { return e.cluster }

// Start gives the test an empty cluster and registry until it ends, creates every topic of the services, their state
// topics included (with no service, every topic that carries events), and registers the schemas.
func Start(t testing.TB, services ...topology.Service) *Engines {
	t.Helper()
	l := &Engines{Local: StartEmpty(t, local.Config{})}
	l.cluster = l.Local.Cluster()
	if onKafka() {
		l.cluster = Kafka(t)
		Vacate(t, l.cluster)
	}
	topo, err := topology.New(services...)
	if err != nil {
		t.Fatal(err)
	}
	client := Client(t, l.Cluster())
	plan, err := topo.Plan(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), client, false); err != nil {
		t.Fatal(err)
	}
	registry, err := schemas.RegistryOptions{URL: l.RegistryURL()}.Client()
	if err != nil {
		t.Fatal(err)
	}
	if err := topology.RegisterSchemas(t.Context(), registry); err != nil {
		t.Fatal(err)
	}
	return l
}

// StartEmpty serves what the config says, without topics. An empty Dir becomes a temporary folder.
func StartEmpty(t testing.TB, config local.Config) *local.Local {
	t.Helper()
	if config.Dir == "" {
		config.Dir = t.TempDir()
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	l, err := local.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close the local broker: %v", err)
		}
	})
	return l
}

// Client connects to the cluster until the test ends.
func Client(t testing.TB, cluster topology.Cluster) *kafka.Client {
	t.Helper()
	client, err := cluster.Client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Transport.(*kafka.Transport).CloseIdleConnections)
	return client
}
