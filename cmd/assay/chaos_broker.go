package main

import (
	"context"
	"log/slog"

	"github.com/assayhq/assay/topology/local"
)

// chaosBrokerCommand is the broker as a process that 'assay chaos' can kill.
type chaosBrokerCommand struct {
	Dir      string `required:"" type:"path" help:"Where it keeps its data."`
	Port     int    `required:"" help:"Port of the broker."`
	Registry int    `required:"" help:"Port of the schema registry."`
}

func (c *chaosBrokerCommand) Run(ctx context.Context, log *slog.Logger) error {
	l, err := local.Start(ctx, local.Config{Dir: c.Dir, KafkaPort: c.Port, RegistryPort: c.Registry, Logger: log})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return l.Close()
}
