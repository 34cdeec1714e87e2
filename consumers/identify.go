package consumers

import (
	"errors"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// identify returns a record's body in the current version and the id by which repeats are known. It waits (parks)
// while the record's schema can't be had. Errors are *schemas.MalformedError or that of a context.
func (w *worker) identify(r *partlog.Record) (body []byte, id string, err error) {
	body, err = w.config.Decoder.Body(w.stop, w.record, r.Value)
	var unresolved *schemas.UnresolvedError
	if errors.As(err, &unresolved) {
		body, err = w.park(r, unresolved)
	}
	if err != nil {
		return nil, "", err
	}
	id, ok := schemas.PeekEventID(body)
	if !ok { // decoding will say why
		return body, "", nil
	}
	if letter, ok := r.Header(HeaderReplay); ok {
		id += "\x00" + string(letter)
	}
	return body, id, nil
}

// appendRow appends the row of a record's body. Its error, that of a record nobody can use, leaves the columns unchanged;
// the record's id is then free for one that is better.
func (w *worker) appendRow(to schemas.Columns, body []byte, r *partlog.Record) error {
	if err := to.AppendAvro(body); err != nil {
		return err
	}
	eventID, at, org := to.Last()
	if err := schemas.CheckEnvelope(w.record, eventID, at, org, r.Time); err != nil {
		to.Truncate(to.Len() - 1)
		return err
	}
	return nil
}

func (w *worker) park(r *partlog.Record, why *schemas.UnresolvedError) ([]byte, error) {
	w.metrics.setParked(true)
	defer w.metrics.setParked(false)
	w.log.Error("parked: waiting for a schema", "offset", r.Offset, "error", why)
	waits := newBackOff()
	var unknownSince time.Time
	for {
		if !errors.Is(why, schemas.ErrNoSchema) {
			unknownSince = time.Time{}
		} else if unknownSince.IsZero() {
			unknownSince = time.Now()
		} else if time.Since(unknownSince) > w.config.Tuning.ParkLimit {
			return nil, &schemas.MalformedError{Record: w.record.Name, Reason: schemas.DeadLetterUnknownSchema, Detail: why.Error()}
		}
		if err := sleep(w.stop, waits.NextBackOff()); err != nil {
			return nil, err
		}
		body, err := w.config.Decoder.Body(w.stop, w.record, r.Value)
		if !errors.As(err, &why) {
			w.log.Info("no longer parked", "offset", r.Offset)
			return body, err
		}
	}
}

// foreign reports whether a record is the replay of a dead letter for another service.
func (w *worker) foreign(r *partlog.Record) bool {
	to, ok := r.Header(HeaderReplayFor)
	return ok && string(to) != w.service.Name
}
