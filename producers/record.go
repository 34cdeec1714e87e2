package producers

import (
	"context"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
)

const (
	// MaxRecordBytes bounds a record's key, value and headers together: a broker takes batches of 1 MB
	// unless configured otherwise, and a batch holds at least one record.
	MaxRecordBytes = 900_000
	// AnyPartition lets the key decide, as Java's producer does.
	AnyPartition = -1

	maxBatchBytes  = MaxRecordBytes
	recordOverhead = 32 // lengths, timestamps and offsets of a record in a batch, generously
)

// Record is a message for Send. A nil value is a tombstone, which deletes the key from a compacted topic.
type Record struct {
	Topic     string
	Partition int // AnyPartition, or the one to write to
	Key       []byte
	Value     []byte
	Headers   []kafka.Header
}

func (r *Record) size() int {
	n := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 4
	}
	return n
}

// scratch is memory that encoding one event needs, reused for the next.
type scratch struct {
	record Record
	frame  []byte
	key    []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// enqueueEvent validates, encodes and queues an event.
func (p *Publisher) enqueueEvent(ctx context.Context, e schemas.Event, done *completion) (*sender, error) {
	if err := complete(e); err != nil {
		p.metrics.refused("invalid")
		return nil, err
	}
	id, err := p.schemaID(ctx, e.Record())
	if err != nil {
		return nil, err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.frame = schemas.AppendFrame(s.frame[:0], id, e)
	s.key = append(s.key[:0], e.Key()...)
	s.record = Record{Topic: e.Record().Topic, Partition: AnyPartition, Key: s.key, Value: s.frame, Headers: s.record.Headers[:0]}
	for _, h := range schemas.Headers(e) {
		s.record.Headers = append(s.record.Headers, kafka.Header(h))
	}
	to, err := p.enqueue(ctx, &s.record, done)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", e.Record().Name, e.Env().EventID, err)
	}
	return to, nil
}

// enqueue waits for room and hands a copy of the record to its partition's sender.
func (p *Publisher) enqueue(ctx context.Context, r *Record, done *completion) (*sender, error) {
	if p.closed.Load() {
		return nil, ErrClosed
	}
	size := r.size()
	if size > MaxRecordBytes {
		p.metrics.refused("too_large")
		return nil, fmt.Errorf("publish to %s: %w: %d bytes, at most %d pass", r.Topic, ErrTooLarge, size, MaxRecordBytes)
	}
	t, err := p.topic(ctx, r.Topic)
	if err != nil {
		return nil, err
	}
	s, err := t.sender(p, r)
	if err != nil {
		return nil, err
	}
	if err := p.acquire(ctx, int64(size)); err != nil {
		return nil, fmt.Errorf("wait for room to publish: %w", err)
	}
	if !s.add(r, size, done) {
		p.space.Release(int64(size))
		return nil, ErrClosed
	}
	p.metrics.buffered(size)
	return s, nil
}

// Size is what an event takes of MaxRecordBytes.
func Size(e schemas.Event) int {
	n := recordOverhead + len(e.Key()) + len(e.AppendAvro(nil)) + 5
	for _, h := range schemas.Headers(e) {
		n += len(h.Key) + len(h.Value) + 4
	}
	return n
}
