// Package warehouse describes the service that streams every topic into its ClickHouse table. It has no logic of its
// own: the runtime decodes into columns, the sink that cmd/assay hands in writes them.
package warehouse

import (
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Spec is the service's place in the topology: it reads every topic that carries events.
func Spec() topology.Service {
	spec := topology.Service{Name: "warehouse", Shape: topology.Drain, Doc: "Streams every topic into its ClickHouse table, each event once."}
	for _, r := range schemas.Records() {
		spec.Inputs = append(spec.Inputs, r.Topic)
	}
	return spec
}
