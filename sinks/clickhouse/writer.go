package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/assayhq/assay/schemas"
)

// Batch is what one insert writes: rows of one record from one range of a partition's offsets.
type Batch struct {
	Record    *schemas.Record
	Columns   schemas.Columns
	Topic     string
	Partition int
	Offsets   []int64 // one for each row
	LogTimes  []int64 // one for each row, milliseconds since 1970
	// From and To bound the offsets, To excluded; with Version they are the insert's identity. The range may hold
	// offsets without a row (filtered, repeated, dead-lettered), but a repeat must bring the same rows: ClickHouse
	// compares nothing but the token. Version changes when the same offsets become other rows on purpose.
	From, To int64
	Version  string
}

// Token is the insert's identity.
func (b Batch) Token() string {
	return fmt.Sprintf("%s/%d/%d-%d/%s", b.Topic, b.Partition, b.From, b.To, b.Version)
}

// Writer inserts batches. It is safe for concurrent use.
type Writer struct{ db *DB }

// NewWriter returns a writer to the tables of all records.
func NewWriter(db *DB) *Writer { return &Writer{db} }

// provenance are the columns that follow a record's own.
var provenance = []string{"_topic", "_partition", "_offset", "_log_time"}

// Table names the table of a record: code_events for CodeEvent.
func Table(r *schemas.Record) string {
	var b strings.Builder
	for i, c := range r.Name {
		if i > 0 && unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String() + "s"
}

// insertSettings make one insert one block whose token is remembered by the table and by the target of every view.
func insertSettings(token string) clickhouse.Settings {
	return clickhouse.Settings{
		"insert_deduplication_token":                         token,
		"insert_deduplicate":                                 1,
		"deduplicate_blocks_in_dependent_materialized_views": 1,
		"async_insert":                                       0,
		"low_cardinality_allow_in_native_format":             0, // plain strings on the wire: the server builds dictionaries faster
		"materialized_views_ignore_errors":                   0,
		"parallel_view_processing":                           0,
	}
}

// Insert writes the batch as one block. Repeating it, after an error or a crash, has no further effect, neither in
// the table nor in the aggregates. What to do about an error, Classify says; an interrupted insert may or may
// not have happened, and repeating the same batch settles it.
func (w *Writer) Insert(ctx context.Context, b Batch) error {
	n := b.Columns.Len()
	if n == 0 {
		return nil
	}
	if len(b.Offsets) != n || len(b.LogTimes) != n {
		return fmt.Errorf("insert into %s: %d rows, but %d offsets and %d log times", Table(b.Record), n, len(b.Offsets), len(b.LogTimes))
	}
	if err := w.send(ctx, b, n); err != nil {
		return fmt.Errorf("insert %d rows into %s: %w", n, Table(b.Record), explain(err))
	}
	return nil
}

func (w *Writer) send(ctx context.Context, b Batch, n int) error {
	names := make([]string, 0, len(b.Record.Fields)+len(provenance))
	columns := make([]any, 0, cap(names))
	for i, column := range b.Columns.Slices() {
		if !absent(column) {
			names = append(names, quote(b.Record.Fields[i].Name))
			columns = append(columns, column)
		}
	}
	names = append(names, provenance...)
	columns = append(columns, slices.Repeat([]string{b.Topic}, n), slices.Repeat([]int32{int32(b.Partition)}, n), b.Offsets, b.LogTimes)

	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings(b.Token())))
	batch, err := w.db.conn.PrepareBatch(ctx, "INSERT INTO "+Table(b.Record)+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	for i, column := range columns {
		if err := batch.Column(i).Append(column); err != nil {
			return errors.Join(fmt.Errorf("column %s: %w", names[i], err), batch.Abort())
		}
	}
	return batch.Send()
}
