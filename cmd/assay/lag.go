package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/topology"
)

type lagCommand struct {
	connection
	All  bool `help:"Also show partitions without lag."`
	JSON bool `name:"json" help:"Print an array of JSON objects, one per partition."`
}

func (l *lagCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := l.use(ctx, quiet(log), engines{kafka: true})
	if err != nil {
		return err
	}
	defer release()
	topo, err := wholeTopology()
	if err != nil {
		return err
	}
	client, err := l.client()
	if err != nil {
		return err
	}
	all := []topology.PartitionLag{}
	for _, s := range topo.Services {
		lags, err := topology.Lag(ctx, client, s.Group(), s.Inputs...)
		if err != nil {
			return err
		}
		all = append(all, lags...)
	}
	if l.JSON {
		return json.NewEncoder(os.Stdout).Encode(all)
	}
	t := newTable(os.Stdout, "group", "topic", "partition", "committed", "end", "lag", "lost")
	total, shown := int64(0), 0
	for _, p := range all {
		total += p.Records
		if l.All || p.Records > 0 || p.Lost > 0 {
			t.AppendRow(table.Row{p.Group, p.Topic, p.Partition, p.Committed, p.End, p.Records, p.Lost})
			shown++
		}
	}
	if shown > 0 {
		t.Render()
	}
	fmt.Printf("%d records behind on %d partitions.\n", total, len(all))
	return nil
}
