package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/replay"
	"github.com/assayhq/assay/schemas"
)

// publishAll publishes events until the sequence ends and waits for the last acknowledgement. each is called after
// every event.
func publishAll(ctx context.Context, p *producers.Publisher, events iter.Seq2[schemas.Event, error], each func()) (n int64, err error) {
	for e, err := range events {
		if err != nil {
			return n, err
		}
		if err := p.Publish(ctx, e); err != nil {
			return n, err
		}
		n++
		each()
	}
	return n, p.Flush(ctx)
}

// replayFile publishes one recording.
func replayFile(ctx context.Context, p *producers.Publisher, keys *privacy.Keyring, path, org string) (int64, error) {
	f, err := replay.Open(path, replay.Options{Org: org, Environment: schemas.EnvironmentProduction, Keys: keys})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	bar := newBar(f.Size(), "replaying")
	n, err := publishAll(ctx, p, f.Events(), func() { _ = bar.Set64(f.Read()) })
	_ = bar.Finish()
	if err != nil {
		return n, fmt.Errorf("replay %s: %w", path, err)
	}
	return n, nil
}
