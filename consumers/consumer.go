// Package consumers is the runtime that every service shares: consumer groups, a worker per partition, decoding,
// deduplication, processing, publishing, keyed state, dead letters, metrics and shutdown. One folder below it is one
// service: a pure function and its Spec. It must not know ClickHouse: a Drain writes to the Writer it is given.
package consumers

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Input is one event with its place in the log.
type Input struct {
	Event     schemas.Event
	Topic     string
	Partition int
	Offset    int64
	// LogTime is when the broker received the event: the only wall clock that a service may use.
	LogTime time.Time
	// Plain is the event's opened payload (see schemas.Payload); nil where the event has none, its key is gone, or the
	// service's place in the topology doesn't let it open payloads.
	Plain []byte
}

// MapFunc derives events from one event. It must be a function of its input alone: what is processed again after a crash
// must give the same events with the same ids. An error condemns the input: it goes to the dead letters.
type MapFunc func(in Input) ([]schemas.Event, error)

// FoldFunc derives events from one event and the state of the event's key, nil where there is none. It returns the
// state to keep, nil to forget the key. State is kept as JSON, or as its MarshalBinary writes it, which is never nothing. The
// rules of MapFunc hold; besides, it must not have changed the state when it returns an error.
type FoldFunc[S any] func(state *S, in Input) (*S, []schemas.Event, error)

// Steady is a state that knows whether the input before left it as it was: it isn't written then. After a crash that input is
// applied again to the same state.
type Steady interface{ Steady() bool }

// Service is a consumer: its place in the topology and what it does.
type Service struct {
	topology.Service

	mapper  MapFunc
	folder  folder
	writer  Writer
	forgets time.Duration // of a Fold's keys; 0 for never
}

// NewMap returns a stateless service.
func NewMap(spec topology.Service, f MapFunc) Service {
	spec.Shape = topology.Map
	return Service{Service: spec, mapper: f}
}

// NewFold returns a service with state per key.
func NewFold[S any](spec topology.Service, f FoldFunc[S]) Service {
	spec.Shape = topology.Fold
	return Service{Service: spec, folder: typedFolder[S](f)}
}

// Forgetting returns the Fold with a limit to how long it keeps a key without input, by the times of the log. When exactly a key
// is forgotten after that depends on how the log is read: choose a time after which no input of the key matters.
func (s Service) Forgetting(after time.Duration) Service {
	s.forgets = after
	return s
}

// NewDrain returns a service that writes batches elsewhere.
func NewDrain(spec topology.Service, w Writer) Service {
	spec.Shape = topology.Drain
	return Service{Service: spec, writer: w}
}

// Batch is a range of one partition's log in columnar form: one row per event that is neither a repeat nor a dead letter.
type Batch struct {
	Record    *schemas.Record
	Columns   schemas.Columns
	Topic     string
	Partition int
	Offsets   []int64 // of the rows
	LogTimes  []int64 // of the rows, milliseconds
	From, To  int64   // the range [From, To) of offsets that the batch stands for, dropped ones included
	Version   string  // of the decoding; with topic, partition, From and To it names the rows for good
}

// Verdict says what to do about a failed write.
type Verdict int

// The classes of write errors.
const (
	Retry  Verdict = iota // the same batch may succeed later; also for errors that nobody knows
	Reject                // some row of the batch can never be written
	Halt                  // nothing can be written until a person acts
)

// Writer is where a Drain writes.
type Writer interface {
	// Write writes the batch as a whole, and once: writing the same range again has no effect.
	Write(ctx context.Context, b Batch) error
	// Judge classifies an error of Write.
	Judge(err error) Verdict
}

// folder hides a FoldFunc's type of state.
type folder interface {
	fold(state any, in Input) (any, []schemas.Event, error)
	marshal(state any) ([]byte, error)
	unmarshal(raw []byte) (any, error)
}

type typedFolder[S any] FoldFunc[S]

func (f typedFolder[S]) fold(state any, in Input) (any, []schemas.Event, error) {
	s, _ := state.(*S)
	next, events, err := f(s, in)
	if next == nil {
		return nil, events, err
	}
	return next, events, err
}

func (f typedFolder[S]) marshal(state any) ([]byte, error) {
	if s, ok := state.(encoding.BinaryMarshaler); ok {
		return s.MarshalBinary()
	}
	return json.Marshal(state)
}

func (f typedFolder[S]) unmarshal(raw []byte) (any, error) {
	s := new(S)
	if b, ok := any(s).(encoding.BinaryUnmarshaler); ok {
		if err := b.UnmarshalBinary(raw); err != nil {
			return nil, fmt.Errorf("state is not that of a %T: %w", *s, err)
		}
		return s, nil
	}
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("state is not the JSON of a %T: %w", *s, err)
	}
	return s, nil
}
