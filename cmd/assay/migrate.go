package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/assayhq/assay/sinks/clickhouse"
)

type migrateCommand struct {
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print an array of JSON objects, one per migration that was applied."`
}

// migrated is a migration that was applied.
type migrated struct {
	Version  uint32    `json:"version"`
	Name     string    `json:"name"`
	Checksum string    `json:"checksum"`
	At       time.Time `json:"at"`
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
		lines := []migrated{}
		for _, a := range applied {
			lines = append(lines, migrated(a))
		}
		return json.NewEncoder(os.Stdout).Encode(lines)
	}
	for _, a := range applied {
		fmt.Printf("applied %04d %s\n", a.Version, a.Name)
	}
	if len(applied) == 0 {
		fmt.Println("nothing to do: all migrations are applied")
	}
	return nil
}
