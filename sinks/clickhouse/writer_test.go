package clickhouse_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

var t0 = time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC)

// codeEvents are n events, a minute apart (so that they cross a month), each suggestion shown and then accepted by
// turns, with every type of column in use.
func codeEvents(n int) []schemas.Event {
	events := make([]schemas.Event, n)
	for i := range events {
		e := &schemas.CodeEvent{
			Envelope: schemas.Envelope{
				EventID: fmt.Sprintf("e%d", i), OccurredAt: t0.Add(time.Duration(i) * time.Minute),
				Source: "copilot", Org: "acme", Environment: "production",
			},
			Kind: "suggestion_shown", FileID: "f1", SessionID: fmt.Sprintf("s%d", i%7), Model: "m1", Language: "go", Feature: "inline_completion",
			LatencyMs: schemas.Some(int64(120)), Chars: schemas.Some(int32(40)), Fingerprints: []int64{1, -2},
			Sealed: []byte{0, 1, 255}, Attributes: map[string]string{"k": "v"},
		}
		if i%2 == 1 {
			e.Kind, e.LatencyMs, e.DecisionMs, e.DecidedBy = "suggestion_accepted", schemas.Opt[int64]{}, schemas.Some(int64(900)), "human"
		}
		events[i] = e
	}
	return events
}

// arrival is the log time of the first event: now, as old content expires.
var arrival = time.Now().UnixMilli()

func batchOf(t testing.TB, events []schemas.Event) clickhouse.Batch {
	t.Helper()
	r := events[0].Record()
	b := clickhouse.Batch{Record: r, Columns: r.NewColumns(), Topic: r.Topic, Partition: 3, From: 100, To: 100 + int64(len(events)), Version: "1"}
	for i, e := range events {
		if err := b.Columns.AppendAvro(e.AppendAvro(nil)); err != nil {
			t.Fatal(err)
		}
		b.Offsets = append(b.Offsets, b.From+int64(i))
		b.LogTimes = append(b.LogTimes, arrival+int64(i))
	}
	return b
}

func insert(t testing.TB, db *clickhouse.DB, b clickhouse.Batch) {
	t.Helper()
	if err := clickhouse.NewWriter(db).Insert(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// row runs a query with one row and prints its values.
func row(t testing.TB, db *clickhouse.DB, sql string) string {
	t.Helper()
	r, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(r.Rows) != 1 {
		t.Fatalf("%s: %d rows", sql, len(r.Rows))
	}
	return fmt.Sprint(r.Rows[0]...)
}

func expect(t testing.TB, db *clickhouse.DB, sql, want string) {
	t.Helper()
	if got := row(t, db, sql); got != want {
		t.Errorf("%s\n got %s\nwant %s", sql, got, want)
	}
}

// expectOnce holds table and aggregates against n events of codeEvents.
func expectOnce(t testing.TB, db *clickhouse.DB, n int) {
	t.Helper()
	half := n / 2
	expect(t, db, "SELECT count(), uniqExact(event_id), uniqExact(_offset) FROM code_events", fmt.Sprint(n, n, n))
	for _, table := range []string{"acceptance_hourly", "acceptance_sessions"} {
		expect(t, db, "SELECT sum(events), sum(shown), sum(accepted) FROM "+table, fmt.Sprint(n, half, half))
	}
	expect(t, db, "SELECT shown, accepted, rate, rate_decided FROM acceptance_by_model", fmt.Sprint(half, half, 1, 1))
	expect(t, db, "SELECT sum(latency_ms_sum), sum(latency_count), sum(decision_ms_sum), sum(decision_count) FROM acceptance_hourly",
		fmt.Sprint(half*120, half, half*900, half))
}

func TestInsertTwiceCountsOnce(t *testing.T) {
	db := embeddedtest.New(t)
	b := batchOf(t, codeEvents(100)) // crosses a month: two parts under one token
	for range 3 {
		insert(t, db, b)
	}
	expectOnce(t, db, 100)

	t.Run("another version of the same offsets is another insert", func(t *testing.T) {
		b.Version = "2"
		insert(t, db, b)
		expect(t, db, "SELECT count() FROM code_events", "200")
	})
	t.Run("the same rows of another range too", func(t *testing.T) {
		b.From, b.To = 200, 300
		insert(t, db, b)
		expect(t, db, "SELECT sum(events) FROM acceptance_hourly", "300")
	})
}

func TestEveryColumnArrives(t *testing.T) {
	db := embeddedtest.New(t)
	insert(t, db, batchOf(t, codeEvents(2)))
	expect(t, db, `SELECT event_id, occurred_at = toDateTime64('2026-03-31 23:30:00', 3, 'UTC'), source, org, environment, kind, session_id, latency_ms,
		decision_ms IS NULL, chars, fingerprints, hex(sealed), attributes['k'], _topic, _partition, _offset, toUnixTimestamp64Milli(_log_time)
		FROM code_events WHERE kind = 'suggestion_shown'`,
		fmt.Sprint("e0", 1, "copilot", "acme", "production", "suggestion_shown", "s0", int64(120), 1, int32(40), []int64{1, -2}, "0001FF", "v", "assistant.code", int32(3), int64(100), arrival))
}

// Every record's table takes its columns; the zero event is what a sparse client sends.
func TestInsertOfEveryRecord(t *testing.T) {
	db := embeddedtest.New(t)
	for _, r := range schemas.Records() {
		e := r.New()
		e.Env().EventID, e.Env().OccurredAt = "e", t0
		insert(t, db, batchOf(t, []schemas.Event{e}))
		expect(t, db, "SELECT event_id, _topic FROM "+clickhouse.Table(r), fmt.Sprint("e", r.Topic))
	}
}

// TestTokenWithoutItsRows makes what a kill between the two writes of an insert leaves: the token is in the deduplication log, and the
// part never got its name. Without the repair the repeat is taken for known and the rows are lost (seen once in some 20 kills under load).
func TestTokenWithoutItsRows(t *testing.T) {
	dir := t.TempDir()
	server := embeddedtest.Start(t, dir)
	o := embeddedtest.OptionsFor(server, "assay")
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db := embeddedtest.Open(t, o)
	b := batchOf(t, codeEvents(100))
	insert(t, db, b)
	paths, err := db.Query(t.Context(), `SELECT path FROM system.parts
		WHERE database = 'assay' AND table IN ('code_events', 'acceptance_hourly', 'acceptance_sessions') AND active`)
	if err != nil || len(paths.Rows) < 3 {
		t.Fatalf("parts: %v, %v", paths, err)
	}
	server.Kill()
	for _, row := range paths.Rows {
		if err := os.RemoveAll(row[0].(string)); err != nil {
			t.Fatal(err)
		}
	}

	db = embeddedtest.Open(t, embeddedtest.OptionsFor(embeddedtest.Start(t, dir), "assay"))
	insert(t, db, b)
	expectOnce(t, db, 100)
	db.Close()
}

func TestKillBetweenInsertAndRepeat(t *testing.T) {
	dir := t.TempDir()
	server := embeddedtest.Start(t, dir)
	o := embeddedtest.OptionsFor(server, "assay")
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db := embeddedtest.Open(t, o)
	b := batchOf(t, codeEvents(100))
	insert(t, db, b)
	server.Kill()
	if err := clickhouse.NewWriter(db).Insert(t.Context(), b); clickhouse.Classify(err) != clickhouse.Transient {
		t.Fatalf("insert into a dead server: %v", err)
	}
	if !errors.Is(server.Err(), embedded.ErrServer) {
		t.Fatalf("server says %v", server.Err())
	}

	db = embeddedtest.Open(t, embeddedtest.OptionsFor(embeddedtest.Start(t, dir), "assay"))
	insert(t, db, b)
	expectOnce(t, db, 100)
	db.Close()
}

func TestBatchMustMatchItsOffsets(t *testing.T) {
	db := embeddedtest.New(t)
	b := batchOf(t, codeEvents(4))
	b.Offsets = b.Offsets[:3]
	if err := clickhouse.NewWriter(db).Insert(t.Context(), b); err == nil || !strings.Contains(err.Error(), "3 offsets") {
		t.Fatalf("insert with an offset missing: %v", err)
	}
}

func TestClassesOfRealErrors(t *testing.T) {
	// One block may reach 100 months; the code is that of a table with too many parts, which passes.
	far := codeEvents(120)
	for i, e := range far {
		e.Env().OccurredAt = t0.AddDate(0, i, -15)
	}
	for name, tc := range map[string]struct {
		before string
		events []schemas.Event
		want   clickhouse.Class
		is     error
	}{
		"too many months": {"SELECT 1", far, clickhouse.Rejected, nil},
		"no table":        {"DROP TABLE code_events", codeEvents(1), clickhouse.Fatal, clickhouse.ErrNotMigrated},
		"no column":       {"ALTER TABLE code_events DROP COLUMN language SETTINGS mutations_sync = 1", codeEvents(1), clickhouse.Fatal, clickhouse.ErrNotMigrated},
		"constraint":      {"ALTER TABLE code_events ADD CONSTRAINT c CHECK chars < 0", codeEvents(1), clickhouse.Rejected, nil},
		"too many parts":  {"ALTER TABLE code_events MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1, max_delay_to_insert = 1", codeEvents(2), clickhouse.Transient, nil},
	} {
		t.Run(name, func(t *testing.T) {
			db := embeddedtest.New(t)
			if name == "no column" {
				for _, view := range []string{"acceptance_hourly_mv", "acceptance_sessions_mv", "survival_reported_daily_mv"} {
					if _, err := db.Query(t.Context(), "DROP TABLE "+view); err != nil {
						t.Fatal(err)
					}
				}
			}
			if name == "too many parts" {
				insert(t, db, batchOf(t, codeEvents(1)))
			}
			if _, err := db.Query(t.Context(), tc.before); err != nil {
				t.Fatal(err)
			}
			b := batchOf(t, tc.events)
			b.Version = "2"
			err := clickhouse.NewWriter(db).Insert(t.Context(), b)
			if err == nil {
				t.Fatal("it succeeded")
			}
			if got := clickhouse.Classify(err); got != tc.want || tc.is != nil && !errors.Is(err, tc.is) {
				t.Fatalf("%s: %v; want %s, %v", got, err, tc.want, tc.is)
			}
			if strings.Contains(err.Error(), "acme") {
				t.Errorf("the error tells what is in a row: %v", err)
			}
		})
	}
}

func TestSurvivalAndFindings(t *testing.T) {
	db := embeddedtest.New(t)
	var survival []schemas.Event
	for i, s := range []float64{1, 1, 0.5, 0.2} {
		survival = append(survival, &schemas.CodeEvent{
			Envelope: schemas.Envelope{EventID: fmt.Sprint("s", i), OccurredAt: t0, Org: "acme"}, Kind: "survival_observed", Reported: true,
			CheckpointS: schemas.Some(int32(30)), Survival: schemas.Some(s),
		})
	}
	survival = append(survival, &schemas.CodeEvent{ // measured by Assay, not reported
		Envelope: schemas.Envelope{EventID: "m", OccurredAt: t0, Org: "acme"}, Kind: "survival_observed", CheckpointS: schemas.Some(int32(30)), Survival: schemas.Some(0.0),
	})
	insert(t, db, batchOf(t, survival))
	expect(t, db, "SELECT checkpoint_s, n, mean_survival, share_kept, untouched FROM survival_reported", fmt.Sprint(int32(30), 4, 0.675, 0.75, 2))

	var findings []schemas.Event
	for i, kind := range []schemas.FindingKind{"finding", "finding", "scan_completed"} {
		findings = append(findings, &schemas.Finding{
			Envelope: schemas.Envelope{EventID: fmt.Sprint("f", i), OccurredAt: t0, Org: "acme"}, Kind: kind, RuleID: "r1", Severity: "high",
		})
	}
	insert(t, db, batchOf(t, findings))
	expect(t, db, "SELECT rule_id, severity, findings FROM findings_by_rule", fmt.Sprint("r1", "high", 2))
}

func BenchmarkInsert(b *testing.B) {
	db := embeddedtest.New(b)
	w := clickhouse.NewWriter(db)
	const rows = 50_000
	batch := batchOf(b, codeEvents(rows))
	for b.Loop() {
		batch.From, batch.To = batch.To, batch.To+rows
		if err := w.Insert(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
