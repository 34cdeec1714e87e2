package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers/canary"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology/lag"
)

type lagExportCommand struct {
	dataFolder
	topics
	clickhouseFlags
	opsOptions
	CanaryEvery time.Duration `default:"5s" env:"ASSAY_CANARY_EVERY" placeholder:"DURATION" help:"How often to publish a synthetic event and look for it in ClickHouse; 0 for never. Default: ${default}."`
}

// Validate is called by kong.
func (l *lagExportCommand) Validate() error {
	if l.CanaryEvery < 0 {
		return errors.New("--canary-every is negative")
	}
	return nil
}

func (l *lagExportCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	release, err := l.start(ctx, log, places{kafka: &l.Cluster, registry: &l.Registry, clickhouse: &l.ClickHouse}, engines{kafka: true, clickhouse: l.CanaryEvery > 0})
	if err != nil {
		return err
	}
	defer release()
	sampler, err := newSampler(l.Cluster)
	if err != nil {
		return err
	}
	defer sampler.Close()
	metrics := newMetrics()
	exporter, err := lag.NewExporter(sampler, log, metrics)
	if err != nil {
		return err
	}
	watch, err := startOps(l.opsOptions, metrics, exporter.Ready)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, watch.close()) }()
	if l.CanaryEvery > 0 {
		bird, done, failed := newCanary(ctx, l.ClickHouse, &l.topics, log, metrics)
		if failed != nil {
			return failed
		}
		var running sync.WaitGroup
		running.Go(func() { bird.Run(ctx, l.CanaryEvery) })
		defer func() {
			running.Wait()
			err = errors.Join(err, done())
		}()
	}
	log.Info("exporting lag", "http", watch.address, "canary_every", l.CanaryEvery)
	exporter.Run(ctx)
	return nil
}

// newCanary connects a canary with Kafka and ClickHouse; done ends both connections.
func newCanary(ctx context.Context, warehouse clickhouse.Options, to *topics, log *slog.Logger, metrics prometheus.Registerer) (_ *canary.Canary, done func() error, err error) {
	db, err := clickhouse.Open(ctx, warehouse)
	if err != nil {
		return nil, nil, err
	}
	publisher, _, err := to.publisher(log, metrics)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	done = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		return errors.Join(publisher.Close(ctx), db.Close())
	}
	bird, err := canary.New(publisher, func(ctx context.Context, e *schemas.ChatEvent) (bool, error) { return visible(ctx, db, e) }, log, metrics)
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return bird, done, nil
}

// visible reports whether the table holds the event, by its primary key.
func visible(ctx context.Context, db *clickhouse.DB, e *schemas.ChatEvent) (bool, error) {
	result, err := db.Query(ctx, `SELECT count() > 0 FROM `+clickhouse.Table(e.Record())+` WHERE org = {org:String} AND kind = {kind:String}
		AND occurred_at = fromUnixTimestamp64Milli({ms:Int64}, 'UTC') AND event_id = {id:String}`,
		clickhouse.Parameters(map[string]any{"org": e.Org, "kind": e.KindName(), "ms": e.OccurredAt.UnixMilli(), "id": e.EventID})...)
	if err != nil {
		return false, err
	}
	return result.Rows[0][0] == uint8(1), nil
}
