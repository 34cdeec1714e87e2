package producers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/assayhq/assay/producers/spool"
	"github.com/assayhq/assay/schemas"
)

// DefaultAckWait is what SpoolConfig's AckWait is when it doesn't say.
const DefaultAckWait = 3 * time.Second

// everyone is what replay takes of the order: all of it.
const everyone = 1 << 40

// SpoolConfig says where a SpooledPublisher keeps events, and how many.
type SpoolConfig struct {
	Dir      string        // made when missing; of one process at a time, on a disk that outlives it
	MaxBytes int64         // that may wait on the disk
	AckWait  time.Duration // for the brokers, before events go to the disk; 0 means DefaultAckWait
}

// SpooledPublisher keeps every event in one of two places before PublishSync returns: in Kafka, or on the disk until Kafka is
// back, in the next run of the program if need be. While anything is on the disk everything goes there, so that the order of
// a key stays; while nothing is, the disk isn't touched. Any number of goroutines may use it.
//
// What is on the disk is what Kafka gets, and is protected as it is there: payloads sealed, people, repositories and paths as
// tokens, what an event has in clear in clear, in files that only their user may read. Nothing is sealed here: seal events
// before they are published (producers/privacy).
type SpooledPublisher struct {
	publisher interface {
		PublishSync(ctx context.Context, events ...schemas.Event) error
	}
	spool   *spool.Spool
	log     *slog.Logger
	metrics *metrics
	ackWait time.Duration
	portion int // bytes of the spool that are published at a time

	order    *semaphore.Weighted // taken whole while the last of the spool goes out: under load it would never be empty otherwise
	away     atomic.Bool         // the brokers are; for the log
	lifetime context.Context     // ends with Close
	end      context.CancelFunc
	stopped  chan struct{} // closed when replay has ended
}

// OpenSpool opens the folder, begins to deliver what an earlier process left in it, and returns a publisher that keeps events
// there while the brokers, or the registry, don't answer. A folder that another process has open is spool.ErrInUse. Metrics
// are assay_spool_*. Close it before p.
func (p *Publisher) OpenSpool(c SpoolConfig) (*SpooledPublisher, error) {
	if c.AckWait == 0 {
		c.AckWait = DefaultAckWait
	}
	kept, err := spool.Open(spool.Config{Dir: c.Dir, MaxBytes: c.MaxBytes, Logger: p.log, Registerer: p.registerer})
	if err != nil {
		return nil, err
	}
	s := newSpooled(p, kept, c.AckWait)
	s.publisher = p
	go s.replay()
	return s, nil
}

func newSpooled(p *Publisher, kept *spool.Spool, ackWait time.Duration) *SpooledPublisher {
	s := &SpooledPublisher{spool: kept, log: p.log, metrics: p.metrics, ackWait: ackWait, portion: 4 << 20,
		order: semaphore.NewWeighted(everyone), stopped: make(chan struct{})}
	s.lifetime, s.end = context.WithCancel(context.Background())
	return s
}

// PublishSync returns when all events are acknowledged by all in-sync replicas, or are on the disk, synced: they survive the
// end of the process and are delivered once Kafka is back, in the order of the calls. It gives the brokers AckWait, and at
// most half of the time that ctx leaves. An event without an id gets one (UUIDv7).
//
// An error says that they aren't kept, not all of them at least: spool.ErrFull when there is no room on the disk, the system's
// error (ENOSPC) when the disk itself has none, ErrInvalid, ErrTooLarge and ErrRefused for events that never pass, ErrClosed,
// ctx's error. Some may be in Kafka all the same; after ctx's error and ErrClosed some may be on the disk. Who publishes them
// again does so under the same ids, by which they count once.
func (s *SpooledPublisher) PublishSync(ctx context.Context, events ...schemas.Event) error {
	switch {
	case s.lifetime.Err() != nil:
		return ErrClosed
	case len(events) == 0:
		return nil
	}
	if kept, err := s.queue(ctx, events); kept || err != nil {
		return err
	}
	wait := s.ackWait
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline)/2)
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	err := s.publisher.PublishSync(waiting, events...)
	cancel()
	if err == nil || neverPasses(err) || ctx.Err() != nil {
		return err
	}
	if !s.away.Swap(true) {
		s.log.Warn("Kafka doesn't take events, they are kept on the disk", "error", err)
	}
	return s.inOrder(ctx, func() error { return s.keep(ctx, events) })
}

// queue keeps the events on the disk where others wait there already.
func (s *SpooledPublisher) queue(ctx context.Context, events []schemas.Event) (kept bool, err error) {
	err = s.inOrder(ctx, func() error {
		if kept = s.spool.Pending() > 0; kept {
			return s.keep(ctx, events)
		}
		return nil
	})
	return kept, err
}

// inOrder does something that must not happen while the last of the spool goes out.
func (s *SpooledPublisher) inOrder(ctx context.Context, do func() error) error {
	if err := s.order.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("publish: gave up waiting for the spool: %w", context.Cause(ctx))
	}
	defer s.order.Release(1)
	return do()
}

func (s *SpooledPublisher) keep(ctx context.Context, events []schemas.Event) error {
	for _, e := range events {
		if err := complete(e); err != nil {
			s.metrics.refused("invalid")
			return err
		}
		if n := Size(e); n > MaxRecordBytes {
			s.metrics.refused("too_large")
			return fmt.Errorf("%s %s: %w: %d bytes, at most %d pass", e.Record().Name, e.Env().EventID, ErrTooLarge, n, MaxRecordBytes)
		}
	}
	switch err := s.spool.Append(ctx, encodeEvents(events)); {
	case errors.Is(err, spool.ErrClosed):
		return ErrClosed
	case err != nil:
		return fmt.Errorf("publish while Kafka is away: %w", err)
	}
	s.metrics.spooled("kept", len(events))
	return nil
}

// Pending is how many bytes of events are on the disk, to be delivered.
func (s *SpooledPublisher) Pending() int64 { return s.spool.Pending() }

// Flush waits until nothing is on the disk any more. A program that runs shortly calls it before Close, with a deadline, or what
// is on the disk may not find the time to leave.
func (s *SpooledPublisher) Flush(ctx context.Context) error {
	if err := s.spool.Drained(ctx); err != nil {
		return fmt.Errorf("flush the spool: %w", err)
	}
	return nil
}

// Close accepts nothing more and stops. What is on the disk stays there for the next process.
func (s *SpooledPublisher) Close() error {
	s.end()
	<-s.stopped
	return s.spool.Close()
}
