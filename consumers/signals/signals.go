// Package signals is the service signals: it collects what people, scans, survival and delivery say about a suggestion, a
// reply or a change from every topic under the key of that subject, so that the service outcomes can settle which of it
// counts. It must not weigh one signal against another.
package signals

import (
	"fmt"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "signals"

// Spec is the service's place in the topology.
func Spec() topology.Service {
	return topology.Service{
		Name:  Name,
		Shape: topology.Map,
		Inputs: []string{
			schemas.CodeEventRecord.Topic, schemas.ChatEventRecord.Topic, schemas.FindingRecord.Topic,
			schemas.ConfusionTagRecord.Topic, schemas.ReworkVerdictRecord.Topic, schemas.ChangeEventRecord.Topic,
		},
		Outputs: []string{schemas.SignalRecord.Topic},
		Doc:     "Collects what speaks for or against a suggestion, a reply or a change under one key.",
	}
}

// Map is the service's function. Events that say nothing about quality give no signal.
func Map(in consumers.Input) ([]schemas.Event, error) {
	var events []schemas.Event
	var err error
	switch e := in.Event.(type) {
	case *schemas.CodeEvent:
		events, err = observe(codeRules, e, codeTemplate, in.Topic)
	case *schemas.ChatEvent:
		events, err = observe(chatRules, e, chatTemplate, in.Topic)
	case *schemas.Finding:
		events, err = observe(findingRules, e, findingTemplate, in.Topic)
	case *schemas.ConfusionTag:
		events, err = observe(confusionRules, e, confusionTemplate, in.Topic)
	case *schemas.ReworkVerdict:
		events, err = observe(reworkRules, e, reworkTemplate, in.Topic)
	case *schemas.ChangeEvent:
		events, err = observe(changeRules, e, changeTemplate, in.Topic)
		events = attribute(events, e)
	default:
		err = fmt.Errorf("no signals for %s", in.Event.Record().Name)
	}
	if err != nil {
		return nil, fmt.Errorf("observe signal: %w", err)
	}
	return events, nil
}

// observe returns one signal for every rule that the event meets; template fills in what it is about.
func observe[E schemas.Event](rules []rule[E], e E, template func(E, *schemas.Signal), topic string) ([]schemas.Event, error) {
	var events []schemas.Event
	for i := range rules {
		r := &rules[i]
		if r.kind != e.KindName() || (r.when != nil && !r.when(e)) {
			continue
		}
		cause := e.Env()
		s := &schemas.Signal{
			Envelope: *cause, Kind: r.says, Category: r.category, Signal: r.signal, Weight: 1,
			CausedBy: cause.EventID, CauseTopic: topic, Severity: schemas.SeverityNone,
		}
		s.EventID = schemas.DerivedID(Name, cause.Org, cause.EventID, r.category)
		s.Source = Name
		template(e, s)
		if !(s.Weight > 0 && s.Weight <= maxWeight) { // also true for NaN
			return nil, fmt.Errorf("sample_weight %v is not over 0 and at most %d", s.Weight, maxWeight)
		}
		events = append(events, s)
	}
	return events, nil
}

// maxWeight is the most that an observation may stand for: the service quality takes no more.
const maxWeight = 10_000

// attribute lets what became of a change be known of the suggestion that it is attributed to, too: for its score. The change
// is what counts as delivered or not.
func attribute(events []schemas.Event, e *schemas.ChangeEvent) []schemas.Event {
	if e.SuggestionID == "" {
		return events
	}
	for _, event := range events[:len(events):len(events)] {
		s := *event.(*schemas.Signal)
		s.EventID = schemas.DerivedID(Name, e.Org, e.EventID, s.Category, "suggestion")
		s.Subject = subject("suggestion", e.Org, e.SuggestionID)
		s.Value = schemas.Some(1.0)
		if s.Kind == schemas.SignalFailure {
			s.Value = schemas.Some(0.0)
		}
		s.Kind = schemas.SignalContext
		events = append(events, &s)
	}
	return events
}
