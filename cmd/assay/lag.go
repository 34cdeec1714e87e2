package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/lag"
)

type lagCommand struct {
	Show   lagShowCommand   `cmd:"" default:"withargs" help:"Show how far the services are behind on every partition; the default."`
	Export lagExportCommand `cmd:"" help:"Serve lag to Prometheus, and measure how long an event takes to be visible."`
}

type lagShowCommand struct {
	dataFolder
	kafkaFlags
	All    bool          `help:"Also show partitions that are OK and have no lag."`
	JSON   bool          `name:"json" help:"Print an array of JSON objects, one per partition."`
	Watch  bool          `help:"Go on until Ctrl-C."`
	Check  bool          `help:"Exit 1 when a partition is not OK or lost records."`
	Window time.Duration `default:"10s" placeholder:"DURATION" help:"How long to observe before judging partitions with a lag; default: ${default}."`
}

const (
	samplesPerWindow = 10
	clearScreen      = "\x1b[H\x1b[2J"
)

// Validate is called by kong.
func (l *lagShowCommand) Validate() error {
	if l.Window < samplesPerWindow*time.Millisecond {
		return errors.New("--window is too short to observe anything")
	}
	if l.Watch && l.Check {
		return errors.New("--check ends with a verdict and --watch never ends: give one of them")
	}
	return nil
}

// Help is what --help adds.
func (*lagShowCommand) Help() string {
	return `Status, over the window, as Burrow judges: OK; WARN, the service advances but the lag never shrinks; STALL, the
partition has an owner but does not advance; STOP, nobody reads it; REWIND, the position went back.

When everything has been read, the answer comes at once.`
}

func (l *lagShowCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := l.use(ctx, quiet(log), places{kafka: &l.Cluster})
	if err != nil {
		return err
	}
	defer release()
	sampler, err := newSampler(l.Cluster)
	if err != nil {
		return err
	}
	defer sampler.Close()
	tracker := lag.NewTracker(l.Window)
	for {
		observed, err := sampler.Sample(ctx)
		if err != nil {
			if l.Watch && ctx.Err() != nil {
				return nil
			}
			return err
		}
		partitions := tracker.Add(time.Now(), observed)
		switch settled := !slices.ContainsFunc(partitions, func(p lag.Partition) bool { return !p.Settled }); {
		case l.Watch:
			if !l.JSON {
				fmt.Print(clearScreen)
			}
			if err := l.print(os.Stdout, partitions); err != nil {
				return err
			}
		case settled:
			err := l.print(os.Stdout, partitions)
			if err == nil && l.Check && slices.ContainsFunc(partitions, unwell) {
				err = errSaid
			}
			return err
		}
		select {
		case <-ctx.Done():
			if l.Watch {
				return nil
			}
			return ctx.Err()
		case <-time.After(l.Window / samplesPerWindow):
		}
	}
}

func newSampler(cluster topology.Cluster) (*lag.Sampler, error) {
	topo, err := wholeTopology()
	if err != nil {
		return nil, err
	}
	return lag.NewSampler(cluster, topo)
}

func unwell(p lag.Partition) bool { return p.Status != lag.OK || p.Lost > 0 }

func (l *lagShowCommand) print(w io.Writer, partitions []lag.Partition) error {
	if l.JSON {
		return json.NewEncoder(w).Encode(partitions)
	}
	t := newTable(w, "service", "topic", "partition", "status", "records", "age", "in/s", "out/s", "drained in", "deleted in", "lost")
	total := int64(0)
	for _, p := range partitions {
		total += p.Records
		if l.All || p.Records > 0 || unwell(p) {
			t.AppendRow(table.Row{p.Service, p.Topic, p.Partition, p.Status, p.Records, p.Age, p.ProduceRate, p.ConsumeRate, p.Drain, p.Left, p.Lost})
		}
	}
	if t.Length() > 0 {
		t.Render()
	}
	_, err := fmt.Fprintf(w, "%d records behind on %d partitions.\n", total, len(partitions))
	return err
}
