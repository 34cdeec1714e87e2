package collector

import (
	"encoding/json"
	"fmt"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/schemas"
)

// badDraftError says that a draft can't become an event, in words that quote nothing.
type badDraftError struct{ error }

func (e *badDraftError) Unwrap() error { return e.error }

func (e *badDraftError) rejected(d intake.Draft, id string, dead bool) intake.Rejected {
	r := intake.Rejected{Index: d.Index, ID: id, Reason: e.Error(), Dead: dead}
	if dead {
		// The clear identifiers are gone from the event by now, and the rest is sealed: the nearest to what came.
		var err error
		r.Raw, err = json.Marshal(map[string]any{"record": d.Event.Record().Name, "event": d.Event, "payload": d.Payload})
		if err != nil { // a number that JSON doesn't have
			r.Raw = d.Event.AppendAvro(nil)
		}
	}
	return r
}

// protect turns a draft into an event in which nothing confidential stands in the clear: whoever adds a way to protect adds
// it here. It changes the draft's event. The error is a *badDraftError, or the keyring's.
func (c *Collector) protect(r intake.Request, d intake.Draft) (schemas.Event, error) {
	env := d.Event.Env()
	env.Org = r.Org
	if env.Source == "" {
		env.Source = r.Client
	}
	if env.Environment == "" {
		env.Environment = r.Environment
	}
	if env.EventID != "" { // what two organisations send alike, under whatever id, are two facts
		env.EventID = schemas.DerivedID(env.Org, env.EventID)
	}
	did := c.hide(&d)
	if err := producers.Validate(d.Event); err != nil {
		return nil, &badDraftError{err}
	}
	sealed, err := c.seal(d)
	if err != nil {
		return nil, err
	}
	if size := producers.Size(d.Event); size > producers.MaxRecordBytes {
		strip(d.Event) // the code itself matters more: it may fit without what is derived from it
		did.underived = 1
		did.note(d.Event)
		if producers.Size(d.Event) > producers.MaxRecordBytes {
			return nil, &badDraftError{fmt.Errorf("%w: the event has %d bytes, at most %d pass", producers.ErrTooLarge, size, producers.MaxRecordBytes)}
		}
	}
	c.metrics.protected(did, sealed)
	return d.Event, nil
}

// seal seals the draft's payload, where it has one, into its event, and derives what stands for the code.
func (c *Collector) seal(d intake.Draft) (done bool, err error) {
	if d.Payload == nil || *d.Payload == (schemas.Payload{}) {
		return false, nil
	}
	var sealed *[]byte
	var keyID *string
	switch e := d.Event.(type) {
	case *schemas.CodeEvent:
		sealed, keyID = &e.Sealed, &e.SealKeyID
	case *schemas.ChatEvent:
		sealed, keyID = &e.Sealed, &e.SealKeyID
	case *schemas.ChangeEvent:
		sealed, keyID = &e.Sealed, &e.SealKeyID
	default:
		return false, &badDraftError{fmt.Errorf("%s has no payload", d.Event.Record().Name)}
	}
	env := d.Event.Env()
	if *sealed, *keyID, err = c.keys.Seal(env.Org, env.OccurredAt, d.Payload.Marshal(), []byte(env.EventID)); err != nil {
		return false, err
	}
	c.hashers.derive(d.Event, d.Payload.Code)
	return true, nil
}

// deadLetter wraps what can't be trusted. The same item, sent again, gives the same letter.
func (c *Collector) deadLetter(r intake.Request, rejected intake.Rejected) ([]schemas.Event, error) {
	reason := schemas.DeadLetterInvalid
	if len(rejected.Raw) > producers.MaxRecordBytes {
		reason = schemas.DeadLetterTooLarge
	}
	origin := Name + "/" + r.Client
	letters, err := deadletter.Wrap(c.keys, deadletter.Letter{
		ID: c.keys.Token(r.Org, "letter", origin+"\x00"+rejected.Reason+"\x00"+string(rejected.Raw)), At: r.Received, Org: r.Org, Source: Name, Service: Name,
		Reason: reason, Detail: rejected.Reason, Origin: origin, Partition: -1, Offset: -1,
	}, deadletter.Original{Value: rejected.Raw})
	if err != nil {
		return nil, err
	}
	events := make([]schemas.Event, len(letters))
	for i, l := range letters {
		events[i] = l
	}
	return events, nil
}
