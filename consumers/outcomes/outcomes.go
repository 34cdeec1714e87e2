// Package outcomes is the service outcomes: it reads what people, scans and delivery say about a suggestion, reply or
// change as one success or failure of its (model, version, feature, language, category) domain. It must not judge rates:
// that is the service quality.
package outcomes

import (
	"fmt"

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

// Map is the service's function. Events that say nothing about quality give no outcome.
func Map(in consumers.Input) ([]schemas.Event, error) {
	var events []schemas.Event
	var err error
	switch e := in.Event.(type) {
	case *schemas.CodeEvent:
		events, err = observe(codeSignals, e, codeSubject(e), in.Topic)
	case *schemas.ChatEvent:
		events, err = observe(chatSignals, e, chatSubject(e), in.Topic)
	case *schemas.Finding:
		events, err = observe(findingSignals, e, findingSubject(e), in.Topic)
	case *schemas.ChangeEvent:
		events, err = observe(changeSignals, e, changeSubject(e), in.Topic)
	default:
		err = fmt.Errorf("no signals for %s", in.Event.Record().Name)
	}
	if err != nil {
		return nil, fmt.Errorf("observe outcome: %w", err)
	}
	return events, nil
}

// observe returns one outcome for every category in which the event is a signal.
func observe[E schemas.Event](signals []signal[E], e E, s subject, topic string) ([]schemas.Event, error) {
	var events []schemas.Event
	for i := range signals {
		sig := &signals[i]
		if sig.kind != e.KindName() || (sig.when != nil && !sig.when(e)) {
			continue
		}
		outcome, err := s.outcome(e.Env(), sig.category, sig.name, sig.result)
		if err != nil {
			return nil, err
		}
		outcome.CauseTopic = topic
		events = append(events, outcome)
	}
	return events, nil
}
