package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology/partlog"
)

// watcher runs the very function of the service quality over outcomes, and keeps what it fires.
type watcher struct {
	watch    consumers.MapFunc
	triggers []*schemas.RetrainTrigger
	outcomes int
}

func newWatcher(rules *quality.Rules) *watcher {
	return &watcher{watch: remembering(quality.New(func() *quality.Rules { return rules }))}
}

func (w *watcher) observe(in consumers.Input) error {
	events, err := w.watch(in)
	if err != nil {
		return fmt.Errorf("%s/%d offset %d: %w", in.Topic, in.Partition, in.Offset, err)
	}
	w.outcomes++
	for _, e := range events {
		w.triggers = append(w.triggers, e.(*schemas.RetrainTrigger))
	}
	return nil
}

// outcomeRange selects outcomes of the warehouse; empty strings stand for all.
type outcomeRange struct {
	domain    string
	partition int
	from, to  int64 // offsets [from, to)
	since     int64 // event time, milliseconds
}

// outcomePage is how many outcomes are read at once.
const outcomePage = 100_000

// fromClickHouse gives the watcher a partition's outcomes in the order of the log.
func (w *watcher) fromClickHouse(ctx context.Context, db *clickhouse.DB, r outcomeRange) error {
	for {
		result, err := db.Query(ctx, `SELECT event_id, occurred_at, org, environment, kind, domain, category, signal, weight, caused_by, model, model_version, feature, language,
				supersedes, attributes, _offset, _log_time
			FROM outcomes
			WHERE _partition = {partition:Int32} AND _offset >= {from:Int64} AND _offset < {to:Int64} AND ({domain:String} = '' OR domain = {domain:String})
				AND occurred_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
			ORDER BY _offset LIMIT {page:UInt32}`,
			clickhouse.Parameters(map[string]any{"partition": int32(r.partition), "from": r.from, "to": r.to, "domain": r.domain, "since": r.since, "page": uint32(outcomePage)})...)
		if err != nil {
			return err
		}
		for _, row := range result.Rows {
			in := consumers.Input{
				Event: &schemas.Outcome{
					Envelope: schemas.Envelope{EventID: row[0].(string), OccurredAt: row[1].(time.Time), Org: row[2].(string), Environment: schemas.Environment(row[3].(string))},
					Kind:     schemas.OutcomeKind(row[4].(string)), Domain: row[5].(string), Category: row[6].(string), Signal: row[7].(string), Weight: row[8].(float64),
					CausedBy: row[9].(string), Model: row[10].(string), ModelVersion: row[11].(string), Feature: row[12].(string), Language: row[13].(string),
					Supersedes: row[14].(string), Attributes: row[15].(map[string]string),
				},
				Topic: schemas.OutcomeRecord.Topic, Partition: r.partition, Offset: row[16].(int64), LogTime: row[17].(time.Time),
			}
			if err := w.observe(in); err != nil {
				return err
			}
			r.from = in.Offset + 1
		}
		if len(result.Rows) < outcomePage {
			return nil
		}
	}
}

// fromKafka gives the watcher a domain's outcomes in a partition before offset to. It returns the first offset that the log still has.
func (w *watcher) fromKafka(ctx context.Context, c *topics, domain string, partition int, to int64) (first int64, err error) {
	client, err := c.client()
	if err != nil {
		return 0, err
	}
	registry, err := c.Registry.Client()
	if err != nil {
		return 0, err
	}
	decoder := schemas.NewDecoder(registry)
	log, err := partlog.NewReader(c.Cluster, client, schemas.OutcomeRecord.Topic, partition)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	first, end, err := log.Bounds(ctx)
	if err != nil {
		return 0, fmt.Errorf("list offsets of %s: %w", schemas.OutcomeRecord.Topic, err)
	}
	seen := map[string]bool{} // producers may have repeated themselves
	for next := first; next < min(end, to); {
		chunk, err := log.Fetch(ctx, next, 4<<20, time.Second)
		if err != nil {
			return first, fmt.Errorf("read %s: %w", schemas.OutcomeRecord.Topic, err)
		}
		next = chunk.Next
		for i := range chunk.Records {
			record := &chunk.Records[i]
			if string(record.Key) != domain || record.Offset >= to {
				continue
			}
			e, err := decoder.Decode(ctx, schemas.OutcomeRecord, record.Value)
			if errors.As(err, new(*schemas.MalformedError)) {
				continue // a dead letter
			}
			if err != nil {
				return first, fmt.Errorf("decode offset %d: %w", record.Offset, err)
			}
			if id := e.Env().EventID; !seen[id] {
				seen[id] = true
				err = w.observe(consumers.Input{Event: e, Topic: schemas.OutcomeRecord.Topic, Partition: partition, Offset: record.Offset, LogTime: time.UnixMilli(record.Time).UTC()})
			}
			if err != nil {
				return first, err
			}
		}
	}
	return first, nil
}
