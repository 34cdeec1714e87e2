// Package producers puts events onto Assay's topics: Publisher is the SDK that clients, the collector, the
// replayer and the consumer services share.
//
// An event that Publish accepted is written at least once, in order within its key, or its failure is
// returned; repeats carry the same ce_id, so consumers drop them. The package never drops an event to keep
// up: who publishes faster than the brokers take waits. It seals nothing (producers/privacy does) and must
// not read, log or count by what events contain.
//
// Every call waits as long as its context lets it: give one with a deadline where a person waits. What waits is in memory; a
// client that must outlive outages of Kafka, or its own end, opens a spool on its disk (SpooledPublisher). The collector does.
package producers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/semaphore"

	"github.com/assayhq/assay/schemas"
)

// DefaultBufferBytes bounds what waits for acknowledgement when Config doesn't say.
const DefaultBufferBytes = 32 << 20

// Config is what a Publisher needs.
type Config struct {
	Client      *kafka.Client         // how to reach the cluster; its Timeout is not used
	Registry    schemas.Registry      // ids of schemas; not needed for Send
	Logger      *slog.Logger          // outages and recoveries
	Registerer  prometheus.Registerer // assay_publisher_*
	BufferBytes int                   // unacknowledged bytes before Publish waits; 0 means DefaultBufferBytes
}

// Publisher publishes events from any number of goroutines. It does nothing before its first use.
type Publisher struct {
	client   *kafka.Client
	registry schemas.Registry
	log      *slog.Logger
	metrics  *metrics

	registerer prometheus.Registerer // for a spool's

	bufferBytes int64
	space       *semaphore.Weighted // bytes accepted and not settled
	failures    failures            // of records that nobody waits for

	topics    sync.Map // name -> *topic
	schemaIDs sync.Map // *schemas.Record -> int

	lifetime context.Context // ends when Close gives up on or is done with sending
	end      context.CancelFunc
	mu       sync.Mutex // guards the growth of topics' senders, and closed
	closed   atomic.Bool
	senders  sync.WaitGroup

	linger time.Duration // how long a batch waits for company
	grace  time.Duration // how long a topic may be unknown: a client's view of the cluster lags
}

// New checks the configuration and returns a Publisher, which connects when it's first used.
func New(c Config) (*Publisher, error) {
	switch {
	case c.Client == nil:
		return nil, errors.New("a publisher needs a Kafka client")
	case c.Logger == nil || c.Registerer == nil:
		return nil, errors.New("a publisher needs a logger and a metrics registerer")
	case c.BufferBytes == 0:
		c.BufferBytes = DefaultBufferBytes
	case c.BufferBytes < MaxRecordBytes:
		return nil, fmt.Errorf("a publisher's buffer of %d bytes can't hold one record: give it %d or more", c.BufferBytes, MaxRecordBytes)
	}
	client := *c.Client
	client.Timeout = requestTimeout
	p := &Publisher{
		client: &client, registry: c.Registry, log: c.Logger, registerer: c.Registerer,
		bufferBytes: int64(c.BufferBytes), space: semaphore.NewWeighted(int64(c.BufferBytes)),
		linger: 5 * time.Millisecond, grace: 15 * time.Second,
	}
	var err error
	if p.metrics, err = newMetrics(c.Registerer); err != nil {
		return nil, err
	}
	p.lifetime, p.end = context.WithCancel(context.Background())
	return p, nil
}

// Publish accepts events for writing and returns without waiting for the brokers. It waits while the buffer is
// full. An event without an id gets one (UUIDv7). On error the events before the bad one were accepted, the
// others not. A failure of an earlier event, which nobody waited for, makes Publish refuse until Flush has
// returned it.
func (p *Publisher) Publish(ctx context.Context, events ...schemas.Event) error {
	if err := p.failures.peek(); err != nil {
		return fmt.Errorf("publish: earlier events failed, call Flush to go on: %w", err)
	}
	for _, e := range events {
		if _, err := p.enqueueEvent(ctx, e, nil); err != nil {
			return err
		}
	}
	return nil
}

// PublishSync returns when all events are acknowledged by all in-sync replicas. On error at least one was not;
// when it is ctx's error they may or may not have been written.
func (p *Publisher) PublishSync(ctx context.Context, events ...schemas.Event) error {
	done := newCompletion()
	for _, e := range events {
		if s, err := p.enqueueEvent(ctx, e, done); err != nil {
			done.fail(err)
			break
		} else {
			done.sentTo(s)
		}
	}
	return done.wait(ctx)
}

// Send writes records as they are, schemas and validation aside, and returns when all are acknowledged: changelog
// entries, tombstones, dead letters, replays of original bytes. Errors are as PublishSync's.
func (p *Publisher) Send(ctx context.Context, records []Record) error {
	done := newCompletion()
	for i := range records {
		if s, err := p.enqueue(ctx, &records[i], done); err != nil {
			done.fail(err)
			break
		} else {
			done.sentTo(s)
		}
	}
	return done.wait(ctx)
}

// Flush waits until everything accepted before it is settled, and returns what failed among the events that
// nobody waited for. Calls of Publish meanwhile wait.
func (p *Publisher) Flush(ctx context.Context) error {
	if err := p.acquire(ctx, p.bufferBytes); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	p.space.Release(p.bufferBytes)
	return p.failures.take()
}

// Close accepts nothing more, flushes until ctx ends, and stops. Its error tells what could not be written.
func (p *Publisher) Close(ctx context.Context) error {
	if p.closed.Swap(true) {
		return nil
	}
	flushed := p.acquire(ctx, p.bufferBytes)
	p.end()
	p.mu.Lock() // no sender starts after this
	p.topics.Range(func(_, t any) bool { t.(*topic).close(); return true })
	p.mu.Unlock()
	p.senders.Wait()
	if flushed != nil {
		flushed = fmt.Errorf("close publisher before all events were written: %w", flushed)
	}
	return errors.Join(flushed, p.failures.take())
}

// acquire waits for n bytes of buffer, for ctx to end or for Close to be done.
func (p *Publisher) acquire(ctx context.Context, n int64) error {
	if p.space.TryAcquire(n) {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.lifetime, func() { cancel(ErrClosed) })()
	if err := p.space.Acquire(ctx, n); err != nil {
		return context.Cause(ctx)
	}
	return nil
}
