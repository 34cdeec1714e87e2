package producers

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// entry is one record of a batch; its slices point into the batch's memory.
type entry struct {
	key, value []byte
	headers    []kafka.Header
	size       int
	done       *completion // nil when nobody waits
}

// batch collects records for one partition.
type batch struct {
	memory  []byte
	headers []kafka.Header
	entries []entry
	size    int
	since   time.Time
	urgent  bool // someone waits: don't linger
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func newBatch() *batch {
	b := batches.Get().(*batch)
	b.since = time.Now()
	return b
}

// recycle keeps the batch's memory for another one. Only who knows that no request reads from it may call it.
func (b *batch) recycle() {
	clear(b.entries)
	*b = batch{memory: b.memory[:0], headers: b.headers[:0], entries: b.entries[:0]}
	batches.Put(b)
}

func (b *batch) fits(size int) bool { return b.size == 0 || b.size+size <= maxBatchBytes }

// add copies a record into the batch. Growth moves the memory, but what earlier entries point at stays alive.
func (b *batch) add(r *Record, size int, done *completion) {
	first := len(b.headers)
	for _, h := range r.Headers {
		b.headers = append(b.headers, kafka.Header{Key: h.Key, Value: b.keep(h.Value)})
	}
	b.entries = append(b.entries, entry{
		key: b.keep(r.Key), value: b.keep(r.Value),
		headers: b.headers[first:len(b.headers):len(b.headers)], size: size, done: done,
	})
	b.size += size
}

// keep copies bytes into the batch's memory; nil stays nil, since it means null on the wire.
func (b *batch) keep(p []byte) []byte {
	if p == nil {
		return nil
	}
	from := len(b.memory)
	b.memory = append(b.memory, p...)
	return b.memory[from:len(b.memory):len(b.memory)]
}

// records presents entries to kafka-go, reusing one record for all. Each attempt needs its own, since a request
// that timed out may still be reading.
type records struct {
	entries    []entry
	record     kafka.Record
	key, value content
}

func (r *records) ReadRecord() (*kafka.Record, error) {
	if len(r.entries) == 0 {
		return nil, io.EOF
	}
	e := &r.entries[0]
	r.entries = r.entries[1:]
	r.record = kafka.Record{Key: r.key.of(e.key), Value: r.value.of(e.value), Headers: e.headers}
	return &r.record, nil
}

// content is bytes as kafka-go reads them.
type content struct{ bytes.Reader }

func (c *content) Close() error { return nil }

func (c *content) of(p []byte) kafka.Bytes {
	if p == nil {
		return nil
	}
	c.Reset(p)
	return c
}
