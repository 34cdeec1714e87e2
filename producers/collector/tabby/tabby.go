// Package tabby maps the events of Tabby's clients (TabbyML/tabby crates/tabby-common/src/api/event.rs), for a collector that
// stands where the Tabby server stands or gets a copy of its traffic.
//
// Events have no time, no language and no text: receive time does, and completion_id joins. The person is in the token. Like
// the server, the mapping refuses what doesn't fit.
package tabby

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

const (
	source          = "tabby"
	eventsPath      = "/v1/events"
	completionsPath = "/v1/completions"
	maxID           = 256 // bytes
)

// Mapping implements intake.Mapping.
type Mapping struct{}

var _ intake.Mapping = Mapping{}

// Routes implements intake.Mapping.
func (Mapping) Routes() []intake.Route {
	return []intake.Route{
		{Method: http.MethodPost, Path: eventsPath, Claims: claims},
		{Method: http.MethodPost, Path: completionsPath},
	}
}

// claims tells Tabby's events from Assay's own, which go to the same path.
func claims(r intake.Request) bool {
	if strings.Contains(r.Header.Get("User-Agent"), "tabby-agent") {
		return true
	}
	named := bytes.Contains(r.Body, []byte(`"completion_id"`)) || bytes.Contains(r.Body, []byte(`"choice_index"`))
	return named && !bytes.Contains(r.Body, []byte(`"record"`))
}

// Map implements intake.Mapping.
func (Mapping) Map(r intake.Request) (intake.Result, error) {
	long, err := jsonbody.Check(r.Body)
	if err != nil {
		return intake.Result{}, err
	}
	if r.Path == completionsPath {
		return completion(r, long)
	}
	return event(r)
}

type logEvent struct {
	Type         string  `json:"type"`
	CompletionID string  `json:"completion_id"`
	ChoiceIndex  *uint32 `json:"choice_index"`
	ViewID       string  `json:"view_id"`
	Elapsed      *uint32 `json:"elapsed"` // since the view, ms
	SelectKind   string  `json:"select_kind"`
}

// kinds by type. A dismissal is a person who types on or presses Escape.
var kinds = map[string]schemas.CodeKind{
	"view": schemas.CodeSuggestionShown, "select": schemas.CodeSuggestionAccepted, "dismiss": schemas.CodeSuggestionDismissed,
}

func event(r intake.Request) (intake.Result, error) {
	var l logEvent
	if err := jsonbody.Decode(r.Body, &l); err != nil {
		return intake.Result{}, err
	}
	kind, known := kinds[l.Type]
	switch {
	case !known:
		return intake.Result{}, intake.Refuse(400, "type is none of view, select and dismiss")
	case l.CompletionID == "":
		return intake.Result{}, intake.Refuse(400, "completion_id is missing")
	case l.ChoiceIndex == nil:
		return intake.Result{}, intake.Refuse(400, "choice_index is missing")
	case len(l.CompletionID) > maxID || len(l.ViewID) > maxID:
		return intake.Result{}, intake.Refuse(400, "an id has more than %d bytes", maxID)
	}
	choice := strconv.FormatUint(uint64(*l.ChoiceIndex), 10)
	view := cmp.Or(l.ViewID, l.CompletionID+"/"+choice)
	e := &schemas.CodeEvent{
		// A view has one outcome: the first stays, and what comes after repeats its id.
		Envelope: envelope(r.Received, "outcome", view), Kind: kind, DecidedBy: schemas.DecidedByHuman, Feature: "inline_completion",
		FileID: terms.ID(l.CompletionID), SuggestionID: terms.ID(l.CompletionID) + ":" + choice, ClientVersion: version(r.Header),
	}
	switch {
	case l.Type == "view":
		e.Envelope, e.DecidedBy = envelope(r.Received, "view", view), schemas.DecidedByUnknown
	case l.Type == "select" && cmp.Or(r.Query.Get("select_kind"), l.SelectKind) == "line": // also sent for single words
		e.Kind = schemas.CodeSuggestionPartiallyAccepted
	}
	if l.Elapsed != nil {
		e.DecisionMs = schemas.Some(int64(*l.Elapsed))
	}
	return intake.Result{Drafts: []intake.Draft{{Event: e, User: r.Client}}, Answer: ok(nil)}, nil
}

type request struct {
	Language string `json:"language"`
	Prompt   string `json:"prompt"` // of older clients
	Segments *struct {
		Prefix   string `json:"prefix"`
		Suffix   string `json:"suffix"`
		Filepath string `json:"filepath"`
		GitURL   string `json:"git_url"`
	} `json:"segments"`
	User string `json:"user"`
}

// completion is a request for a completion: a copy of one, or of a client that has the collector for its server and gets
// none. It has neither id nor time, and its clients don't repeat it: when it came is what tells it from others.
func completion(r intake.Request, long bool) (intake.Result, error) {
	var q request
	if err := jsonbody.Decode(r.Body, &q); err != nil {
		return intake.Result{}, err
	}
	if q.Segments == nil && q.Prompt == "" {
		return intake.Result{}, intake.Refuse(400, "segments are missing")
	}
	e := &schemas.ChatEvent{Envelope: envelope(r.Received, "completion", string(r.Body), r.Received.UTC().Format(time.RFC3339Nano)),
		Kind: schemas.ChatModelCalled, Feature: "inline_completion", Language: terms.Language(q.Language), ClientVersion: version(r.Header)}
	e.ConversationID = "cmpl-" + e.EventID
	d := intake.Draft{Event: e, User: cmp.Or(r.Client, q.User), Payload: &schemas.Payload{Prompt: q.Prompt}}
	if s := q.Segments; s != nil {
		d.Repo, d.Path = s.GitURL, s.Filepath
		d.Payload = &schemas.Payload{Prompt: s.Prefix + s.Suffix, Path: s.Filepath}
	}
	body, err := json.Marshal(map[string]any{"id": e.ConversationID, "choices": []any{}})
	if err != nil {
		panic(err) // strings always marshal
	}
	if long {
		return intake.Result{Rejected: []intake.Rejected{{Reason: "a text of the request is too long", Dead: true, Raw: bytes.Clone(r.Body)}}, Answer: ok(body)}, nil
	}
	return intake.Result{Drafts: []intake.Draft{d}, Answer: ok(body)}, nil
}

func envelope(at time.Time, parts ...string) schemas.Envelope {
	return schemas.Envelope{EventID: schemas.DerivedID(append([]string{source}, parts...)...), OccurredAt: at.UTC(), Source: source}
}

// version of the agent, from a list of products.
func version(h http.Header) string {
	_, after, _ := strings.Cut(h.Get("User-Agent"), "tabby-agent/")
	version, _, _ := strings.Cut(after, " ")
	return terms.Word(version)
}

// ok answers as the server does.
func ok(body []byte) func(intake.Outcome) intake.Answer {
	a := intake.Answer{Status: http.StatusOK, Body: body}
	if body != nil {
		a.Type = "application/json"
	}
	return func(intake.Outcome) intake.Answer { return a }
}
