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
)

type runCommand struct {
	Services []string `arg:"" optional:"" name:"service" help:"Services to run; all when none is named. 'assay topology graph' shows them."`

	connection
	opsOptions
	Rules string `type:"path" env:"ASSAY_RULES" placeholder:"FILE" help:"YAML rules of service quality; default: the built-in ones."`

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
	for _, name := range names {
		if !slices.Contains(serviceNames(), name) {
			return fmt.Errorf("there is no service %q; the services are %s", name, strings.Join(serviceNames(), ", "))
		}
	}
	rules, err := readRules(c.Rules)
	if err != nil {
		return err
	}
	release, err := c.use(ctx, log, engines{kafka: true, clickhouse: true})
	if err != nil {
		return err
	}
	defer release()
	metrics := newMetrics()
	tuning := consumers.DefaultTuning()
	tuning.SessionTimeout, tuning.DrainDeadline = c.SessionTimeout, c.SessionTimeout/2
	tuning.DeadLetterLimit = c.DeadLetterLimit
	f, err := newFleet(ctx, &c.connection, names, rules, tuning, log, metrics)
	if err != nil {
		return err
	}
	watch, err := startOps(c.opsOptions, metrics, f.ready)
	if err != nil {
		return errors.Join(err, f.close())
	}
	log.Info("running", "services", fmt.Sprint(names), "http", watch.address, "pprof", watch.pprof)
	return errors.Join(f.run(ctx), watch.close(), f.close())
}
