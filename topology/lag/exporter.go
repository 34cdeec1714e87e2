package lag

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The exporter's pace. A service that is restarted is back within the window; the window is what Burrow's ten commits are.
const (
	ExportEvery  = 5 * time.Second
	ExportWindow = 2 * time.Minute

	observeTimeout = 30 * time.Second
)

// Exporter keeps the series assay_consumer_lag_* up to date.
type Exporter struct {
	sampler *Sampler
	tracker *Tracker
	metrics *metrics
	log     *slog.Logger
	ready   atomic.Bool
}

// NewExporter registers the series; Run fills them. The sampler remains the caller's to close, after Run.
func NewExporter(sampler *Sampler, log *slog.Logger, r prometheus.Registerer) (*Exporter, error) {
	m, err := newMetrics(r)
	return &Exporter{sampler: sampler, tracker: NewTracker(ExportWindow), metrics: m, log: log}, err
}

// Ready reports whether the last observation succeeded.
func (e *Exporter) Ready() bool { return e.ready.Load() }

// Run observes until ctx ends. A failed observation is logged and counted; the series are dropped until one succeeds,
// because a figure that is no longer so is worse than none.
func (e *Exporter) Run(ctx context.Context) {
	ticks := time.NewTicker(ExportEvery)
	defer ticks.Stop()
	for failing := false; ; {
		err := e.observe(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			e.log.Error("can't observe the services; trying on", "error", err)
		} else if err == nil && failing {
			e.log.Info("observing the services again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

func (e *Exporter) observe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	observed, err := e.sampler.Sample(ctx)
	e.metrics.sampled(err)
	e.ready.Store(err == nil)
	if err != nil {
		e.metrics.show(nil)
		return err
	}
	e.metrics.show(e.tracker.Add(time.Now(), observed))
	return nil
}
