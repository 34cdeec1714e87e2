// Package confusion is the services confusion and confusion-review: they tag messages to an assistant, feedback and
// review comments with whether the writer shows confusion, why, and where in the message. It must not let text out of
// its hands: tags hold offsets, names and keyed hashes. Training is in package train, figures in package evaluate.
//
// A message is cut into sentences and words (scan.go, lines.go), which give features (features.go, dense.go, cues.go);
// a linear model (model.go) gives a calibrated probability and reasons. Everything is a function of the message, the
// sketches of the turn before (sketch.go) and the model file (file.go).
package confusion

import (
	"fmt"
	"sync/atomic"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// The services' names, and the sources of their events.
const (
	Name       = "confusion"
	ReviewName = "confusion-review"
)

const minKeyLength = 16

// Spec is the place in the topology of the service that tags chat and feedback.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.ChatEventRecord.Topic},
		Outputs: []string{schemas.ConfusionTagRecord.Topic},
		Opens:   true,
		Doc:     "Tags messages to an assistant and feedback with whether the writer is confused, why, and what the problem is.",
	}
}

// ReviewSpec is the place in the topology of the service that tags review comments.
func ReviewSpec() topology.Service {
	return topology.Service{
		Name:    ReviewName,
		Shape:   topology.Map,
		Inputs:  []string{schemas.ChangeEventRecord.Topic},
		Outputs: []string{schemas.ConfusionTagRecord.Topic},
		Opens:   true,
		Doc:     "Tags review comments with whether the writer is confused, why, and what the problem is.",
	}
}

// Options configure both services.
type Options struct {
	// HashKey keys the hashes of words: they can be compared, but not guessed. At least 16 bytes.
	HashKey []byte
	// Model returns the model in force, which may be another one from message to message.
	Model func() *Model
}

// tagger returns what gives the tagger of the model in force.
func (o Options) tagger() (func() *Tagger, error) {
	if len(o.HashKey) < minKeyLength {
		return nil, fmt.Errorf("confusion: the hash key has %d bytes, it needs at least %d", len(o.HashKey), minKeyLength)
	}
	key := NewKey(o.HashKey)
	var current atomic.Pointer[Tagger]
	return func() *Tagger {
		m := o.Model()
		if t := current.Load(); t != nil && t.model == m {
			return t
		}
		t := NewTagger(m, key)
		current.Store(t)
		return t
	}, nil
}

// New returns the function of the service that tags chat and feedback. It changes the state that it is given.
func New(o Options) (consumers.FoldFunc[State], error) {
	tagger, err := o.tagger()
	if err != nil {
		return nil, err
	}
	return func(s *State, in consumers.Input) (*State, []schemas.Event, error) {
		e, ok := in.Event.(*schemas.ChatEvent)
		if !ok {
			return s, nil, fmt.Errorf("tag %s: not an event of %s", in.Event.Record().Name, schemas.ChatEventRecord.Topic)
		}
		next, tag := tagger().chat(s, e, in.Plain)
		if tag == nil {
			return next, nil, nil
		}
		return next, []schemas.Event{tag}, nil
	}, nil
}

// NewReview returns the function of the service that tags review comments.
func NewReview(o Options) (consumers.MapFunc, error) {
	tagger, err := o.tagger()
	if err != nil {
		return nil, err
	}
	return func(in consumers.Input) ([]schemas.Event, error) {
		e, ok := in.Event.(*schemas.ChangeEvent)
		if !ok {
			return nil, fmt.Errorf("tag %s: not an event of %s", in.Event.Record().Name, schemas.ChangeEventRecord.Topic)
		}
		if e.Kind != schemas.ChangeReviewSubmitted || len(e.Sealed) == 0 && in.Plain == nil { // an approval without words
			return nil, nil
		}
		return []schemas.Event{tagger().review(e, in.Plain)}, nil
	}, nil
}
