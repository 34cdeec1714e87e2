package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/assayhq/assay/producers/collector/spool"
	"github.com/assayhq/assay/schemas"
)

const (
	defaultAckWait = 3 * time.Second  // for the brokers, before events go to the disk
	replayBytes    = 4 << 20          // of the spool at a time
	fullWait       = 10 * time.Second // until there may be room again
)

// delivery keeps every event in one of two places before its sender is answered: in Kafka, or on the disk until Kafka is
// back. While anything is on the disk everything goes there, so that the order stays.
type delivery struct {
	publisher Publisher
	spool     *spool.Spool
	log       *slog.Logger
	metrics   *metrics
	ackWait   time.Duration

	order sync.RWMutex // held for writing while the last of the spool goes out: what comes meanwhile comes after it
	away  atomic.Bool  // the brokers are; for the log
}

// store returns when the events are kept. Its error is a *laterError.
func (d *delivery) store(ctx context.Context, events []schemas.Event) error {
	if kept, err := d.queue(ctx, events); kept || err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, d.ackWait)
	err := d.publisher.PublishSync(waiting, events...)
	cancel()
	if err == nil || ctx.Err() != nil { // the client left: it will send again
		return err
	}
	if !d.away.Swap(true) {
		d.log.Warn("Kafka doesn't take events, they are kept on the disk", "error", err)
	}
	d.order.RLock()
	defer d.order.RUnlock()
	return d.keep(ctx, events)
}

// queue keeps the events on the disk where others wait there already.
func (d *delivery) queue(ctx context.Context, events []schemas.Event) (kept bool, err error) {
	d.order.RLock()
	defer d.order.RUnlock()
	if d.spool.Pending() == 0 {
		return false, nil
	}
	return true, d.keep(ctx, events)
}

func (d *delivery) keep(ctx context.Context, events []schemas.Event) error {
	err := d.spool.Append(ctx, encodeEntry(events))
	switch {
	case err == nil:
		d.metrics.kept(len(events))
		return nil
	case errors.Is(err, spool.ErrFull):
		return &laterError{http.StatusServiceUnavailable, "Kafka is away and the spool is full", fullWait}
	case errors.Is(err, spool.ErrClosed):
		return &laterError{http.StatusServiceUnavailable, "the collector is stopping", time.Second}
	case ctx.Err() != nil:
		return err
	}
	d.log.Error("Kafka is away and the spool can't be written: check its disk", "error", err)
	return &laterError{http.StatusServiceUnavailable, "Kafka is away and the spool can't be written", fullWait}
}

// replay publishes what is on the disk, in order, until ctx ends.
func (d *delivery) replay(ctx context.Context) error {
	for {
		batch, err := d.spool.Next(ctx, replayBytes)
		if ctx.Err() != nil || errors.Is(err, spool.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("replay the spool: %w", err)
		}
		if err := d.deliver(ctx, batch); err != nil {
			return nil // only the end of ctx ends it
		}
		if pending := d.spool.Pending(); pending > 0 && pending <= replayBytes {
			d.finish(ctx)
		}
		if d.spool.Pending() == 0 && d.away.Swap(false) {
			d.log.Info("Kafka takes events again, everything that was on the disk is published")
		}
	}
}

// finish publishes the last of the spool while nothing is added to it, or gives up when that takes long: under load it would
// never be empty otherwise.
func (d *delivery) finish(ctx context.Context) {
	d.order.Lock()
	defer d.order.Unlock()
	ctx, cancel := context.WithTimeout(ctx, d.ackWait)
	defer cancel()
	for d.spool.Pending() > 0 {
		batch, err := d.spool.Next(ctx, replayBytes)
		if err != nil || d.publish(ctx, batch) != nil {
			return // replay goes on with it
		}
	}
}

// deliver publishes a batch, however long it takes.
func (d *delivery) deliver(ctx context.Context, batch spool.Batch) error {
	pause := backoff.NewExponentialBackOff(backoff.WithMaxInterval(10*time.Second), backoff.WithMaxElapsedTime(0))
	return backoff.RetryNotify(func() error { return d.publish(ctx, batch) }, backoff.WithContext(pause, ctx), func(err error, again time.Duration) {
		d.log.Error("what is on the disk can't be published, it is tried again", "error", err, "again_in", again.Round(time.Millisecond))
	})
}

func (d *delivery) publish(ctx context.Context, batch spool.Batch) error {
	var all []schemas.Event
	for _, entry := range batch.Entries {
		events, err := decodeEntry(ctx, entry)
		if err != nil {
			return err
		}
		all = append(all, events...)
	}
	if err := d.publisher.PublishSync(ctx, all...); err != nil {
		return err
	}
	d.metrics.replayed(len(all))
	return d.spool.Delivered(batch)
}
