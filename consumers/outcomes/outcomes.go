// Package outcomes is the service outcomes: it reads what people, scans and delivery say about a suggestion, reply or
// change as one success or failure of its (model, version, feature, language, category) domain. It must not judge rates:
// that is the service quality.
package outcomes

import (
	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "outcomes"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:  Name,
		Shape: topology.Map,
		Inputs: []string{
			schemas.CodeEventRecord.Topic, schemas.ChatEventRecord.Topic, schemas.FindingRecord.Topic, schemas.ChangeEventRecord.Topic,
		},
		Outputs: []string{schemas.OutcomeRecord.Topic},
		Doc:     "Turns decisions, survival, ratings, scans and deliveries into successes and failures per domain.",
	}
}

// Map is the service's function.
func Map(in consumers.Input) ([]schemas.Event, error) { return nil, nil }
