package schemas

import (
	"context"
	"fmt"
	"sync"

	"github.com/linkedin/goavro/v2"
)

// UnresolvedError says that the schema of a message can't be had now: unknown id, or the registry is away. The
// message may be good, so it must wait (park) and never be dead-lettered.
type UnresolvedError struct {
	SchemaID int
	Err      error
}

func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("schema id %d can't be resolved: %v", e.SchemaID, e.Err)
}

func (e *UnresolvedError) Unwrap() error { return e.Err }

// Decoder turns message values into bodies and events of today's version, whatever version their writer used.
// It is safe for concurrent use.
type Decoder struct {
	registry Registry

	mu      sync.RWMutex
	writers map[int]writer // by schema id
}

// writer is what is known of one schema id.
type writer struct {
	current    *Record // set when it is the current schema of a record: no projection needed
	projection *projection
	err        error // the schema can't be read as Avro: permanent
}

// NewDecoder returns a decoder that asks reg for schemas it hasn't met.
func NewDecoder(reg Registry) *Decoder {
	return &Decoder{registry: reg, writers: map[int]writer{}}
}

// Body returns the Avro body of a value of the record's topic, projected onto the current version where its writer
// used another. Where no projection is needed the body shares value's memory and is not checked yet. Errors are
// *MalformedError (permanent), *UnresolvedError (park) or the context's.
func (d *Decoder) Body(ctx context.Context, rec *Record, value []byte) ([]byte, error) {
	id, body, ok := splitFrame(value)
	if !ok {
		return nil, &MalformedError{Record: rec.Name, Reason: DeadLetterNotAvro, Detail: "not in the Confluent wire format (magic byte 0, schema id)"}
	}
	d.mu.RLock()
	w, known := d.writers[id]
	d.mu.RUnlock()
	if !known {
		var err error
		if w, err = d.resolve(ctx, id); err != nil {
			return nil, err
		}
	}
	switch {
	case w.current == rec:
		return body, nil
	case w.err != nil:
		return nil, &MalformedError{Record: rec.Name, Reason: DeadLetterWrongType, Detail: fmt.Sprintf("schema id %d: %v", id, w.err)}
	}
	return w.projection.project(rec, id, body)
}

// Decode returns the event of a value of the record's topic. Errors are those of Body.
func (d *Decoder) Decode(ctx context.Context, rec *Record, value []byte) (Event, error) {
	body, err := d.Body(ctx, rec, value)
	if err != nil {
		return nil, err
	}
	e := rec.New()
	if err := e.DecodeAvro(body); err != nil {
		return nil, err
	}
	return e, nil
}

func (d *Decoder) resolve(ctx context.Context, id int) (writer, error) {
	text, err := d.registry.SchemaByID(ctx, id)
	if err != nil {
		if ctx.Err() != nil {
			return writer{}, ctx.Err()
		}
		return writer{}, &UnresolvedError{SchemaID: id, Err: err}
	}
	var w writer
	canonical := canonicalSchema(text)
	for _, r := range records {
		if r.canonical == canonical {
			w.current = r
		}
	}
	// Also for a current schema: on another record's topic it is projected like any other, and fails by its name.
	w.projection, w.err = newProjection(text)
	d.mu.Lock()
	d.writers[id] = w
	d.mu.Unlock()
	return w, nil
}

func newCodec(text string) (*goavro.Codec, error) {
	codec, err := goavro.NewCodec(text)
	if err != nil {
		return nil, fmt.Errorf("not a schema that goavro reads: %w", err)
	}
	return codec, nil
}
