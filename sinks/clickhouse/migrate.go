package clickhouse

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Applied is one migration that the database has.
type Applied struct {
	Version  uint32
	Name     string
	Checksum string // of the file: sha256 in hex
	At       time.Time
}

type migration struct {
	version  uint32
	name     string
	checksum string
	text     string // a template: engines depend on the cluster
}

const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations{{.OnCluster}}
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC'))
ENGINE = {{.Engine "ReplacingMergeTree"}} ORDER BY (version, checksum)`

// Migrate creates the database where it is missing, applies the migrations that it lacks, and returns those that it
// applied. Repeating it changes nothing, nor does running it twice at once: every statement of a migration does
// nothing where its object exists. An applied migration whose file has changed since is an error.
func Migrate(ctx context.Context, o Options) ([]Applied, error) {
	opt, err := o.native()
	if err != nil {
		return nil, err
	}
	files, err := migrations()
	if err != nil {
		return nil, err
	}
	d := dialect{cluster: o.Cluster}
	if err := createDatabase(ctx, *opt, d); err != nil {
		return nil, err
	}
	db, err := dial(ctx, opt)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.execute(ctx, d, migrationsTable); err != nil {
		return nil, fmt.Errorf("create schema_migrations: %w", err)
	}
	present, err := db.Migrations(ctx)
	if err != nil {
		return nil, err
	}
	var applied []Applied
	for _, m := range files {
		if i := indexOf(present, m.version); i >= 0 {
			if present[i].Checksum != m.checksum {
				return applied, fmt.Errorf("%w: migration %s was applied with other content: never edit an applied migration, add one", ErrNotMigrated, m.name)
			}
			continue
		}
		a, err := db.apply(ctx, d, m)
		if err != nil {
			return applied, fmt.Errorf("apply migration %s: %w", m.name, err)
		}
		applied = append(applied, a)
	}
	return applied, nil
}

func createDatabase(ctx context.Context, opt clickhouse.Options, d dialect) error {
	name := opt.Auth.Database
	opt.Auth.Database = "default"
	server, err := dial(ctx, &opt)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quote(name)+d.OnCluster()); err != nil {
		return fmt.Errorf("create database %s: %w", name, explain(err))
	}
	return nil
}

func (db *DB) apply(ctx context.Context, d dialect, m migration) (Applied, error) {
	for _, statement := range statements(m.text) {
		if err := db.execute(ctx, d, statement); err != nil {
			return Applied{}, err
		}
	}
	a := Applied{Version: m.version, Name: m.name, Checksum: m.checksum, At: time.Now().UTC().Truncate(time.Millisecond)}
	if err := db.conn.Exec(ctx, "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)", a.Version, a.Name, a.Checksum, a.At); err != nil {
		return Applied{}, fmt.Errorf("record it: %w", explain(err))
	}
	return a, nil
}

func (db *DB) execute(ctx context.Context, d dialect, statement string) error {
	sql, err := d.render(statement)
	if err != nil {
		return err
	}
	if err := db.conn.Exec(ctx, sql); err != nil {
		head, _, _ := strings.Cut(sql, "\n")
		return fmt.Errorf("%s: %w", head, explain(err))
	}
	return nil
}

// Migrations are those that the database has, in order.
func (db *DB) Migrations(ctx context.Context) ([]Applied, error) {
	rows, err := db.conn.Query(ctx, "SELECT version, any(name), any(checksum), min(applied_at) FROM schema_migrations GROUP BY version ORDER BY version")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", explain(err))
	}
	defer rows.Close()
	var present []Applied
	for rows.Next() {
		var a Applied
		if err := rows.Scan(&a.Version, &a.Name, &a.Checksum, &a.At); err != nil {
			return nil, fmt.Errorf("read a migration: %w", err)
		}
		present = append(present, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list migrations: %w", explain(err))
	}
	return present, nil
}

// requireMigrations reports what this binary's tables need and the database lacks.
func (db *DB) requireMigrations(ctx context.Context) error {
	files, err := migrations()
	if err != nil {
		return err
	}
	present, err := db.Migrations(ctx)
	if err != nil {
		return err
	}
	for _, m := range files {
		i := indexOf(present, m.version)
		if i < 0 {
			return fmt.Errorf("%w: database %s lacks migration %s; run `assay migrate`", ErrNotMigrated, db.database, m.name)
		}
		if present[i].Checksum != m.checksum {
			return fmt.Errorf("%w: database %s has another migration %s; use the version of Assay that made it, or a new database", ErrNotMigrated, db.database, m.name)
		}
	}
	return nil
}

func indexOf(present []Applied, version uint32) int {
	for i, a := range present {
		if a.Version == version {
			return i
		}
	}
	return -1
}

// migrations reads the embedded files, which ReadDir sorts by name and so by number.
func migrations() ([]migration, error) {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var out []migration
	for _, e := range entries {
		text, err := migrationFiles.ReadFile(path.Join("migrations", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number: %w", e.Name(), err)
		}
		sum := sha256.Sum256(text)
		out = append(out, migration{uint32(version), strings.TrimSuffix(e.Name(), ".sql"), hex.EncodeToString(sum[:]), string(text)})
	}
	return out, nil
}

var statementEnd = regexp.MustCompile(`;[ \t]*(\n|$)`)

// statements splits a migration; a semicolon at the end of a line ends a statement.
func statements(text string) []string {
	var out []string
	for _, s := range statementEnd.Split(text, -1) {
		if s = strings.TrimSpace(commentLine.ReplaceAllString(s, "")); s != "" {
			out = append(out, s)
		}
	}
	return out
}

var commentLine = regexp.MustCompile(`(?m)^--.*\n?`)
