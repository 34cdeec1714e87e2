package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/producers/collector"
)

type runCommand struct {
	Services []string `arg:"" optional:"" name:"service" help:"Services to run, or collector; all services when none is named. 'assay topology graph' shows them."`

	connection
	opsOptions
	collectorOptions `group:"Collector"`
	ruleFiles

	SessionTimeout  time.Duration `default:"20s" env:"ASSAY_SESSION_TIMEOUT" help:"How long a silent process keeps its partitions; a batch is finished within half of it on shutdown."`
	DeadLetterLimit int           `default:"1000" env:"ASSAY_DEAD_LETTER_LIMIT" help:"Dead letters in a row that halt a partition, as do more than half of its last 5,000 records; 0 never halts."`
}

func (c *runCommand) Run(ctx context.Context, log *slog.Logger) error {
	names := c.Services
	if len(names) == 0 {
		names = serviceNames()
	}
	slices.Sort(names)
	names = slices.Compact(names)
	collect := slices.Contains(names, collector.Name)
	names = slices.DeleteFunc(names, func(name string) bool { return name == collector.Name })
	for _, name := range names {
		if !slices.Contains(serviceNames(), name) {
			return fmt.Errorf("there is no service %q; the services are %s, and %s", name, strings.Join(serviceNames(), ", "), collector.Name)
		}
	}
	now, err := c.follow(ctx, log)
	if err != nil {
		return err
	}
	release, err := c.start(ctx, log, c.places(), engines{kafka: true, clickhouse: len(names) > 0})
	if err != nil {
		return err
	}
	defer release()
	metrics := newMetrics()
	tuning := consumers.DefaultTuning()
	tuning.SessionTimeout, tuning.DrainDeadline = c.SessionTimeout, c.SessionTimeout/2
	tuning.DeadLetterLimit = c.DeadLetterLimit
	f, err := newFleet(ctx, &c.connection, names, now, tuning, log, metrics)
	if err != nil {
		return err
	}
	if collect {
		if err := f.addCollector(&c.connection, c.collectorOptions, "", log, metrics); err != nil {
			return errors.Join(err, f.close())
		}
		log.Info("collecting", "http", f.clients.http.Addr(), "grpc", f.clients.grpc.Addr())
	}
	watch, err := startOps(c.opsOptions, metrics, f.ready)
	if err != nil {
		return errors.Join(err, f.close())
	}
	log.Info("running", "services", fmt.Sprint(names), "http", watch.address, "pprof", watch.pprof)
	return errors.Join(f.run(ctx), watch.close(), f.close())
}
