package consumers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// worker reads one partition for as long as its generation of the group lasts.
type worker struct {
	service *Service
	config  *Config
	session session
	place   place
	record  *schemas.Record
	source  *partlog.Reader
	window  *idWindow
	limit   letterLimit
	budget  *semaphore.Weighted
	columns *sync.Pool // of schemas.Columns of the record
	log     *slog.Logger
	metrics *partitionMetrics

	expire    func(Input) ([]schemas.Event, error) // fires a Fold's timers before an input is applied; nil where there are none
	announced intent                               // by an earlier owner of the partition: what to write first, and exactly
	wrote     atomic.Int64                         // how long the last batch took to write, ns

	stop context.Context // ends when the partition is revoked or the process shuts down: begin nothing new
	hard context.Context // ends a drain deadline later: give up what was begun
}

// run works from the committed position on until stop ends. It returns nil then, or why it can't go on.
func (w *worker) run(at position) error {
	start, err := w.start(at)
	if err != nil {
		return err
	}
	if i, ok := parseIntent(at.metadata); ok && at.offset == start {
		w.announced = i
	}
	ctx, cancel := context.WithCancel(w.stop)
	chunks := make(chan partlog.Chunk) // one is fetched while another one is worked on
	fetched := make(chan error, 1)
	go func() {
		defer close(chunks)
		fetched <- w.fetch(ctx, start, chunks)
	}()
	switch {
	case w.service.writer != nil:
		err = w.drain(start, chunks)
	case w.service.folder != nil:
		err = w.fold(at, start, chunks)
	default:
		err = w.transform(chunks, w.service.mapper, func(int64) (string, error) { return "", nil })
	}
	cancel()
	failed := <-fetched
	if errors.Is(err, errHalted) {
		w.metrics.halt()
		w.log.Error("halted: look at `assay dlq list`, mend the service or the producer and restart; --dead-letter-limit 0 goes on regardless", "error", err)
		<-w.stop.Done()
		return nil
	}
	return errors.Join(err, failed)
}

// start finds the offset to begin with and reads the ids before it into the window.
func (w *worker) start(at position) (int64, error) {
	first, err := retry(w.stop, w, "list offsets", func() (int64, error) {
		first, _, err := w.source.Bounds(w.stop)
		return first, err
	})
	if err != nil {
		return 0, err
	}
	start := max(at.offset, first)
	if at.offset >= 0 && at.offset < first {
		w.gap(at.offset, first)
	}
	from := max(first, start-int64(w.config.Tuning.DedupWindow))
	row := w.record.NewColumns()
	err = w.scan(w.stop, w.source, from, start, func(r *partlog.Record) error {
		if w.foreign(r) {
			return nil
		}
		body, id, err := w.identify(r)
		if err == nil {
			err = w.appendRow(row, body, r)
		}
		var m *schemas.MalformedError
		switch {
		case errors.As(err, &m):
			return nil
		case err != nil:
			return err
		}
		row.Reset()
		w.window.add(r.Offset, id)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the ids before offset %d: %w", start, err)
	}
	return start, nil
}

// fetch sends chunks until ctx ends.
func (w *worker) fetch(ctx context.Context, from int64, chunks chan<- partlog.Chunk) error {
	for ctx.Err() == nil {
		c, err := retry(ctx, w, "fetch", func() (partlog.Chunk, error) {
			return w.source.Fetch(ctx, from, w.config.Tuning.FetchBytes, fetchWait)
		})
		var lost *partlog.OutOfRangeError
		switch {
		case errors.As(err, &lost) && lost.Offset < lost.Start:
			w.gap(from, lost.Start)
			from = lost.Start
			continue
		case errors.As(err, &lost):
			return fatal(fmt.Errorf("%s: %w; set the group's offset to go on (kafka-consumer-groups --reset-offsets)", w.place, lost))
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		if c.Missing > 0 {
			w.gap(from, from+c.Missing)
		}
		if c.Next == from {
			continue
		}
		from = c.Next
		// Whoever is over budget has fetched already: the overshoot is one fetch per partition.
		if n := w.reserve(c); n > 0 && w.budget.Acquire(ctx, n) != nil {
			return nil
		}
		select {
		case chunks <- c:
		case <-ctx.Done():
		}
	}
	return nil
}

// reserve is what a chunk takes of the budget. It is given back when the chunk is committed; what a worker still holds
// when its generation of the group ends, ends with the generation's budget.
//
// An announced range takes nothing: no part of it can be given back before all of it is read, so that workers with halves
// of their ranges could wait for each other for ever. It is no larger than one batch.
func (w *worker) reserve(c partlog.Chunk) int64 {
	if len(c.Records) > 0 && c.Records[0].Offset < w.announced.to {
		return 0
	}
	return min(int64(c.Bytes), w.config.Tuning.BudgetBytes)
}

// gap sounds the alarm: offsets were gone before they were read.
func (w *worker) gap(from, to int64) {
	w.metrics.gap(to - from)
	w.log.Error("records are lost to this service: they were deleted before they were read", "from", from, "to", to)
}

// open returns an event's opened payload, nil where there is none to be had. While its key can't be had of the KMS the partition
// waits. An error ends the worker.
func (w *worker) open(e schemas.Event) ([]byte, error) {
	sealed, ok := e.(schemas.Sealed)
	if !ok || !w.service.Opens {
		return nil, nil
	}
	bytes, keyID := sealed.SealedPayload()
	if len(bytes) == 0 {
		return nil, nil
	}
	plain, err := w.tryOpen(e, keyID, bytes)
	if err == nil {
		return plain, nil
	}
	return retry(w.stop, w, "open payload", func() ([]byte, error) { return w.tryOpen(e, keyID, bytes) })
}

// tryOpen fails only where the KMS does.
func (w *worker) tryOpen(e schemas.Event, keyID string, bytes []byte) ([]byte, error) {
	plain, err := w.config.Keys.Open(e.Env().Org, keyID, bytes, []byte(e.Env().EventID))
	switch {
	case err == nil:
		return plain, nil
	case errors.As(err, new(*privacy.KMSError)):
		return nil, unlocked(err)
	case !errors.Is(err, privacy.ErrKeyGone):
		w.log.Warn("a payload can't be opened", "event", e.Env().EventID, "error", err)
	}
	return nil, nil
}

// unlocked is an error of the keyring, fatal where it waits for a person.
func unlocked(err error) error {
	if errors.Is(err, privacy.ErrLocked) {
		return fatal(err)
	}
	return err
}

// publish writes events and waits for all in-sync replicas. Its error is one of producers.ErrInvalid and ErrTooLarge,
// which condemn the events, or ends the worker.
func (w *worker) publish(events []schemas.Event) error {
	if len(events) == 0 {
		return nil
	}
	err := w.config.Publisher.PublishSync(w.hard, events...)
	if errors.Is(err, producers.ErrFatal) {
		return fatal(err)
	}
	return err
}

func (w *worker) commit(offset int64, metadata string) error {
	_, err := retry(w.hard, w, "commit", func() (struct{}, error) {
		return struct{}{}, w.session.commit(w.hard, w.place, offset, metadata)
	})
	return err
}

// guarded calls a service's function and turns a panic into an error that doesn't quote the input.
func (w *worker) guarded(f func() ([]schemas.Event, error)) (events []schemas.Event, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		text := fmt.Sprintf("a %T", p)
		if e, ok := p.(runtime.Error); ok {
			text = e.Error()
		}
		stack := make([]byte, 8<<10)
		w.log.Error("panic in the service", "panic", text, "stack", string(stack[:runtime.Stack(stack, false)]))
		events, err = nil, fmt.Errorf("panic: %s", text)
	}()
	return f()
}
