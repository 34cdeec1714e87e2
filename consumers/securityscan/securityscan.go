// Package securityscan is the service security-scan: it looks for weaknesses in the code of suggestions and says for every
// scanned suggestion what it found. It must not let a match out of its hands, nor let a scan that failed read as clean.
package securityscan

import (
	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "security-scan"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Map,
		Inputs:  []string{schemas.CodeEventRecord.Topic},
		Outputs: []string{schemas.FindingRecord.Topic},
		Opens:   true,
		Doc:     "Finds weaknesses in the code of suggestions; for now hard-coded secrets.",
	}
}

// Options configure the scan.
type Options struct {
	// HashKey keys the hashes of what matched, so that equal secrets can be joined but not guessed; at least 16 bytes.
	HashKey []byte
}

// New returns the service's function.
func New(o Options) (consumers.MapFunc, error) {
	return nil, nil
}
