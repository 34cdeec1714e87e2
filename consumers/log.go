package consumers

import (
	"context"
	"errors"
	"time"

	"github.com/assayhq/assay/topology/partlog"
)

const fetchWait = 500 * time.Millisecond

// scan calls each with the records of [from, to), in order, repeating failed fetches.
func (w *worker) scan(ctx context.Context, source *partlog.Reader, from, to int64, each func(*partlog.Record) error) error {
	for from < to {
		c, err := retry(ctx, w, "fetch", func() (partlog.Chunk, error) {
			return source.Fetch(ctx, from, w.config.Tuning.FetchBytes, fetchWait)
		})
		var lost *partlog.OutOfRangeError
		if errors.As(err, &lost) && lost.Offset < lost.Start { // retention went on meanwhile
			from = lost.Start
			continue
		}
		if err != nil {
			return err
		}
		for i := range c.Records {
			if c.Records[i].Offset >= to {
				return nil
			}
			if err := each(&c.Records[i]); err != nil {
				return err
			}
		}
		if c.Next == from && c.End <= from { // the tail was compacted away
			return nil
		}
		from = c.Next
	}
	return nil
}
