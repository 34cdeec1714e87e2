package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

type upCommand struct {
	Data     string   `type:"path" default:"data" env:"ASSAY_DATA" placeholder:"DIR" help:"Folder that keeps everything; a second run continues where the first one was. Default: ${default}."`
	Replay   []string `type:"existingfile" placeholder:"FILE" help:"Recording to publish first (see 'assay replay --help'); may be repeated."`
	Simulate int      `placeholder:"EVENTS" help:"Publish so many made-up events first."`
	Seed     uint64   `default:"1" help:"Seed of --simulate."`
	Plant    []jump   `placeholder:"KEY=VALUE,..." sep:"none" help:"Degradation to plant into --simulate; see 'assay simulate --help'."`
	Org      string   `default:"local" help:"Organisation of recordings that name none."`
	Once     bool     `help:"Stop when every service has processed everything, and report."`
	JSON     bool     `name:"json" help:"Report as one JSON object on stdout."`
	ruleFiles
	kekOption
	HTTP             string `name:"http" default:"127.0.0.1:0" env:"ASSAY_HTTP" placeholder:"ADDR" help:"Address of /metrics, /healthz and /readyz. Default: a free port of this machine."`
	collectorOptions `group:"Collector"`
	ports
}

// localTuning favours a quick answer on a small machine.
func localTuning() consumers.Tuning {
	t := consumers.DefaultTuning()
	t.FlushEvery = 100 * time.Millisecond
	t.FetchBytes, t.FlushBytes, t.BudgetBytes = 1<<20, 8<<20, 16<<20
	t.ParkLimit = 5 * time.Second
	return t
}

// localMemory is where Go's garbage collector starts to work hard. A recording of some thousand events stays far below; what 200,000
// events leave behind in twelve services is 200 MB, and with little above it two thirds of the time went to collections.
const localMemory = 700 << 20

func (u *upCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	debug.SetMemoryLimit(localMemory)
	now, err := u.follow(ctx, log)
	if err != nil {
		return err
	}
	if !u.Once && !u.JSON {
		progressLine("starting Kafka, the schema registry and ClickHouse in " + u.Data)
	}
	if u.Once {
		log = quiet(log)
	}
	i, err := ownInstance(ctx, u.Data, u.ports, log)
	if err != nil {
		return err
	}
	defer i.close()
	c := i.connection()
	c.kekOption = u.kekOption
	topo, err := prepare(ctx, c, localPartitions)
	if err != nil {
		return err
	}
	metrics := newMetrics()
	f, err := newFleet(ctx, c, serviceNames(), now, localTuning(), log, metrics)
	if err != nil {
		return err
	}
	var at addresses
	if !u.Once {
		u.openPorts()
		if err := f.addCollector(c, u.collectorOptions, u.Org, log, metrics); err != nil {
			return errors.Join(err, f.close())
		}
		at.Collector, at.CollectorGRPC = f.clients.http.Addr().String(), f.clients.grpc.Addr().String()
	}
	watch, err := startOps(opsOptions{HTTP: u.HTTP, Pprof: "127.0.0.1:0"}, metrics, f.ready)
	if err != nil {
		return errors.Join(err, f.close())
	}
	at.Ops = watch.address
	if err := i.serve(at); err != nil {
		return errors.Join(err, watch.close(), f.close())
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- f.run(running)
		stop() // where a service can't go on, there's nothing to wait for
	}()
	engineDied := make(chan struct{})
	go func() {
		select {
		case <-i.server.Done():
			close(engineDied)
			stop()
		case <-running.Done():
		}
	}()
	work := u.work(running, c, f, topo, i)
	if work != nil || u.Once {
		stop()
	}
	runErr := <-ended
	stop()
	if runErr != nil && errors.Is(work, context.Canceled) {
		work = nil // that was the consequence
	}
	select {
	case <-engineDied:
		return errors.Join(fmt.Errorf("ClickHouse stopped: %w", i.server.Err()), watch.close(), f.close())
	default:
	}
	if ctx.Err() != nil { // a person stopped it
		work = nil
	}
	return errors.Join(work, runErr, watch.close(), f.close())
}

// localPartitions is how many partitions a topic of local mode has at most: one process reads them all, and every one of
// them costs connections, memory and inserts.
const localPartitions = 2

func limitPartitions(topo topology.Topology, most int) topology.Topology {
	topo.Topics = slices.Clone(topo.Topics)
	for i := range topo.Topics {
		topo.Topics[i].Partitions = min(topo.Topics[i].Partitions, most)
	}
	return topo
}

// prepare creates the tables, schemas and topics, these with at most so many partitions.
func prepare(ctx context.Context, c *connection, partitions int) (topology.Topology, error) {
	topo, err := wholeTopology()
	if err != nil {
		return topo, err
	}
	topo = limitPartitions(topo, partitions)
	if _, err := clickhouse.Migrate(ctx, c.ClickHouse); err != nil {
		return topo, err
	}
	client, err := c.client()
	if err != nil {
		return topo, err
	}
	plan, err := topo.Plan(ctx, client)
	if err != nil {
		return topo, err
	}
	if err := plan.Apply(ctx, client, false); err != nil {
		return topo, err
	}
	registry, err := c.Registry.Client()
	if err != nil {
		return topo, err
	}
	_, err = schemas.RegisterAll(ctx, registry)
	return topo, err
}

// work publishes what was asked for, waits until it has gone through every service, and reports.
func (u *upCommand) work(ctx context.Context, c *connection, f *fleet, topo topology.Topology, i *instance) error {
	for _, path := range u.Replay {
		if _, err := replayFile(ctx, f.publisher, f.keys, path, u.Org); err != nil {
			return err
		}
	}
	if u.Simulate > 0 {
		if _, err := simulate(ctx, f.publisher, f.keys, simulation{Events: u.Simulate, Seed: u.Seed, Org: u.Org, Plant: u.Plant}); err != nil {
			return err
		}
	}
	if err := awaitDrained(ctx, c, topo); err != nil {
		return err
	}
	r, err := makeReport(ctx, &c.topics, f.db, topo)
	if err != nil {
		return err
	}
	if u.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	} else {
		r.print(os.Stdout)
	}
	if !u.Once {
		i.print(os.Stderr)
	}
	return nil
}

// awaitDrained waits until every service has committed everything there is.
func awaitDrained(ctx context.Context, c *connection, topo topology.Topology) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	bar := newBar(-1, "waiting for the services")
	defer bar.Finish()
	for {
		drained, err := topology.Drained(ctx, client, topo)
		if drained || err != nil {
			return err
		}
		_ = bar.Add(1)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
