// Package continuedev maps Continue's development data (docs.continue.dev/customize/deep-dives/development-data,
// continuedev/continue packages/config-yaml/src/schemas/data): one event a request.
//
// Completions are reported once, when they are accepted or ten seconds after they were shown, so there is no event of their
// showing: acceptance is accepted / (accepted + rejected), and the rejections are by timeout. Level noCode still names file
// and repository, which become tokens. Mappings are pure.
package continuedev

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
	"github.com/assayhq/assay/schemas"
)

// Path is where a data block's destination points.
const Path = "/v1/continue"

const source = "continue"

// Mapping implements intake.Mapping.
type Mapping struct{}

var _ intake.Mapping = Mapping{}

// Routes implements intake.Mapping.
func (Mapping) Routes() []intake.Route {
	return []intake.Route{{Method: http.MethodPost, Path: Path}}
}

type envelope struct {
	Name   *string         `json:"name"`
	Data   json.RawMessage `json:"data"`
	Schema string          `json:"schema"`
	Level  string          `json:"level"`
}

// Map implements intake.Mapping. It refuses what is no envelope, and makes dead letters of data that can't be trusted:
// Continue never repeats a refused event.
func (Mapping) Map(r intake.Request) (intake.Result, error) {
	long, err := jsonbody.Check(r.Body)
	if err != nil {
		return intake.Result{}, err
	}
	var e envelope
	if err := jsonbody.Decode(r.Body, &e); err != nil {
		return intake.Result{}, err
	}
	switch {
	case e.Name == nil || *e.Name == "":
		return intake.Result{}, intake.Refuse(400, "the envelope has no name")
	case len(e.Data) == 0 || e.Data[0] != '{':
		return intake.Result{}, intake.Refuse(400, "the envelope has no object data")
	case e.Schema == "" || e.Level == "":
		return intake.Result{}, intake.Refuse(400, "the envelope has no schema or no level")
	}
	event, known := events[*e.Name]
	if !known {
		return intake.Result{Ignored: 1}, nil
	}
	if long {
		return dead(r, "a text of the event is too long"), nil
	}
	b, problem := newBuilder(e, event, r.Received)
	if problem != "" {
		return dead(r, problem), nil
	}
	event.build(b)
	if b.problem != "" {
		return dead(r, b.problem), nil
	}
	for i := range b.drafts {
		d := &b.drafts[i]
		d.User, d.Repo, d.Path = cmp.Or(b.UserID, b.UniqueID), b.GitRepo, b.path()
	}
	return intake.Result{Drafts: b.drafts}, nil
}

func dead(r intake.Request, reason string) intake.Result {
	return intake.Result{Rejected: []intake.Rejected{{Reason: reason, Dead: true, Raw: slices.Clone(r.Body)}}}
}

// builder makes the events of one request.
type builder struct {
	data
	name    string
	noCode  bool
	at      time.Time
	id      string
	problem string
	drafts  []intake.Draft
}

func newBuilder(e envelope, event event, received time.Time) (*builder, string) {
	b := &builder{name: *e.Name, noCode: e.Level == "noCode"}
	if err := json.Unmarshal(e.Data, &b.data); err != nil {
		return nil, jsonbody.Describe(err)
	}
	switch {
	case !slices.Contains(event.versions, e.Schema):
		return nil, "its schema is none in which the event is known"
	case b.Schema != "" && b.Schema != e.Schema:
		return nil, "envelope and data name different schemas"
	case b.EventName != "" && b.EventName != b.name:
		return nil, "envelope and data name different events"
	case e.Level != "all" && e.Level != "noCode":
		return nil, "its level is neither all nor noCode"
	case b.noCode && b.hasCode():
		return nil, "its level is noCode, and yet it has code"
	}
	var err error
	if b.at, err = b.time(received); err != nil {
		return nil, err.Error()
	}
	b.id = b.identity(received)
	return b, ""
}

func (b *builder) fail(reason string) {
	if b.problem == "" {
		b.problem = reason
	}
}

// time is ISO text, or epoch milliseconds in nextEditOutcome; events of 0.1.0 mostly have none.
func (b *builder) time(received time.Time) (time.Time, error) {
	at := received
	var text string
	var ms float64
	var err error
	switch {
	case len(b.Timestamp) == 0 || string(b.Timestamp) == "null":
	case json.Unmarshal(b.Timestamp, &text) == nil:
		at, err = terms.Time(text)
	case json.Unmarshal(b.Timestamp, &ms) == nil:
		at, err = terms.Millis(ms)
	default:
		err = terms.ErrTimeUnreadable
	}
	if err != nil {
		return at, err
	}
	return at, terms.Credible(at, received)
}

// identity is the completion's or the call's id, of which only the first report counts. Other events have none: their time
// and figures tell them from others, and where there is no time the time of receipt, since Continue sends an event once.
func (b *builder) identity(received time.Time) string {
	if id := cmp.Or(b.CompletionID, b.ToolCallID); id != "" {
		return schemas.DerivedID(source, b.name, id)
	}
	at := strings.TrimSpace(string(b.Timestamp))
	if at == "" {
		at = received.UTC().Format(time.RFC3339Nano)
	}
	figures, err := json.Marshal([]any{b.Accepted, b.Feedback, b.PromptTokens, b.GeneratedTokens, b.PreviousCodeLines, b.NewCodeLines})
	if err != nil {
		panic(err) // booleans and numbers always marshal
	}
	return schemas.DerivedID(source, b.name, at, b.SessionID, b.model(), string(figures))
}

func (b *builder) envelope(part string) schemas.Envelope {
	return schemas.Envelope{EventID: schemas.DerivedID(b.id, part), OccurredAt: b.at, Source: source}
}

// code adds an event of a suggestion. Its key is the file where that is known, else the suggestion.
func (b *builder) code(kind schemas.CodeKind, feature string, p schemas.Payload) *schemas.CodeEvent {
	e := &schemas.CodeEvent{Envelope: b.envelope("code"), Kind: kind, Feature: feature, Model: terms.Name(b.model()), Language: fingerprint.LanguageOf(b.path()),
		SuggestionID: terms.ID(cmp.Or(b.CompletionID, b.ToolCallID)), ClientVersion: b.version(), Attributes: b.attributes()}
	if b.path() == "" {
		e.FileID = cmp.Or(e.SuggestionID, e.EventID)
	}
	b.drafts = append(b.drafts, intake.Draft{Event: e, Payload: b.payload(p)})
	return e
}

// chat adds an event of a conversation, of which the event is the only one where there is no id.
func (b *builder) chat(kind schemas.ChatKind, feature string, p schemas.Payload) *schemas.ChatEvent {
	e := &schemas.ChatEvent{Envelope: b.envelope(string(kind)), Kind: kind, Feature: feature, Model: terms.Name(b.model()),
		SessionID: terms.ID(b.SessionID), ClientVersion: b.version(), Attributes: b.attributes()}
	e.ConversationID = cmp.Or(e.SessionID, terms.Hash(b.ToolCallID), b.id)
	b.drafts = append(b.drafts, intake.Draft{Event: e, Payload: b.payload(p)})
	return e
}

// payload is nil where there is nothing to seal but the path.
func (b *builder) payload(p schemas.Payload) *schemas.Payload {
	if b.noCode || p == (schemas.Payload{}) {
		return nil
	}
	p.Path = b.path()
	return &p
}
