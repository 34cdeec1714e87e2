// Package curation is the service curation: it keeps a rolling buffer of examples to train on for every domain, and says
// what enters and leaves it: suggestions that were taken and stayed as positives, those that failed as negatives, and a
// random part of both for people to review. It must not see code: which suggestions are alike it tells by fingerprints.
package curation

import (
	"errors"
	"fmt"
	"math"
	"strconv"
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

// What makes an example, by score in hundredths.
const (
	positiveFrom  = 80
	negativeUntil = 30
)

// Reasons why an example leaves the buffer.
const (
	removedExpired   = "expired"
	removedDisplaced = "displaced"  // the sample of a larger number of suggestions doesn't have it
	removedDuplicate = "duplicate"  // nearly the same as another one, which the draw puts before it
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
		if state != nil {
			state.changed = false
		}
		return state, nil, nil
	}
	v, err := read(o, in)
	if err != nil {
		return state, nil, fmt.Errorf("curate outcome %s: %w", o.EventID, err)
	}
	kept := state
	if state == nil {
		state = &State{Pools: map[string]*pool{}}
	}
	key := string(o.Environment) + "/" + o.Org // no environment's name holds a slash
	p := state.Pools[key]
	if p == nil {
		p = new(pool)
		state.Pools[key] = p
	}
	c := change{outcome: o, why: removedCorrected}
	if signals.Secret(o.CWE) {
		c.why = removedSecret
	}
	if v.content {
		p.advance(&c, v.epoch)
	}
	for s := positive; s < sides; s++ {
		p.settle(&c, &v, s)
	}
	if c.changed {
		p.say(&c)
	}
	if state.changed = c.changed; !c.changed {
		return kept, nil, nil
	}
	return state, c.events, nil
}

// verdict is what an outcome says of a suggestion as an example.
type verdict struct {
	outcome *schemas.Outcome
	draw    uint64
	content bool
	epoch   int64
	score   uint8 // hundredths
}

func read(o *schemas.Outcome, in consumers.Input) (v verdict, err error) {
	if o.SuggestionID == "" || !(o.Score.Value >= 0 && o.Score.Value <= 1) || !o.Score.Set {
		return v, errors.New("it has no suggestion or no score")
	}
	v = verdict{outcome: o, draw: draw("draw", o.Org, o.SuggestionID), score: uint8(math.Round(100 * o.Score.Value))}
	if o.Attributes[signals.Content] == "" {
		return v, nil
	}
	at, err := strconv.ParseInt(o.Attributes[outcomes.ContentAt], 10, 64)
	if err != nil {
		return v, fmt.Errorf("its %s is not a time: %w", outcomes.ContentAt, err)
	}
	if !(o.Weight > 0) {
		return v, errors.New("its weight is not over 0")
	}
	if !in.LogTime.IsZero() { // a clock that is ahead must not expire all others
		at = min(at, in.LogTime.UnixMilli())
	}
	v.content, v.epoch = true, at/epoch.Milliseconds()
	return v, nil
}

// concerns tells whether the suggestion may be, or may have been, an example of the side, whatever is known of it later.
func (v *verdict) concerns(s side) bool {
	if s == positive {
		return v.content && v.outcome.Attributes[outcomes.For] != ""
	}
	return v.content && v.outcome.Attributes[outcomes.Against] != ""
}

// fit tells whether there is something to be learned from the suggestion on a side: from what stayed or a person liked, where
// nothing speaks against it, and from what surely failed, but nothing from what holds a secret.
func (v *verdict) fit(s side) bool {
	if s == positive {
		return v.score >= positiveFrom && v.outcome.Attributes[outcomes.Against] == "" && v.outcome.CWE == ""
	}
	return v.score <= negativeUntil && !signals.Secret(v.outcome.CWE)
}

// settle brings a suggestion's place on a side up to date.
func (p *pool) settle(c *change, v *verdict, s side) {
	o := v.outcome
	e := &example{Suggestion: o.SuggestionID, Side: s, Draw: v.draw}
	var old *example
	if o.Supersedes != "" {
		old = p.take(e)
	}
	if old != nil {
		e = old
	}
	was := *e
	e.Fit, e.Hundredths, e.Content, e.Topic, e.File, e.Sketch = false, 0, "", "", "", nil
	if v.concerns(s) {
		e.Weight, e.Epoch, e.Level = o.Weight, v.epoch, level(v.draw, o.Weight)
		if age := p.age(e); old == nil && (age >= epochs || e.Level < p.Levels[s][age]) {
			return
		}
		if v.fit(s) {
			e.Fit, e.Hundredths, e.Content, e.Topic, e.File, e.Sketch = true, v.score, o.CausedBy, o.CauseTopic, o.FileID, o.Fingerprints
		}
	} else if old == nil {
		return
	}
	e.Stale = was.Stale || was.Said && (e.Hundredths != was.Hundredths || e.Content != was.Content)
	p.put(c, e)
	c.changed = true
}

// change collects what one outcome makes of the buffer.
type change struct {
	outcome *schemas.Outcome
	why     string // an example that is fit no longer isn't
	events  []schemas.Event
	changed bool
}

func (c *change) remove(e *example, reason string) {
	c.say(schemas.ExampleRemoved, e, reason)
}

// say adds an event about an example.
func (c *change) say(kind schemas.ExampleKind, e *example, reason string) {
	o := c.outcome
	x := &schemas.CuratedExample{
		Envelope: o.Envelope, Kind: kind, SuggestionID: e.Suggestion, Domain: strings.TrimSuffix(o.Domain, "|"+outcomes.Suggestion),
		CausedBy: o.EventID, ContentEventID: e.Content, ContentTopic: e.Topic, Label: labels[e.Side], InclusionProbability: schemas.Some(e.probability(e.SaidLevel)),
		Model: o.Model, ModelVersion: o.ModelVersion, Feature: o.Feature, Language: o.Language,
		FileID: e.File, Fingerprints: e.Sketch, Reason: reason,
	}
	if e.Fit {
		x.Score = schemas.Some(float64(e.Hundredths) / 100)
	}
	if e.Suggestion == o.SuggestionID {
		x.ConversationID, x.SessionID, x.TeamToken = o.ConversationID, o.SessionID, o.TeamToken
	}
	x.EventID = schemas.DerivedID(Name, o.Org, o.EventID, string(kind), string(labels[e.Side]), e.Suggestion)
	x.Source = Name
	c.events = append(c.events, x)
}
