package main

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/zeebo/xxh3"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/partlog"
)

const auditFetch = 4 << 20 // bytes

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

// readLog reads a partition from its first offset to the end that lag names, and judges its records by rules of its own:
// not the runtime's code.
func readLog(ctx context.Context, cluster topology.Cluster, client *kafka.Client, decoder *schemas.Decoder, service string, lag topology.PartitionLag, refused map[int64]bool, read func(int)) (c logContents, err error) {
	source, err := partlog.NewReader(cluster, client, lag.Topic, lag.Partition)
	if err != nil {
		return c, err
	}
	defer source.Close()
	committed := max(lag.Committed, lag.Start)
	seen := map[string]int64{} // id -> last offset
	for next := lag.Start; next < lag.End; {
		chunk, err := source.Fetch(ctx, next, auditFetch, time.Second)
		if err != nil {
			return c, err
		}
		for i := range chunk.Records {
			r := &chunk.Records[i]
			if r.Offset >= lag.End {
				break
			}
			c.records++
			switch {
			case r.Offset >= committed:
				c.pending++
				continue
			case refused[r.Offset]:
				continue
			}
			if err := c.judge(ctx, decoder, service, lag.Topic, r, seen); err != nil {
				return c, err
			}
		}
		read(int(min(chunk.Next, lag.End) - next))
		if chunk.Next == next && chunk.End <= next {
			return c, fmt.Errorf("read %s/%d: nothing at offset %d of %d", lag.Topic, lag.Partition, next, lag.End)
		}
		next = chunk.Next
	}
	return c, nil
}

// judge counts a record as the warehouse must have taken it. What is not counted here must be a dead letter.
func (c *logContents) judge(ctx context.Context, decoder *schemas.Decoder, service, topic string, r *partlog.Record, seen map[string]int64) error {
	if to, ok := r.Header(consumers.HeaderReplayFor); ok && string(to) != service {
		c.filtered++
		return nil
	}
	record := schemas.ByTopic(topic)
	e, err := decoder.Decode(ctx, record, r.Value)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	letter, again := r.Header(consumers.HeaderReplay)
	if err == nil {
		env := e.Env()
		err = schemas.CheckEnvelope(record, env.EventID, env.OccurredAt.UnixMilli(), env.Org, r.Time)
	}
	if err != nil {
		if again { // and of no use again, which is the same dead letter
			c.repeats++
		}
		return nil
	}
	env := e.Env()
	id := env.EventID
	if again {
		id += "\x00" + string(letter)
	}
	last, known := seen[id]
	seen[id] = r.Offset
	if known && last > r.Offset-int64(consumers.DefaultTuning().DedupWindow) {
		c.repeats++
		return nil
	}
	c.ids.add(env.EventID)
	return nil
}

// tableContents is what ClickHouse holds of the same offsets.
type tableContents struct {
	rows    int64
	ids     multiset
	letters int64          // originals that are dead letters
	refused map[int64]bool // offsets among them that can be read but not inserted
}

func readTable(ctx context.Context, db *clickhouse.DB, service string, lag topology.PartitionLag) (t tableContents, err error) {
	committed := max(lag.Committed, lag.Start)
	result, err := db.Query(ctx, fmt.Sprintf(`SELECT toInt64(count()), sum(xxh3(event_id)) FROM %s
		WHERE _topic = '%s' AND _partition = %d AND _offset >= %d AND _offset < %d`,
		clickhouse.Table(schemas.ByTopic(lag.Topic)), lag.Topic, lag.Partition, lag.Start, committed))
	if err != nil {
		return t, err
	}
	t.rows = result.Rows[0][0].(int64)
	t.ids = multiset{n: t.rows, sum: result.Rows[0][1].(uint64)}
	result, err = db.Query(ctx, fmt.Sprintf(`SELECT DISTINCT origin_offset, service FROM dead_letters
		WHERE origin_topic = '%s' AND origin_partition = %d AND origin_offset >= %d AND origin_offset < %d AND service IN ('', '%s')`,
		lag.Topic, lag.Partition, lag.Start, committed, service))
	if err != nil {
		return t, err
	}
	t.letters, t.refused = int64(len(result.Rows)), map[int64]bool{}
	for _, row := range result.Rows {
		if row[1].(string) == service {
			t.refused[row[0].(int64)] = true
		}
	}
	return t, nil
}
