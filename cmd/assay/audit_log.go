package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/zeebo/xxh3"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

// multiset is an order-free digest of event ids: their number and the sum of their hashes, which ClickHouse computes
// alike. XXH3 mixes well enough that two different multisets of one size have equal sums by accident only.
type multiset struct {
	n   int64
	sum uint64
}

func (m *multiset) add(id string) {
	m.n++
	m.sum += xxh3.HashString(id)
}

// logContents is what a partition's log holds, by what the warehouse must have made of it.
type logContents struct {
	records, filtered, repeats, pending int64
	ids                                 multiset
}

// readLog reads a partition from its first offset to the end that lag names, by a way of its own: not the runtime's.
func readLog(ctx context.Context, client *kafka.Client, decoder *schemas.Decoder, service string, lag topology.PartitionLag, read func(int)) (c logContents, err error) {
	record := schemas.ByTopic(lag.Topic)
	window := int64(consumers.DefaultTuning().DedupWindow)
	seen := map[string]int64{}
	for next := lag.Start; next < lag.End; {
		res, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: lag.Topic, Partition: lag.Partition, Offset: next, MinBytes: 1, MaxBytes: 4 << 20})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			return c, fmt.Errorf("read %s/%d: %w", lag.Topic, lag.Partition, err)
		}
		before := next
		for {
			r, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return c, fmt.Errorf("read %s/%d: %w", lag.Topic, lag.Partition, err)
			}
			if r.Offset < next || r.Offset >= lag.End {
				continue
			}
			next = r.Offset + 1
			value, err := kafka.ReadAll(r.Value)
			if err != nil {
				return c, fmt.Errorf("read %s/%d: %w", lag.Topic, lag.Partition, err)
			}
			c.records++
			if r.Offset >= max(lag.Committed, lag.Start) {
				c.pending++
				continue
			}
			e, err := decoder.Decode(ctx, record, value)
			if err != nil {
				continue // a dead letter, which the table must have
			}
			env := e.Env()
			if schemas.CheckEnvelope(record, env.EventID, env.OccurredAt.UnixMilli(), env.Org, r.Time.UnixMilli()) != nil {
				continue
			}
			id, foreign := env.EventID, false
			for _, h := range r.Headers {
				switch h.Key {
				case consumers.HeaderReplay:
					id += "\x00" + string(h.Value)
				case consumers.HeaderReplayFor:
					foreign = string(h.Value) != service
				}
			}
			if foreign {
				c.filtered++
				continue
			}
			last, known := seen[id]
			seen[id] = r.Offset
			if known && last > r.Offset-window {
				c.repeats++
				continue
			}
			c.ids.add(env.EventID)
		}
		if next == before {
			return c, fmt.Errorf("read %s/%d: nothing at offset %d of %d", lag.Topic, lag.Partition, next, lag.End)
		}
		read(int(next - before))
	}
	return c, nil
}

// tableContents is what ClickHouse holds of the same offsets.
type tableContents struct {
	rows, letters int64
	ids           multiset
}

func readTable(ctx context.Context, db *clickhouse.DB, lag topology.PartitionLag) (t tableContents, err error) {
	committed := max(lag.Committed, lag.Start)
	result, err := db.Query(ctx, fmt.Sprintf(`SELECT toInt64(count()), sum(xxh3(event_id)) FROM %s
		WHERE _topic = '%s' AND _partition = %d AND _offset >= %d AND _offset < %d`,
		clickhouse.Table(schemas.ByTopic(lag.Topic)), lag.Topic, lag.Partition, lag.Start, committed))
	if err != nil {
		return t, err
	}
	t.rows = result.Rows[0][0].(int64)
	t.ids = multiset{n: t.rows, sum: result.Rows[0][1].(uint64)}
	t.letters, err = number(ctx, db, fmt.Sprintf(`SELECT uniqExact(origin_offset) FROM dead_letters
		WHERE origin_topic = '%s' AND origin_partition = %d AND origin_offset >= %d AND origin_offset < %d AND service IN ('', 'warehouse')`,
		lag.Topic, lag.Partition, lag.Start, committed))
	return t, err
}
