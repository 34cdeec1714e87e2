package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/assayhq/assay/sinks/clickhouse"
)

type migrateCommand struct {
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print what was applied as JSON."`
}

func (m *migrateCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := m.use(ctx, quiet(log), places{clickhouse: &m.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	applied, err := clickhouse.Migrate(ctx, m.ClickHouse)
	if err != nil {
		return err
	}
	if m.JSON {
		return json.NewEncoder(os.Stdout).Encode(applied)
	}
	for _, a := range applied {
		fmt.Printf("applied %04d %s\n", a.Version, a.Name)
	}
	if len(applied) == 0 {
		fmt.Println("nothing to do: all migrations are applied")
	}
	return nil
}
