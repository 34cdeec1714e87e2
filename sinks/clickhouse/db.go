// Package clickhouse is the ClickHouse sink: migrations, the insert that has its effect once, aggregates as
// materialised views, and queries for reports.
//
// It must not know Kafka, consumers or how events are made: it gets columns of package schemas with their offsets.
package clickhouse

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// DB is a pool of connections to a database that has Assay's tables.
type DB struct {
	conn     driver.Conn
	database string
}

// Open connects and holds the database against this binary's migrations. Its errors wrap ErrUnreachable,
// ErrAuthentication, ErrNoDatabase or ErrNotMigrated and say what to do.
func Open(ctx context.Context, o Options) (*DB, error) {
	opt, err := o.native()
	if err != nil {
		return nil, err
	}
	db, err := dial(ctx, opt)
	if err != nil {
		return nil, err
	}
	if err := db.requireMigrations(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func dial(ctx context.Context, opt *clickhouse.Options) (*DB, error) {
	conn, err := clickhouse.Open(opt)
	if err != nil {
		return nil, fmt.Errorf("prepare connections to ClickHouse: %w", err)
	}
	if err := conn.Ping(ctx); err != nil {
		conn.Close()
		return nil, explainDial(opt, err)
	}
	return &DB{conn: conn, database: opt.Auth.Database}, nil
}

// Close closes the connections.
func (db *DB) Close() error { return db.conn.Close() }

// Ping asks the server whether it answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.conn.Ping(ctx); err != nil {
		return fmt.Errorf("ping ClickHouse: %w", explain(err))
	}
	return nil
}

// Result is the answer to a query: one value per column in each row, nil for NULL.
type Result struct {
	Columns []string
	Rows    [][]any
}

// Query runs a query and reads the whole answer; parameters are bound as the driver does ($1 or {name:Type}).
func (db *DB) Query(ctx context.Context, sql string, args ...any) (*Result, error) {
	rows, err := db.conn.Query(ctx, sql, args...)
	if err == io.EOF { // the driver's answer to a statement that returns nothing; a lost connection comes wrapped
		return &Result{Rows: [][]any{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("query ClickHouse: %w", explain(err))
	}
	defer rows.Close()
	result := &Result{Columns: rows.Columns(), Rows: [][]any{}}
	types := rows.ColumnTypes()
	for rows.Next() {
		targets := make([]any, len(types))
		for i, t := range types {
			targets[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("read a row from ClickHouse: %w", err)
		}
		for i, t := range targets {
			targets[i] = value(reflect.ValueOf(t).Elem())
		}
		result.Rows = append(result.Rows, targets)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read rows from ClickHouse: %w", explain(err))
	}
	return result, nil
}

// value is what v holds behind pointers, which stand for NULL.
func value(v reflect.Value) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

// Parameters returns the arguments of a query that names its parameters {like:This}.
func Parameters(values map[string]any) []any {
	args := make([]any, 0, len(values))
	for name, v := range values {
		args = append(args, clickhouse.Named(name, v))
	}
	return args
}
