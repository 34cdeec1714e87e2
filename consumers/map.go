package consumers

import (
	"errors"
	"time"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// taken is one record of a chunk with what the service made of it.
type taken struct {
	record *partlog.Record
	event  schemas.Event
	output []schemas.Event
}

// take decodes a record and hands it to process. What can't be used becomes a letter.
func (w *worker) take(r *partlog.Record, letters *[]letterOf, process func(Input) ([]schemas.Event, error)) (t taken, err error) {
	if w.foreign(r) {
		w.metrics.filtered.Inc()
		return taken{}, nil
	}
	body, id, err := w.identify(r)
	var m *schemas.MalformedError
	if err != nil && !errors.As(err, &m) {
		return taken{}, err
	}
	e := w.record.New()
	if err == nil {
		err = e.DecodeAvro(body)
	}
	if err == nil {
		env := e.Env()
		err = schemas.CheckEnvelope(w.record, env.EventID, env.OccurredAt.UnixMilli(), env.Org, r.Time)
	}
	if errors.As(err, &m) {
		return taken{}, w.unreadable(letters, r, m)
	}
	if w.window.add(r.Offset, id) {
		w.metrics.repeats.Inc()
		return taken{}, nil
	}
	plain, err := w.open(e)
	if err != nil {
		return taken{}, err
	}
	in := Input{Event: e, Topic: w.place.topic, Partition: w.place.partition, Offset: r.Offset, LogTime: time.UnixMilli(r.Time).UTC(), Plain: plain}
	t = taken{record: r, event: e}
	if w.expire != nil {
		if t.output, err = w.expire(in); err != nil {
			return taken{}, err
		}
	}
	output, err := w.guarded(func() ([]schemas.Event, error) { return process(in) })
	if errors.As(err, new(*fatalError)) { // not the record's fault
		return taken{}, err
	}
	if err != nil {
		return t, w.refused(letters, r, schemas.DeadLetterRefusedByService, e.Env().Org, err)
	}
	w.limit.used()
	w.metrics.processed.Inc()
	if t.output == nil {
		t.output = output
	} else {
		t.output = append(t.output, output...)
	}
	return t, nil
}

// transform runs a Map, or a Fold around its state: decode, derive, publish, save, commit, chunk by chunk. save gets the
// offset that is committed next, and gives what is committed beside it.
func (w *worker) transform(chunks <-chan partlog.Chunk, process func(Input) ([]schemas.Event, error), save func(next int64) (metadata string, err error)) error {
	for c := range chunks {
		began := time.Now()
		var letters []letterOf
		var all []taken
		for i := range c.Records {
			t, err := w.take(&c.Records[i], &letters, process)
			if err != nil {
				return err
			}
			if len(t.output) > 0 {
				all = append(all, t)
			}
		}
		if err := w.publishAll(all, letters); err != nil {
			return err
		}
		metadata, err := save(c.Next)
		if err != nil {
			return err
		}
		if err := w.commit(c.Next, metadata); err != nil {
			return err
		}
		w.budget.Release(w.reserve(c))
		w.metrics.batch(began)
	}
	return nil
}

// publishAll publishes what a chunk led to. Where an output can't be published at all, its input becomes a dead letter.
func (w *worker) publishAll(all []taken, letters []letterOf) error {
	var events []schemas.Event
	for _, t := range all {
		events = append(events, t.output...)
	}
	err := w.publish(events)
	if condemned(err) { // one of them: find it; what was written already is a repeat downstream
		for _, t := range all {
			if err = w.publish(t.output); condemned(err) {
				err = w.refused(&letters, t.record, schemas.DeadLetterRefusedByService, t.event.Env().Org, err)
			}
			if err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	sealed, err := w.seal(letters)
	if err != nil {
		return err
	}
	return w.publish(sealed)
}

func condemned(err error) bool {
	return errors.Is(err, producers.ErrInvalid) || errors.Is(err, producers.ErrTooLarge)
}
