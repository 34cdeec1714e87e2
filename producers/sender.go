package producers

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/segmentio/kafka-go"
)

// requestTimeout ends an attempt; kafka-go asks the broker to answer within half of it.
const requestTimeout = 30 * time.Second

// sender writes one partition. One batch is on its way at a time, until it is acknowledged or refused for good,
// so that retries can't change the order.
type sender struct {
	p         *Publisher
	topic     string
	partition int
	wake      chan struct{} // something to look at; holds one token

	mu     sync.Mutex
	queue  []*batch // all but the last are full
	closed bool
}

func (s *sender) String() string { return fmt.Sprintf("%s/%d", s.topic, s.partition) }

// add queues a copy of the record; false when the sender is closed.
func (s *sender) add(r *Record, size int, done *completion) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if n := len(s.queue); n == 0 || !s.queue[n-1].fits(size) {
		s.queue = append(s.queue, newBatch())
		s.signal()
	}
	if done != nil {
		done.add()
	}
	s.queue[len(s.queue)-1].add(r, size, done)
	return true
}

// urge has everything that is queued sent without lingering.
func (s *sender) urge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.queue); n > 0 {
		s.queue[n-1].urgent = true
		s.signal()
	}
}

func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

func (s *sender) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run delivers batches until the publisher's life ends, and fails what is left then.
func (s *sender) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		b, wait := s.next()
		if b != nil {
			s.deliver(b)
			continue
		}
		timer.Reset(wait)
		select {
		case <-s.wake:
		case <-timer.C:
		case <-s.p.lifetime.Done():
			s.close()
			for b, _ := s.next(); b != nil; b, _ = s.next() {
				s.settle(b.entries, ErrClosed)
			}
			return
		}
	}
}

// next takes the first batch when it is due, or tells how long to wait.
func (s *sender) next() (*batch, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil, time.Hour
	}
	b := s.queue[0]
	if wait := s.p.linger - time.Since(b.since); wait > 0 && len(s.queue) == 1 && !b.urgent && !s.closed {
		return nil, wait
	}
	s.queue = slices.Delete(s.queue, 0, 1)
	return b, 0
}

func (s *sender) deliver(b *batch) {
	if attempts := s.deliverEntries(b.entries); attempts == 1 {
		b.recycle() // after a failed attempt an abandoned request may still read the memory
	}
}

// deliverEntries writes entries, however long it takes, and returns the number of attempts.
func (s *sender) deliverEntries(entries []entry) int {
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(time.Second),
		backoff.WithRandomizationFactor(0.5), backoff.WithMaxElapsedTime(0))
	started := time.Now()
	for attempt := 1; ; attempt++ {
		if entries = s.withdraw(entries); len(entries) == 0 {
			return attempt
		}
		err := s.produce(entries)
		v := judge(err)
		if v == missing && time.Since(started) < s.p.grace {
			v = retry
		}
		switch {
		case v == written:
			if attempt > 1 {
				s.p.log.Info("publishing goes on", "partition", s.String(), "after", time.Since(started))
			}
			s.settle(entries, nil)
			return attempt
		case v == tooLarge && len(entries) > 1:
			half := len(entries) / 2
			return 1 + s.deliverEntries(entries[:half]) + s.deliverEntries(entries[half:])
		case v != retry:
			s.settle(entries, advise(s.String(), v, err))
			return attempt + 1 // refused, but the request may have been cut off
		}
		if attempt == 1 {
			s.p.log.Warn("publishing waits, it is tried again", "partition", s.String(), "events", len(entries), "error", err)
		}
		s.p.metrics.retried(s.topic)
		select {
		case <-time.After(pause.NextBackOff()):
		case <-s.p.lifetime.Done():
			s.settle(entries, fmt.Errorf("%w, the last attempt ended with: %w", ErrClosed, err))
			return attempt + 1
		}
	}
}

// produce makes one attempt.
func (s *sender) produce(entries []entry) error {
	ctx, cancel := context.WithTimeout(s.p.lifetime, requestTimeout)
	defer cancel()
	started := time.Now()
	response, err := s.p.client.Produce(ctx, &kafka.ProduceRequest{
		Topic: s.topic, Partition: s.partition, RequiredAcks: kafka.RequireAll, Compression: kafka.Snappy,
		Records: &records{entries: entries},
	})
	if err == nil {
		err = response.Error
	}
	s.p.metrics.requested(time.Since(started))
	return err
}

// withdraw settles the entries whose callers gave up, and returns the others, in a slice of their own if any went.
func (s *sender) withdraw(entries []entry) []entry {
	abandoned := func(e entry) bool { return e.done != nil && e.done.abandoned.Load() }
	if !slices.ContainsFunc(entries, abandoned) {
		return entries
	}
	var kept, gone []entry
	for _, e := range entries {
		if abandoned(e) {
			gone = append(gone, e)
		} else {
			kept = append(kept, e)
		}
	}
	s.settle(gone, context.Canceled)
	return kept
}

// settle gives the entries' room back and tells who waits.
func (s *sender) settle(entries []entry, err error) {
	size, unwaited := 0, 0
	for _, e := range entries {
		size += e.size
		if e.done != nil {
			e.done.settle(1, err)
		} else {
			unwaited++
		}
	}
	if err != nil && unwaited > 0 {
		s.p.failures.add(err, unwaited)
	}
	s.p.metrics.settled(s.topic, len(entries), size, err)
	s.p.space.Release(int64(size))
}
