package clickhouse_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

func TestMigrateTwiceAndTwoAtOnce(t *testing.T) {
	o := embeddedtest.Options(t)
	var g errgroup.Group
	for range 2 {
		g.Go(func() error { _, err := clickhouse.Migrate(t.Context(), o); return err })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	again, err := clickhouse.Migrate(t.Context(), o)
	if err != nil || len(again) != 0 {
		t.Fatalf("again: applied %v, %v; want nothing", again, err)
	}
	present, err := embeddedtest.Open(t, o).Migrations(t.Context())
	if err != nil || len(present) < 3 || present[0].Name != "0001_raw" {
		t.Fatalf("present: %v, %v", present, err)
	}
}

func TestChangedMigrationIsRefused(t *testing.T) {
	o := embeddedtest.Options(t)
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db := embeddedtest.Open(t, o)
	if _, err := db.Query(t.Context(), "ALTER TABLE schema_migrations DELETE WHERE version = 2 SETTINGS mutations_sync = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := clickhouse.Open(t.Context(), o); !errors.Is(err, clickhouse.ErrNotMigrated) || !strings.Contains(err.Error(), "0002") {
		t.Fatalf("open with a migration missing: %v", err)
	}
	if _, err := db.Query(t.Context(), "INSERT INTO schema_migrations VALUES (2, '0002_acceptance', 'other', now64(3))"); err != nil {
		t.Fatal(err)
	}
	if _, err := clickhouse.Migrate(t.Context(), o); !errors.Is(err, clickhouse.ErrNotMigrated) || !strings.Contains(err.Error(), "never edit") {
		t.Fatalf("migrate over a changed file: %v", err)
	}
	if _, err := clickhouse.Open(t.Context(), o); !errors.Is(err, clickhouse.ErrNotMigrated) {
		t.Fatalf("open over a changed file: %v", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	o := embeddedtest.Options(t)
	with := func(old, new string) clickhouse.Options {
		return clickhouse.Options{DSN: strings.Replace(o.DSN, old, new, 1)}
	}
	for name, tc := range map[string]struct {
		options clickhouse.Options
		want    error
		word    string
	}{
		"no database":    {o, clickhouse.ErrNoDatabase, "assay migrate"},
		"not migrated":   {clickhouse.Options{DSN: o.DSN[:strings.LastIndex(o.DSN, "/")] + "/default"}, clickhouse.ErrNotMigrated, "assay migrate"},
		"wrong password": {with("assay@", "assay:hunter2@"), clickhouse.ErrAuthentication, "ASSAY_CLICKHOUSE_PASSWORD"},
		"unreachable":    {clickhouse.Options{DSN: "clickhouse://127.0.0.1:1/assay"}, clickhouse.ErrUnreachable, "127.0.0.1:1"},
		"no address":     {clickhouse.Options{DSN: "clickhouse://u:hunter2@h:port/assay"}, nil, "clickhouse://user@host"},
		"no name":        {clickhouse.Options{DSN: "clickhouse://127.0.0.1:1"}, nil, "names no database"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := clickhouse.Open(t.Context(), tc.options)
			if err == nil {
				db.Close()
				t.Fatal("it opened")
			}
			if tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.word) {
				t.Errorf("%v; want it to be %v and to name %q", err, tc.want, tc.word)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v tells the password", err)
			}
		})
	}
}

// columnTypes are what a field's type may be in its table.
var columnTypes = map[schemas.FieldType][]string{
	schemas.String:     {"String", "LowCardinality(String)"},
	schemas.NullString: {"String", "LowCardinality(String)"},
	schemas.NullBytes:  {"String"},
	schemas.Int:        {"Int32"},
	schemas.NullInt:    {"Nullable(Int32)"},
	schemas.Long:       {"Int64"},
	schemas.NullLong:   {"Nullable(Int64)"},
	schemas.Double:     {"Float64"},
	schemas.NullDouble: {"Nullable(Float64)"},
	schemas.Bool:       {"Bool"},
	schemas.NullBool:   {"Nullable(Bool)"},
	schemas.Time:       {"DateTime64(3, 'UTC')"},
	schemas.NullTime:   {"Nullable(DateTime64(3, 'UTC'))"},
	schemas.Enum:       {"LowCardinality(String)"},
	schemas.Longs:      {"Array(Int64)"},
	schemas.Strings:    {"Array(String)"},
	schemas.StringMap:  {"Map(String, String)"},
}

func TestTablesAreTheRecords(t *testing.T) {
	db := embeddedtest.New(t)
	for _, r := range schemas.Records() {
		table := clickhouse.Table(r)
		got, err := db.Query(t.Context(), "SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = ? ORDER BY position", table)
		if err != nil {
			t.Fatal(err)
		}
		if want := len(r.Fields) + 4; len(got.Rows) != want {
			t.Errorf("%s has %d columns, want %d", table, len(got.Rows), want)
			continue
		}
		for i, f := range r.Fields {
			name, typ, comment := got.Rows[i][0].(string), got.Rows[i][1].(string), got.Rows[i][2].(string)
			if name != f.Name {
				t.Errorf("%s: column %d is %s, the field is %s", table, i, name, f.Name)
			}
			if !slices.Contains(columnTypes[f.Type], typ) {
				t.Errorf("%s.%s is %s, want one of %v", table, name, typ, columnTypes[f.Type])
			}
			if comment == "" {
				t.Errorf("%s.%s has no comment", table, name)
			}
		}
		for i, want := range []string{"_topic", "_partition", "_offset", "_log_time"} {
			if name := got.Rows[len(r.Fields)+i][0]; name != want {
				t.Errorf("%s: column %v, want %s", table, name, want)
			}
		}
	}
}

// Every table that an insert reaches must remember tokens, or a repeat counts twice in it.
func TestEveryTableRemembersTokens(t *testing.T) {
	db := embeddedtest.New(t)
	got, err := db.Query(t.Context(), `SELECT name FROM system.tables WHERE database = currentDatabase()
		AND engine LIKE '%MergeTree' AND name != 'schema_migrations' AND engine_full NOT LIKE '%non_replicated_deduplication_window = 10000%'`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 0 {
		t.Errorf("tables without a deduplication window: %v", got.Rows)
	}
}
