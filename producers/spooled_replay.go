package producers

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// neverPasses says that an event is at fault, not the cluster: waiting doesn't help.
func neverPasses(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrRefused)
}

// replay publishes what is on the disk, in order, until Close.
func (s *SpooledPublisher) replay() {
	defer close(s.stopped)
	pause := backoff.NewExponentialBackOff(backoff.WithMaxInterval(10*time.Second), backoff.WithMaxElapsedTime(0))
	for s.lifetime.Err() == nil {
		_ = backoff.RetryNotify(func() error { return s.advance(s.lifetime) }, backoff.WithContext(pause, s.lifetime), func(err error, again time.Duration) {
			s.log.Error("what is on the disk can't be delivered, it is tried again", "error", err, "again_in", again.Round(time.Millisecond))
		}) // only the end of the lifetime ends it
	}
}

// advance waits for something on the disk and publishes the first of it.
func (s *SpooledPublisher) advance(ctx context.Context) error {
	batch, err := s.spool.Next(ctx, s.portion)
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, batch); err != nil {
		return err
	}
	if pending := s.spool.Pending(); pending > 0 && pending <= int64(s.portion) {
		s.finish(ctx)
	}
	if s.spool.Pending() == 0 && s.away.Swap(false) {
		s.log.Info("Kafka takes events again, everything that was on the disk is published")
	}
	return nil
}

// finish publishes the last of the spool while nothing is added to it, or gives up when that takes long.
func (s *SpooledPublisher) finish(ctx context.Context) {
	if s.order.Acquire(ctx, everyone) != nil {
		return
	}
	defer s.order.Release(everyone)
	ctx, cancel := context.WithTimeout(ctx, s.ackWait)
	defer cancel()
	for s.spool.Pending() > 0 {
		batch, err := s.spool.Next(ctx, s.portion)
		if err != nil || s.deliver(ctx, batch) != nil {
			return // advance goes on with it
		}
	}
}

// deliver publishes a batch. What can't be read or never passes is set aside: it must not hold up what comes after it.
func (s *SpooledPublisher) deliver(ctx context.Context, batch spool.Batch) error {
	var all []schemas.Event
	for _, entry := range batch.Entries {
		events, err := decodeEvents(ctx, entry)
		if err != nil {
			if err := s.spool.SetAside(entry, err); err != nil {
				return err
			}
			continue
		}
		all = append(all, events...)
	}
	published := len(all)
	err := s.publisher.PublishSync(ctx, all...)
	if neverPasses(err) {
		published, err = s.deliverSingly(ctx, all)
	}
	if err != nil {
		return err
	}
	s.metrics.spooled("published", published)
	return s.spool.Delivered(batch)
}

// deliverSingly finds those that never pass.
func (s *SpooledPublisher) deliverSingly(ctx context.Context, events []schemas.Event) (published int, err error) {
	for i, e := range events {
		switch err := s.publisher.PublishSync(ctx, e); {
		case err == nil:
			published++
		case !neverPasses(err):
			return published, err
		default:
			if err := s.spool.SetAside(encodeEvents(events[i:i+1]), err); err != nil {
				return published, err
			}
		}
	}
	return published, nil
}
