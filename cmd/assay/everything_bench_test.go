package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/topology"
)

const benchLength = 30 * time.Second

// benchRate is in events per second.
func benchRate() int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_RATE")); err == nil {
		return n
	}
	return 20_000
}

// everything is every service at work on this machine, broker and ClickHouse included.
type everything struct {
	connection *connection
	fleet      *fleet
	topo       topology.Topology
	running    context.Context
	stop       context.CancelFunc
	ended      chan error
}

// startEverything starts the services. They run until end.
func startEverything(b *testing.B) *everything {
	b.Setenv(beAssay, "1")
	percent := debug.SetGCPercent(200) // as main does
	b.Cleanup(func() { debug.SetGCPercent(percent) })
	dir := b.TempDir()
	log := slog.New(slog.DiscardHandler)
	i, err := ownInstance(b.Context(), dir, ports{}, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(i.close)
	e := &everything{connection: i.connection(), ended: make(chan error, 1)}
	if e.topo, err = prepare(b.Context(), e.connection, localPartitions); err != nil {
		b.Fatal(err)
	}
	now, err := ruleFiles{}.follow(b.Context(), log)
	if err != nil {
		b.Fatal(err)
	}
	if e.fleet, err = newFleet(b.Context(), e.connection, serviceNames(), now, consumers.DefaultTuning(), log, prometheus.NewRegistry()); err != nil {
		b.Fatal(err)
	}
	e.running, e.stop = context.WithCancel(b.Context())
	go func() { e.ended <- e.fleet.run(e.running) }()
	return e
}

// drain waits until every service has processed everything, and says how long that took.
func (e *everything) drain(b *testing.B) time.Duration {
	began := time.Now()
	if err := awaitDrained(b.Context(), e.connection, e.topo); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func (e *everything) end(b *testing.B) {
	e.stop()
	if err := <-e.ended; err != nil {
		b.Fatal(err)
	}
}
