package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/local"
)

// A trigger that the topic holds twice is acted on once, and one whose action failed is acted on again.
func TestFollowActsOnEveryTriggerOnce(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	broker, err := local.Start(t.Context(), local.Config{Dir: t.TempDir(), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	cluster := broker.Cluster()
	client, err := cluster.Client()
	if err != nil {
		t.Fatal(err)
	}
	topo, err := topology.New(quality.Spec())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := topo.Plan(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), client, false); err != nil {
		t.Fatal(err)
	}
	registry, err := schemas.RegistryOptions{URL: broker.RegistryURL()}.Client()
	if err != nil {
		t.Fatal(err)
	}
	p, err := producers.New(producers.Config{Client: client, Registry: registry, Logger: log, Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "b", "c"} {
		trigger := &schemas.RetrainTrigger{
			Envelope: schemas.Envelope{EventID: id, OccurredAt: time.Now(), Source: "quality", Org: "acme"},
			Kind:     schemas.TriggerFired, Domain: "gpt-4|1|chat|go|rating", Action: schemas.RetrainActionPartial,
		}
		if err := p.Publish(t.Context(), trigger); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var acted []string
	full := errors.New("the cluster is full")
	err = follow(ctx, cluster.Brokers, broker.RegistryURL(), "retraining", func(_ context.Context, t *schemas.RetrainTrigger) error {
		if t.EventID == "c" {
			return full
		}
		acted = append(acted, t.EventID)
		return nil
	})
	if !errors.Is(err, full) {
		t.Fatalf("follow: %v", err)
	}
	done := errors.New("done")
	err = follow(ctx, cluster.Brokers, broker.RegistryURL(), "retraining", func(_ context.Context, t *schemas.RetrainTrigger) error {
		acted = append(acted, t.EventID)
		return done
	})
	if want := []string{"a", "b", "c"}; !errors.Is(err, done) || !slices.Equal(acted, want) {
		t.Fatalf("acted on %s, want %s: %v", fmt.Sprint(acted), fmt.Sprint(want), err)
	}
}
