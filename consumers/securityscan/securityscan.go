// Package securityscan is the service security-scan: it looks for weaknesses in the code of suggestions and says for every
// scanned suggestion what it found. It must not let a match out of its hands, nor let a scan that failed read as clean.
package securityscan

import (
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "security-scan"

const minKeyLength = 16

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Map,
		Inputs:  []string{schemas.CodeEventRecord.Topic},
		Outputs: []string{schemas.FindingRecord.Topic},
		Opens:   true,
		Doc:     "Finds weaknesses and hard-coded secrets in the code of suggestions.",
	}
}

// Options configure the scan.
type Options struct {
	// HashKey keys the hashes of what matched: equal secrets of an org can be joined, but not guessed. At least 16 bytes.
	HashKey []byte
}

// New returns the service's function, which is safe for concurrent use. It takes a tenth of a second to compile the rules.
//
// A suggestion is scanned where it is shown and, because clients may report only that, where it is accepted with its
// code. Both give the same ids, so that a suggestion that is seen twice counts once. An acceptance that repeats no code
// says nothing: the showing has answered, or the suggestion has no summary at all.
func New(o Options) (consumers.MapFunc, error) {
	if len(o.HashKey) < minKeyLength {
		return nil, fmt.Errorf("security-scan: the hash key has %d bytes, it needs at least %d", len(o.HashKey), minKeyLength)
	}
	scanner, err := NewScanner()
	if err != nil {
		return nil, fmt.Errorf("security-scan: %w", err)
	}
	return service{scanner: scanner, key: o.HashKey}.scan, nil
}

type service struct {
	scanner *Scanner
	key     []byte
}

func (s service) scan(in consumers.Input) ([]schemas.Event, error) {
	cause, ok := in.Event.(*schemas.CodeEvent)
	if !ok {
		return nil, fmt.Errorf("scan %s: not an event of %s", in.Event.Record().Name, schemas.CodeEventRecord.Topic)
	}
	switch cause.Kind {
	case schemas.CodeSuggestionShown:
	case schemas.CodeSuggestionAccepted, schemas.CodeSuggestionPartiallyAccepted:
		if cause.SuggestionID != "" && len(cause.Sealed) == 0 && in.Plain == nil {
			return nil, nil
		}
	default:
		return nil, nil
	}
	return s.report(cause, s.examine(cause, in.Plain)), nil
}
