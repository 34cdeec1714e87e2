package clickhouse_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// The grants in deploy/clickhouse/users.xml name the database assay, which gets a server of its own here.
func TestRolesReadWhatTheyMay(t *testing.T) {
	server := embeddedtest.Start(t, t.TempDir())
	o := embeddedtest.OptionsFor(server, "assay")
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	as := func(user string) *clickhouse.DB {
		return embeddedtest.Open(t, clickhouse.Options{DSN: strings.Replace(o.DSN, "assay@", user+"@", 1)})
	}
	analyst, security, ml := as("analyst"), as("security"), as("ml")

	allowed := func(db *clickhouse.DB, sql string) {
		t.Helper()
		if _, err := db.Query(t.Context(), sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	refused := func(db *clickhouse.DB, sql string) {
		t.Helper()
		if _, err := db.Query(t.Context(), sql); !errors.Is(err, clickhouse.ErrForbidden) {
			t.Errorf("%s: %v; want ErrForbidden", sql, err)
		}
	}
	for _, r := range schemas.Records() {
		table := clickhouse.Table(r)
		columns := []string{"_topic", "_partition", "_offset", "_log_time"}
		for _, f := range r.Fields {
			if f.Type == schemas.NullBytes {
				for _, db := range []*clickhouse.DB{analyst, security, ml} {
					refused(db, "SELECT "+f.Name+" FROM "+table)
				}
				continue
			}
			columns = append(columns, f.Name)
		}
		allowed(analyst, "SELECT "+strings.Join(columns, ", ")+" FROM "+table)
		refused(analyst, "TRUNCATE TABLE "+table)
	}
	tables, err := embeddedtest.Open(t, o).Query(t.Context(), `SELECT name FROM system.tables WHERE database = 'assay'
		AND (name LIKE 'acceptance%' OR name LIKE 'survival%' OR name LIKE 'findings%' OR name LIKE 'confusion%' OR name LIKE 'gate\_%' OR name LIKE 'rule%' OR name LIKE 'usage%' OR name LIKE 'copilot%' OR name LIKE 'delivery%' OR name = 'trigger_log') AND engine != 'MaterializedView' AND name NOT IN ('findings', 'confusion_tags')`)
	if err != nil || len(tables.Rows) < 10 {
		t.Fatalf("aggregates: %v, %v", tables, err)
	}
	for _, row := range tables.Rows {
		allowed(analyst, "SELECT * FROM "+row[0].(string))
	}
	allowed(security, "SELECT * FROM findings")
	allowed(security, "SELECT * FROM findings_by_rule")
	refused(security, "SELECT event_id FROM code_events")
	allowed(ml, "SELECT * FROM trigger_log")
	for _, db := range []*clickhouse.DB{analyst, ml} {
		allowed(db, "SELECT * FROM retrain_triggers_fdr(since = '2026-11-16 00:00:00', until = '2026-11-23 00:00:00')")
	}
	refused(ml, "SELECT event_id FROM findings")
	allowed(ml, "SELECT sealed FROM example_contents")
	refused(analyst, "SELECT sealed FROM example_contents")
	refused(security, "SELECT sealed FROM example_contents")
	for _, view := range []string{"outcomes_daily", "failure_rates", "failures_by_signal", "suggestion_scores", "score_calibration", "examples_current", "examples_to_review"} {
		allowed(analyst, "SELECT * FROM "+view)
		allowed(ml, "SELECT * FROM "+view)
	}
}
