package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

// BenchmarkWarehouseVersusKafkaEngine brings the same events from the same broker into the same ClickHouse twice: through
// the warehouse with everything on (deduplication, intents, tokens, metrics), and through ClickHouse's own Kafka engine
// with a materialised view into an equal table, which promises less (at least once). Both are timed from their start
// until the last row is visible. ASSAY_BENCH_EVENTS sets the number of events, 1,000,000 by default.
//
//	go test ./cmd/assay -run '^$' -bench Warehouse -benchtime 1x
func BenchmarkWarehouseVersusKafkaEngine(b *testing.B) {
	events := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_EVENTS")); err == nil {
		events = n
	}
	b.Setenv(beAssay, "1") // the ClickHouse child is this binary
	dir := b.TempDir()
	log := slog.New(slog.DiscardHandler)
	i, err := ownInstance(b.Context(), dir, ports{}, log)
	if err != nil {
		b.Fatal(err)
	}
	defer i.close()
	c := i.connection()
	if _, err := prepare(b.Context(), c, math.MaxInt); err != nil {
		b.Fatal(err)
	}
	db, err := clickhouse.Open(b.Context(), c.ClickHouse)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	run := func(sql string) {
		b.Helper()
		if _, err := db.Query(b.Context(), sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	for _, view := range []string{"acceptance_hourly_mv", "acceptance_sessions_mv", "survival_reported_daily_mv"} {
		run("DROP TABLE " + view) // the other table has none either
	}
	run("CREATE TABLE engine_events AS code_events")
	size := publishBenchEvents(b, c, events)
	b.Logf("%d events of %d bytes", events, size)
	seconds := func(table string, start func()) float64 {
		began := time.Now()
		start()
		for {
			n, err := number(b.Context(), db, "SELECT count() FROM "+table)
			if err != nil {
				b.Fatal(err)
			}
			if n >= int64(events) {
				return time.Since(began).Seconds()
			}
			time.Sleep(10 * time.Millisecond) // between polls
		}
	}
	for b.Loop() {
		run("TRUNCATE TABLE code_events")
		f, err := newFleet(b.Context(), c, []string{"warehouse"}, inForce{}, consumers.DefaultTuning(), log, prometheus.NewRegistry())
		if err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		ours := seconds("code_events", func() { go func() { ended <- f.run(ctx) }() })
		stop()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		if err := f.close(); err != nil {
			b.Fatal(err)
		}

		fields := make([]string, len(schemas.CodeEventRecord.Fields))
		for i, f := range schemas.CodeEventRecord.Fields {
			if fields[i] = f.Name; f.Type == schemas.NullString || f.Type == schemas.NullBytes {
				fields[i] = fmt.Sprintf("ifNull(q.%s, '') AS %s", f.Name, f.Name)
			}
		}
		theirs := seconds("engine_events", func() {
			run(fmt.Sprintf(`CREATE TABLE engine_queue (%s) ENGINE = Kafka SETTINGS kafka_broker_list = '%s', kafka_topic_list = 'assistant.code', kafka_group_name = 'engine',
				kafka_format = 'AvroConfluent', format_avro_schema_registry_url = '%s', kafka_num_consumers = 2, kafka_thread_per_consumer = 1, kafka_flush_interval_ms = 1000`,
				engineColumns(), c.Cluster.Brokers[0], c.Registry.URL))
			run("CREATE MATERIALIZED VIEW engine_mv TO engine_events AS SELECT " + strings.Join(fields, ", ") + ", _topic, toInt32(q._partition) AS _partition, toInt64(q._offset) AS _offset, ifNull(q._timestamp_ms, toDateTime64(0, 3)) AS _log_time FROM engine_queue AS q")
		})
		b.ReportMetric(float64(events)/ours, "assay-rows/s")
		b.ReportMetric(float64(events)/theirs, "engine-rows/s")
		b.ReportMetric(theirs/ours, "ratio")
		b.ReportMetric(math.Round(ours*1000), "assay-ms")
	}
}

// engineColumns declares the record's fields for the Kafka engine.
func engineColumns() string {
	types := map[schemas.FieldType]string{
		schemas.String: "String", schemas.NullString: "Nullable(String)", schemas.NullBytes: "Nullable(String)", schemas.Enum: "LowCardinality(String)",
		schemas.Int: "Int32", schemas.NullInt: "Nullable(Int32)", schemas.Long: "Int64", schemas.NullLong: "Nullable(Int64)",
		schemas.Double: "Float64", schemas.NullDouble: "Nullable(Float64)", schemas.Bool: "Bool", schemas.NullBool: "Nullable(Bool)",
		schemas.Time: "DateTime64(3, 'UTC')", schemas.NullTime: "Nullable(DateTime64(3, 'UTC'))",
		schemas.Longs: "Array(Int64)", schemas.Strings: "Array(String)", schemas.StringMap: "Map(String, String)",
	}
	var columns []string
	for _, f := range schemas.CodeEventRecord.Fields {
		columns = append(columns, f.Name+" "+types[f.Type])
	}
	return strings.Join(columns, ", ")
}

// publishBenchEvents fills assistant.code with events of 14 facts, and returns the size of one on the wire.
func publishBenchEvents(b *testing.B, c *connection, events int) int {
	p, _, err := c.publisher(slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	payload := make([]byte, 640)
	start := time.Now().Add(-time.Hour)
	size := 0
	for n := range events {
		if n%100 == 0 {
			_, _ = rand.Read(payload)
		}
		e := &schemas.CodeEvent{
			Envelope: schemas.Envelope{EventID: fmt.Sprintf("018f3c1e-7d3a-7000-8000-%012d", n), OccurredAt: start.Add(time.Duration(n) * time.Millisecond), Source: "copilot", Org: "acme"},
			Kind:     schemas.CodeSuggestionShown, FileID: fmt.Sprintf("file-%d", n%5000), SuggestionID: fmt.Sprintf("suggestion-%d", n), SessionID: fmt.Sprintf("session-%d", n%700),
			Model: "gpt-4.1", Feature: "inline_completion", Language: "python", Chars: schemas.Some(int32(n % 300)), Sealed: payload, SealKeyID: "acme/2026-11-23/1",
		}
		size = len(schemas.AppendFrame(nil, 1, e))
		if err := p.Publish(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	return size
}
