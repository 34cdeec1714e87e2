package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/warehouse"
	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

const closeGrace = 10 * time.Second

// fleet is the services of one process, with what they share.
type fleet struct {
	runners   []*consumers.Runner
	keys      *privacy.Keyring
	publisher *producers.Publisher
	db        *clickhouse.DB // nil without the warehouse
	clients   *clients       // nil without the collector
}

// newFleet connects what the named services need; nothing runs yet.
func newFleet(ctx context.Context, c *connection, names []string, now inForce, tuning consumers.Tuning, log *slog.Logger, metrics prometheus.Registerer) (_ *fleet, err error) {
	f := &fleet{}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	if f.keys, err = c.keys(); err != nil {
		return nil, err
	}
	var registry *schemas.RegistryClient
	if f.publisher, registry, err = c.publisher(log, metrics); err != nil {
		return nil, err
	}
	d := deps{keys: f.keys, inForce: now}
	decoder := schemas.NewDecoder(registry)
	for _, name := range names {
		if name == warehouse.Spec().Name {
			if f.db, err = awaitClickHouse(ctx, c.ClickHouse, log); err != nil {
				return nil, err
			}
			d.warehouse = clickhouseWriter{clickhouse.NewWriter(f.db)}
		}
		service, err := buildService(name, d)
		if err != nil {
			return nil, err
		}
		r, err := consumers.New(service, consumers.Config{
			Cluster: c.Cluster, Decoder: decoder, Publisher: f.publisher, Keys: f.keys, Logger: log, Registerer: metrics, Tuning: tuning,
		})
		if err != nil {
			return nil, err
		}
		f.runners = append(f.runners, r)
	}
	return f, nil
}

// awaitClickHouse connects, and waits for a server that doesn't answer yet as the services wait for one that went away.
func awaitClickHouse(ctx context.Context, o clickhouse.Options, log *slog.Logger) (*clickhouse.DB, error) {
	waits := backoff.NewExponentialBackOff(backoff.WithMaxInterval(10*time.Second), backoff.WithMaxElapsedTime(0))
	return backoff.RetryNotifyWithData(func() (*clickhouse.DB, error) {
		db, err := clickhouse.Open(ctx, o)
		if err != nil && !errors.Is(err, clickhouse.ErrUnreachable) {
			err = backoff.Permanent(err)
		}
		return db, err
	}, backoff.WithContext(waits, ctx), func(err error, wait time.Duration) {
		log.Warn("waiting for ClickHouse", "again_in", wait.Round(time.Millisecond), "error", err)
	})
}

// run runs the services until ctx ends or one of them can't go on; that one's error is returned.
func (f *fleet) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range f.runners {
		g.Go(func() error { return r.Run(ctx) })
	}
	if f.clients != nil {
		g.Go(func() error { return f.clients.run(ctx) })
	}
	return g.Wait()
}

func (f *fleet) ready() bool {
	for _, r := range f.runners {
		if !r.Ready() {
			return false
		}
	}
	return f.clients == nil || f.clients.Ready()
}

func (f *fleet) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	var err error
	if f.clients != nil {
		err = f.clients.close()
	}
	if f.publisher != nil {
		err = errors.Join(err, f.publisher.Close(ctx))
	}
	if f.db != nil {
		err = errors.Join(err, f.db.Close())
	}
	return err
}
