package otlp

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
	"github.com/assayhq/assay/schemas"
)

// Record is one log record on its way to becoming events. Its facts are looked up on the record, then on the resource.
type Record struct {
	Facts
	Event string // its name without the client's prefix
	Time  time.Time

	client *client
	id     string
	drafts []intake.Draft
}

// Chat adds an event of a conversation, with what all of the client's records say.
func (r *Record) Chat(kind schemas.ChatKind) *schemas.ChatEvent {
	c := r.client
	e := &schemas.ChatEvent{Envelope: r.envelope(), Kind: kind, MessageID: terms.Hash(r.Text(c.Prompt...)), SessionID: r.session(),
		ClientVersion: r.Name(c.Version...), Model: r.Name(c.Model...)}
	e.ConversationID = cmp.Or(e.SessionID, e.MessageID, e.EventID)
	r.drafts = append(r.drafts, intake.Draft{Event: e})
	return e
}

// Code adds an event of a suggestion, with what all of the client's records say. The clients don't name the file in the
// clear, so its key is the session, in which the events of a suggestion stay in order.
func (r *Record) Code(kind schemas.CodeKind) *schemas.CodeEvent {
	c := r.client
	e := &schemas.CodeEvent{Envelope: r.envelope(), Kind: kind, SessionID: r.session(), ConversationID: r.session(),
		ClientVersion: r.Name(c.Version...), Model: r.Name(c.Model...)}
	e.FileID = cmp.Or(e.SessionID, terms.Hash(r.Text(c.Prompt...)), e.EventID)
	r.drafts = append(r.drafts, intake.Draft{Event: e})
	return e
}

// Note adds an event that is no fact of its own, as another record says the same or more: it is kept with its name and counts
// in no metric.
func (r *Record) Note(words ...string) *schemas.ChatEvent {
	e := r.Chat(schemas.ChatUnknown)
	e.Attributes = With(r.Words(words...), "event", terms.Word(r.Event))
	return e
}

// Seal gives the last event its content, where there is any.
func (r *Record) Seal(p schemas.Payload) {
	if p != (schemas.Payload{}) {
		r.drafts[len(r.drafts)-1].Payload = &p
	}
}

// Path says in the clear which file the last event is about. The file's ending tells its language, unless the client does.
func (r *Record) Path(path string) {
	d := &r.drafts[len(r.drafts)-1]
	d.Path = path
	switch e := d.Event.(type) {
	case *schemas.ChatEvent:
		e.Language = cmp.Or(e.Language, fingerprint.LanguageOf(path))
	case *schemas.CodeEvent:
		e.Language = cmp.Or(e.Language, fingerprint.LanguageOf(path))
	}
}

// With adds a word to an event's attributes, unless it is empty.
func With(attributes map[string]string, key, word string) map[string]string {
	if word == "" {
		return attributes
	}
	if attributes == nil {
		attributes = map[string]string{}
	}
	attributes[key] = word
	return attributes
}

func (r *Record) envelope() schemas.Envelope {
	return schemas.Envelope{EventID: schemas.DerivedID(r.client.Source, r.id, strconv.Itoa(len(r.drafts))), OccurredAt: r.Time, Source: r.client.Source}
}

func (r *Record) session() string { return terms.ID(r.Text(r.client.Session...)) }

// finish completes the drafts with identity.
func (r *Record) finish(index int) []intake.Draft {
	user, team := r.person(r.client.User), r.Text(r.client.Team...)
	withheld := r.withheldNames()
	for i := range r.drafts {
		d := &r.drafts[i]
		d.Index, d.User, d.Team = index, user, team
		switch e := d.Event.(type) {
		case *schemas.ChatEvent:
			e.Attributes = With(e.Attributes, "withheld", withheld)
		case *schemas.CodeEvent:
			e.Attributes = With(e.Attributes, "withheld", withheld)
		}
	}
	return r.drafts
}

// withheldNames lists the attributes that were no names.
func (f *Facts) withheldNames() string {
	slices.Sort(f.withheld)
	return strings.Join(slices.Compact(f.withheld), " ")
}

// person is the first of the attributes that is there.
func (f *Facts) person(keys []string) string {
	user := f.Text(keys...)
	if strings.Contains(user, "@") {
		return strings.ToLower(user) // addresses join across clients
	}
	return user
}
