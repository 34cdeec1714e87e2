package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/sinks/clickhouse"
)

type sqlCommand struct {
	Query string `arg:"" help:"The query; - reads it from stdin."`
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print the rows as a JSON array of objects."`
}

func (s *sqlCommand) Run(ctx context.Context, log *slog.Logger) error {
	if s.Query == "-" {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the query: %w", err)
		}
		s.Query = string(text)
	}
	db, release, err := s.database(ctx, quiet(log), places{clickhouse: &s.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	result, err := db.Query(ctx, s.Query)
	if refused := (*driver.Exception)(nil); errors.Is(err, clickhouse.ErrNotMigrated) && errors.As(err, &refused) {
		return fmt.Errorf("query ClickHouse: %s; `SHOW TABLES` and `DESCRIBE TABLE` list what there is, `assay migrate` adds what this version brings", refused.Message)
	} else if err != nil {
		return err
	}
	if s.JSON {
		rows := make([]map[string]any, len(result.Rows))
		for i, row := range result.Rows {
			rows[i] = map[string]any{}
			for j, name := range result.Columns {
				rows[i][name] = finite(row[j])
			}
		}
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	header := make(table.Row, len(result.Columns))
	for i, name := range result.Columns {
		header[i] = name
	}
	t := newTable(os.Stdout, header...)
	for _, row := range result.Rows {
		for i, v := range row {
			row[i] = cell(v)
		}
		t.AppendRow(row)
	}
	t.Render()
	return nil
}

// finite replaces the floats that JSON lacks by null.
func finite(v any) any {
	if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		return nil
	}
	return v
}

// cell is a value as a table shows it.
func cell(v any) any {
	switch x := v.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05.000")
	}
	return v
}
