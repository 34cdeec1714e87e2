// Package curation is the service curation: it keeps a rolling buffer of examples to train on for every domain, and says
// what enters and leaves it: suggestions that were taken and stayed as positives, those that failed as negatives, and a
// random part of both for people to review. It must not see code: which suggestions are alike it tells by fingerprints.
package curation

import (
	"fmt"
	"strings"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/outcomes"
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// Name is the service's name and the source of its events.
const Name = "curation"

// Spec is the service's place in the topology. What people say in a review is published to models.examples by `assay
// examples review`, not by the service: a Fold has one input.
func Spec() topology.Service {
	return topology.Service{
		Name:    Name,
		Shape:   topology.Fold,
		Inputs:  []string{schemas.OutcomeRecord.Topic},
		Outputs: []string{schemas.CuratedExampleRecord.Topic},
		Doc:     "Keeps a rolling buffer of examples to train on for every domain.",
	}
}

// What makes an example.
const (
	positiveFrom  = 0.8 // score: accepted, and most of it stayed or a person liked it
	negativeUntil = 0.3 // score: rejected by a person, rated down, not secure, or lost
)

// Reasons why an example leaves the buffer.
const (
	removedExpired   = "expired"
	removedDisplaced = "displaced"  // by one that the reservoir drew instead
	removedCorrected = "superseded" // what became of it changed
	removedSecret    = "secret"
)

// Fold is the service's function. It changes the state that it is given. Outcomes of other categories than the suggestion's
// score have no state.
func Fold(state *State, in consumers.Input) (*State, []schemas.Event, error) {
	o, ok := in.Event.(*schemas.Outcome)
	if !ok {
		return state, nil, fmt.Errorf("curate %s: not an outcome", in.Event.Record().Name)
	}
	if o.Category != outcomes.Suggestion {
		return state, nil, nil
	}
	if o.SuggestionID == "" || !o.Score.Set {
		return state, nil, fmt.Errorf("curate outcome %s: it has no suggestion or no score", o.EventID)
	}
	if state == nil {
		state = &State{Pools: map[string]*pool{}}
	}
	key := string(o.Environment) + "/" + o.Org // no environment's name holds a slash
	p := state.Pools[key]
	if p == nil {
		p = new(pool)
		state.Pools[key] = p
	}
	c := change{outcome: o}
	at := o.OccurredAt.UnixMilli()
	if !in.LogTime.IsZero() { // a clock that is ahead must not expire all others
		at = min(at, in.LogTime.UnixMilli())
	}
	p.Watermark = max(p.Watermark, at)
	p.expire(&c)
	if o.Supersedes != "" {
		reason := removedCorrected
		if signals.Secret(o.CWE) {
			reason = removedSecret
		}
		p.drop(&c, o.SuggestionID, reason)
	}
	if label := label(o); label != schemas.ExampleLabelNone && at > p.Watermark-maxAge.Milliseconds() {
		p.offer(&c, label, at)
	}
	return state, c.events, nil
}

// label is what is to be learned from the suggestion; nothing from one that is neither good nor bad, whose content nobody has,
// or that holds a secret.
func label(o *schemas.Outcome) schemas.ExampleLabel {
	switch {
	case o.Attributes[signals.Content] == "" || signals.Secret(o.CWE):
	case o.Kind == schemas.OutcomeSuccess && o.Score.Value >= positiveFrom:
		return schemas.ExampleLabelPositive
	case o.Kind == schemas.OutcomeFailure && o.Score.Value <= negativeUntil:
		return schemas.ExampleLabelNegative
	}
	return schemas.ExampleLabelNone
}

// change collects what one outcome makes of the buffer.
type change struct {
	outcome *schemas.Outcome
	events  []schemas.Event
}

// say adds an event about an example.
func (c *change) say(kind schemas.ExampleKind, e *example, reason string) {
	o := c.outcome
	x := &schemas.CuratedExample{
		Envelope: o.Envelope, Kind: kind, SuggestionID: e.Suggestion, Domain: strings.TrimSuffix(o.Domain, "|"+outcomes.Suggestion),
		CausedBy: o.EventID, ContentEventID: e.Content, ContentTopic: e.Topic,
		Label: e.Label, Score: schemas.Some(e.Score), InclusionProbability: schemas.Some(e.Probability),
		Model: o.Model, ModelVersion: o.ModelVersion, Feature: o.Feature, Language: o.Language,
		FileID: e.File, Fingerprints: e.Sketch, Reason: reason,
	}
	if e.Suggestion == o.SuggestionID {
		x.ConversationID, x.SessionID, x.TeamToken = o.ConversationID, o.SessionID, o.TeamToken
	}
	x.EventID = schemas.DerivedID(Name, o.Org, o.EventID, string(kind), e.Suggestion)
	x.Source = Name
	c.events = append(c.events, x)
}
