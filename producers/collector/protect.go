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

func (e *badDraftError) rejected(d intake.Draft, dead bool) intake.Rejected {
	r := intake.Rejected{Index: d.Index, ID: d.Event.Env().EventID, Reason: e.Error(), Dead: dead}
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
	if !d.OwnID && env.EventID != "" { // what two organisations send alike are two facts
		env.EventID = schemas.DerivedID(env.Org, env.EventID)
	}
	into := fieldsOf(d.Event)
	c.tokenise(r.Org, d, into)
	c.hideIDs(r.Org, env, into)
	if err := producers.Validate(d.Event); err != nil {
		return nil, &badDraftError{err}
	}
	if d.Payload != nil && *d.Payload != (schemas.Payload{}) {
		if into.sealed == nil {
			return nil, &badDraftError{fmt.Errorf("%s has no payload", d.Event.Record().Name)}
		}
		sealed, key, err := c.keys.Seal(env.Org, env.OccurredAt, d.Payload.Marshal(), []byte(env.EventID))
		if err != nil {
			return nil, err
		}
		*into.sealed, *into.sealKeyID = sealed, key
	}
	if size := producers.Size(d.Event); size > producers.MaxRecordBytes {
		return nil, &badDraftError{fmt.Errorf("%w: the event has %d bytes, at most %d pass", producers.ErrTooLarge, size, producers.MaxRecordBytes)}
	}
	return d.Event, nil
}

// tokenise replaces clear identifiers by keyed tokens.
func (c *Collector) tokenise(org string, d intake.Draft, into fields) {
	set := func(to *string, kind, value string) {
		if to != nil && value != "" {
			*to = c.keys.Token(org, kind, value)
		}
	}
	set(into.user, "user", d.User)
	set(into.author, "user", d.Author)
	set(into.reviewer, "user", d.Reviewer)
	set(into.owner, "user", d.Owner)
	set(into.approver, "user", d.Approver)
	set(into.team, "team", d.Team)
	set(into.repo, "repo", d.Repo)
	set(into.path, "path", d.Path)
	file := d.File
	if file == "" && d.Path != "" {
		file = d.Repo + "/" + d.Path
	}
	set(into.file, "file", file)
	set(into.oldFile, "file", d.OldFile)
}

// hideIDs replaces ids that are more than ids by keyed tokens: they stand in the clear wherever events go.
func (c *Collector) hideIDs(org string, env *schemas.Envelope, into fields) {
	if !opaque(env.EventID) {
		env.EventID = c.keys.Token(org, "event", env.EventID)
	}
	for _, id := range into.ids {
		if !opaque(*id.value) {
			*id.value = c.keys.Token(org, id.kind, *id.value)
		}
	}
}

// opaque says whether an id has the form of one: a word that is neither an address nor a path nor a sentence.
func opaque(id string) bool {
	if len(id) > 128 {
		return false
	}
	for i := range len(id) {
		switch b := id[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '.', b == ':', b == '=', b == '+':
		default:
			return false
		}
	}
	return true
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
