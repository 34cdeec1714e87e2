package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
)

type replayCommand struct {
	Files []string `arg:"" name:"file" type:"existingfile" help:"Recordings, one JSON object a line."`
	dataFolder
	topics
	keyringFlags
	Org  string `default:"local" help:"Organisation of recordings that name none."`
	JSON bool   `name:"json" help:"Print the counts as JSON."`
}

// replayedFiles counts what was published.
type replayedFiles struct {
	Events map[string]int64 `json:"events"` // by file
}

// Help is what --help adds.
func (*replayCommand) Help() string {
	return `Formats, told by content: sessions of the Copilot study (copilot_study.jsonl), RealHumanEval chats, and Assay's own
JSONL ({"record": "CodeEvent", "event_id": ..., ...}, one event a line). Event ids follow from the recording's own keys, so
replaying a file again changes nothing. Lines that can't be used become dead letters.`
}

func (r *replayCommand) Run(ctx context.Context, log *slog.Logger) error {
	release, err := r.use(ctx, quiet(log), places{kafka: &r.Cluster, registry: &r.Registry, keyring: &r.Keyring})
	if err != nil {
		return err
	}
	defer release()
	keys, err := r.keys()
	if err != nil {
		return err
	}
	p, _, err := r.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	counts := map[string]int64{}
	for _, path := range r.Files {
		if counts[path], err = replayFile(ctx, p, keys, path, r.Org); err != nil {
			return err
		}
	}
	if err := p.Close(ctx); err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(os.Stdout).Encode(replayedFiles{Events: counts})
	}
	for _, path := range r.Files {
		fmt.Printf("%s: %d events published\n", path, counts[path])
	}
	return nil
}
