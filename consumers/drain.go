package consumers

import (
	"context"
	"errors"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// draft is a batch in the making, with what it takes to split it and to write dead letters.
type draft struct {
	batch   Batch
	bodies  [][]byte          // of the rows
	records []*partlog.Record // of the rows
	letters []letterOf
	bytes   int
	reserve int64     // of the budget
	began   time.Time // when its first record came
}

func (w *worker) newDraft(from int64, version string) *draft {
	return &draft{batch: Batch{Record: w.record, Columns: w.columns.Get().(schemas.Columns), Topic: w.place.topic, Partition: w.place.partition,
		From: from, To: from, Version: version}}
}

// add appends a record's row, or notes why it has none.
func (d *draft) add(w *worker, r *partlog.Record) error {
	d.batch.To = r.Offset + 1
	if w.foreign(r) {
		w.metrics.filtered.Inc()
		return nil
	}
	body, id, err := w.identify(r)
	if err == nil {
		err = d.addRow(w, r, body, id)
	}
	var m *schemas.MalformedError
	if errors.As(err, &m) {
		return w.unreadable(&d.letters, r, m)
	}
	return err
}

func (d *draft) addRow(w *worker, r *partlog.Record, body []byte, id string) error {
	if err := w.appendRow(d.batch.Columns, body, r); err != nil {
		return err
	}
	if w.window.add(r.Offset, id) {
		d.batch.Columns.Truncate(d.batch.Columns.Len() - 1)
		w.metrics.repeats.Inc()
		return nil
	}
	w.limit.used()
	w.metrics.processed.Inc()
	d.batch.Offsets = append(d.batch.Offsets, r.Offset)
	d.batch.LogTimes = append(d.batch.LogTimes, r.Time)
	d.bodies = append(d.bodies, body)
	d.records = append(d.records, r)
	d.bytes += len(body)
	return nil
}

// drain runs a Drain: this goroutine decodes into drafts while another one writes the previous draft.
func (w *worker) drain(start int64, chunks <-chan partlog.Chunk) error {
	drafts := make(chan *draft)
	written := make(chan error, 1)
	go func() { written <- w.write(drafts) }()
	assembled := w.assemble(start, chunks, drafts, written)
	close(drafts)
	if err := <-written; err != nil {
		return err
	}
	return assembled
}

// A sink that is slow gets fewer, larger batches: one insert costs about the same with ten rows as with a thousand, and many small ones
// at once would make each other slower. A batch collects for FlushEvery, or for restRatio times as long as the one before it took to
// write, but no longer than longestRest.
const (
	restRatio   = 4
	longestRest = time.Second
)

// errWriter ends assemble when the writing side has ended; that side's error tells why.
var errWriter = errors.New("the writing side ended")

// assemble turns chunks into drafts. A range that an earlier owner of the partition announced comes first, and exactly.
func (w *worker) assemble(start int64, chunks <-chan partlog.Chunk, drafts chan<- *draft, written chan error) error {
	version, exactly := drainVersion, int64(-1)
	if w.announced.to > start {
		version, exactly = w.announced.version, w.announced.to
		w.log.Info("repeating an announced range", "from", start, "to", exactly)
	}
	d := w.newDraft(start, version)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	t := w.config.Tuning
	send := func(next string) error {
		select {
		case drafts <- d:
			d = w.newDraft(d.batch.To, next)
			return nil
		case err := <-written:
			written <- err
			return errWriter
		}
	}
	due := false
	for {
		in, out := chunks, chan<- *draft(nil)
		full := exactly < 0 && (len(d.records) >= t.FlushRows || d.bytes >= t.FlushBytes)
		if full {
			in = nil
		}
		if exactly < 0 && (full || due) && d.batch.To > d.batch.From {
			out = drafts
		}
		select {
		case c, open := <-in:
			if !open { // stopping: what is decoded may still be written, an announced range only as a whole
				if exactly < 0 && d.batch.To > d.batch.From {
					return send(version)
				}
				return nil
			}
			if d.batch.To == d.batch.From {
				d.began, due = time.Now(), false
				timer.Reset(max(t.FlushEvery, min(restRatio*time.Duration(w.wrote.Load()), longestRest)))
			}
			d.reserve += w.reserve(c)
			for i := range c.Records {
				if exactly >= 0 && c.Records[i].Offset >= exactly {
					d.batch.To, version, exactly = exactly, drainVersion, -1
					if err := send(version); err != nil {
						return err
					}
					d.began = time.Now()
				}
				if err := d.add(w, &c.Records[i]); err != nil {
					return err
				}
			}
			if exactly >= 0 && c.Next >= exactly { // nothing more may join it, whatever has been fetched meanwhile
				version, exactly = drainVersion, -1
				if err := send(version); err != nil {
					return err
				}
			}
		case out <- d:
			d, due = w.newDraft(d.batch.To, version), false
		case <-timer.C:
			due = true
		case err := <-written:
			written <- err
			return errWriter
		}
	}
}

// write writes drafts in order until the channel closes. Committing a draft and announcing the next one is one commit
// while drafts keep coming.
func (w *worker) write(drafts <-chan *draft) error {
	done := int64(-1) // written and not yet committed
	for {
		var d *draft
		open := true
		select {
		case d, open = <-drafts:
		default:
			if done >= 0 {
				if err := w.commit(done, ""); err != nil {
					return err
				}
				done = -1
			}
			d, open = <-drafts
		}
		if !open {
			if done >= 0 {
				return w.commit(done, "")
			}
			return nil
		}
		if d.batch.Columns.Len() > 0 {
			if err := w.commit(d.batch.From, intent{to: d.batch.To, version: d.batch.Version}.String()); err != nil {
				return err
			}
			if err := w.writeOut(d); err != nil {
				return err
			}
		}
		letters, err := w.seal(d.letters)
		if err == nil {
			err = w.publish(letters)
		}
		if err != nil {
			return err
		}
		done = d.batch.To
		d.batch.Columns.Reset()
		w.columns.Put(d.batch.Columns)
		w.budget.Release(d.reserve)
		w.metrics.batch(d.began)
	}
}

// writeOut writes a draft, splitting it where the sink rejects it until the bad rows stand alone as dead letters.
func (w *worker) writeOut(d *draft) error {
	began := time.Now()
	_, err := retry(w.hard, w, "write", func() (struct{}, error) {
		err := w.service.writer.Write(w.hard, d.batch)
		switch {
		case err == nil:
			return struct{}{}, nil
		case errors.Is(err, context.Canceled) && w.hard.Err() != nil:
			return struct{}{}, err
		case w.service.writer.Judge(err) == Halt:
			return struct{}{}, fatal(err)
		case w.service.writer.Judge(err) == Reject:
			return struct{}{}, &rejectedError{err}
		}
		return struct{}{}, err
	})
	w.wrote.Store(int64(time.Since(began)))
	var rejected *rejectedError
	if !errors.As(err, &rejected) {
		return err
	}
	if len(d.records) == 1 {
		_, _, org := d.batch.Columns.Last()
		return w.refused(&d.letters, d.records[0], schemas.DeadLetterRejectedBySink, org, rejected)
	}
	w.log.Warn("the sink rejects a batch: looking for the bad rows", "rows", len(d.records), "error", rejected)
	for _, half := range d.split(w) {
		if err := w.writeOut(half); err != nil {
			return err
		}
		d.letters = append(d.letters, half.letters...)
	}
	return nil
}

// rejectedError ends the retries of a batch that can never be written as it is.
type rejectedError struct{ err error }

func (e *rejectedError) Error() string { return e.err.Error() }
func (e *rejectedError) final()        {}

// split returns the draft's two halves, by rows. Their ranges are a function of the whole, so that a repetition splits
// into the same ones.
func (d *draft) split(w *worker) [2]*draft {
	mid := len(d.records) / 2
	border := d.records[mid].Offset
	first, second := w.newDraft(d.batch.From, d.batch.Version), w.newDraft(border, d.batch.Version)
	first.batch.To, second.batch.To = border, d.batch.To
	for i, r := range d.records {
		half := first
		if i >= mid {
			half = second
		}
		if err := half.batch.Columns.AppendAvro(d.bodies[i]); err != nil {
			panic(err) // it went in before
		}
		half.batch.Offsets = append(half.batch.Offsets, r.Offset)
		half.batch.LogTimes = append(half.batch.LogTimes, r.Time)
		half.bodies, half.records = append(half.bodies, d.bodies[i]), append(half.records, r)
	}
	return [2]*draft{first, second}
}
