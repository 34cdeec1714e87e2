package main

import (
	"fmt"

	"github.com/assayhq/assay/sinks/clickhouse/deduplog"
)

// repairCommand runs before a ClickHouse server of one's own starts; the embedded one is repaired by whoever starts it.
type repairCommand struct {
	Path string `arg:"" type:"existingdir" help:"The server's data path, e.g. /var/lib/clickhouse."`
}

// Help implements kong.HelpProvider.
func (repairCommand) Help() string {
	return `A ClickHouse server that is killed in the middle of an insert may remember the insert's token without having its rows, and drop the
repeat. This frees such tokens. Run it before each start of a server with tables that aren't replicated (systemd:
ExecStartPre=; Kubernetes: an init container). Replicated tables don't need it. A running server is left alone.`
}

func (r *repairCommand) Run() error {
	freed, err := deduplog.Repair(r.Path)
	if err != nil {
		return err
	}
	fmt.Printf("%d inserts that a crash cut off can be repeated\n", freed)
	return nil
}
