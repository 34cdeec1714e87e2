package consumers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	fetchBytes = 1 << 20 // of one fetch; a broker answers with at least one batch, however large
	fetchWait  = 500 * time.Millisecond
)

// record is one record of a partition's log.
type record struct {
	offset  int64
	logTime int64 // milliseconds
	key     []byte
	value   []byte
	headers []kafka.Header
}

func (r *record) header(key string) []byte {
	for _, h := range r.headers {
		if h.Key == key {
			return h.Value
		}
	}
	return nil
}

// chunk is what one fetch brought.
type chunk struct {
	records []record
	bytes   int   // of keys and values
	next    int64 // offset to fetch from next
	end     int64 // the high watermark: the next offset to be written
}

// gapError says that offsets are gone from the log before they were read.
type gapError struct{ from, start, end int64 }

func (e *gapError) final() {}

func (e *gapError) Error() string {
	if e.from > e.end {
		return fmt.Sprintf("offset %d lies beyond the end %d of the log: the topic was recreated or its broker lost data", e.from, e.end)
	}
	return fmt.Sprintf("offsets %d to %d were deleted by retention before they were read", e.from, e.start-1)
}

// partitionLog reads one partition from explicit offsets.
type partitionLog struct {
	client    *kafka.Client
	topic     string
	partition int
}

// fetch returns the records from offset on, waiting a moment for the first one. A *gapError says that the offset is
// not in the log.
func (l partitionLog) fetch(ctx context.Context, offset int64) (chunk, error) {
	res, err := l.client.Fetch(ctx, &kafka.FetchRequest{
		Topic: l.topic, Partition: l.partition, Offset: offset, MinBytes: 1, MaxBytes: fetchBytes, MaxWait: fetchWait,
	})
	if err == nil {
		err = res.Error
	}
	if errors.Is(err, kafka.OffsetOutOfRange) {
		start, end, err := l.bounds(ctx)
		if err != nil {
			return chunk{}, err
		}
		return chunk{}, &gapError{from: offset, start: start, end: end}
	}
	if err != nil {
		return chunk{}, fmt.Errorf("fetch %s/%d from offset %d: %w", l.topic, l.partition, offset, err)
	}
	c := chunk{next: offset, end: res.HighWatermark}
	for {
		r, err := res.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return chunk{}, fmt.Errorf("read %s/%d from offset %d: %w", l.topic, l.partition, c.next, err)
		}
		if r.Offset < offset { // a batch is sent whole, even when the offset lies in its middle
			continue
		}
		got := record{offset: r.Offset, logTime: r.Time.UnixMilli(), headers: r.Headers}
		if got.key, err = kafka.ReadAll(r.Key); err != nil {
			return chunk{}, fmt.Errorf("read a key of %s/%d: %w", l.topic, l.partition, err)
		}
		if got.value, err = kafka.ReadAll(r.Value); err != nil {
			return chunk{}, fmt.Errorf("read a value of %s/%d: %w", l.topic, l.partition, err)
		}
		c.records = append(c.records, got)
		c.bytes += len(got.key) + len(got.value)
		c.next = r.Offset + 1
	}
}

// bounds returns the first offset of the log and the one after its last.
func (l partitionLog) bounds(ctx context.Context) (start, end int64, err error) {
	res, err := l.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{l.topic: {kafka.FirstOffsetOf(l.partition), kafka.LastOffsetOf(l.partition)}},
	})
	if err != nil {
		return 0, 0, fmt.Errorf("list the offsets of %s/%d: %w", l.topic, l.partition, err)
	}
	for _, p := range res.Topics[l.topic] {
		if p.Error != nil {
			return 0, 0, fmt.Errorf("list the offsets of %s/%d: %w", l.topic, l.partition, p.Error)
		}
		return p.FirstOffset, p.LastOffset, nil
	}
	return 0, 0, fmt.Errorf("list the offsets of %s/%d: no answer for the partition", l.topic, l.partition)
}

// scan calls each with the records of [from, to), in order.
func (l partitionLog) scan(ctx context.Context, from, to int64, each func(*record) error) error {
	for from < to {
		c, err := retry(ctx, nil, "", func() (chunk, error) { return l.fetch(ctx, from) })
		if err != nil {
			return err
		}
		for i := range c.records {
			if c.records[i].offset >= to {
				return nil
			}
			if err := each(&c.records[i]); err != nil {
				return err
			}
		}
		if len(c.records) == 0 && c.end <= from { // the tail was compacted away or is not there
			return nil
		}
		from = c.next
	}
	return nil
}
