// Package gitlabtrack maps the code suggestions of GitLab Duo's editor extensions, sent to GitLab's endpoint of internal events
// (gitlabhq/gitlabhq lib/api/usage_data.rb), which carries other events, too: those are answered and ignored.
//
// unique_tracking_id joins a showing with its outcome, where it is there. Unit of suggestion_size and who rejected are not
// documented: the one is kept as an attribute, the other unknown. Mappings are pure.
package gitlabtrack

import (
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

const (
	source    = "gitlab_duo"
	onePath   = "/api/v4/usage_data/track_event"
	manyPath  = "/api/v4/usage_data/track_events"
	maxEvents = 50 // of a request, as documented
)

// Mapping implements intake.Mapping.
type Mapping struct{}

var _ intake.Mapping = Mapping{}

// Routes implements intake.Mapping.
func (Mapping) Routes() []intake.Route {
	return []intake.Route{{Method: http.MethodPost, Path: onePath}, {Method: http.MethodPost, Path: manyPath}}
}

type event struct {
	Event       *string     `json:"event"`
	ProjectID   *int64      `json:"project_id"`
	NamespaceID *int64      `json:"namespace_id"`
	Snowplow    *bool       `json:"send_to_snowplow"`
	Properties  *properties `json:"additional_properties"`
}

// properties are read late: an event of another kind may hold anything there.
type properties struct {
	TrackingID json.RawMessage `json:"unique_tracking_id"`
	Language   json.RawMessage `json:"language"`
	Size       json.RawMessage `json:"suggestion_size"`
	Timestamp  json.RawMessage `json:"timestamp"`
}

// outcome groups the kinds of which a suggestion has one: the first stays, and what comes after repeats its id.
type outcome struct {
	kind  schemas.CodeKind
	group string
	by    schemas.DecidedBy
}

var outcomes = map[string]outcome{
	"code_suggestion_shown_in_ide":    {schemas.CodeSuggestionShown, "shown", schemas.DecidedByUnknown},
	"code_suggestion_accepted_in_ide": {schemas.CodeSuggestionAccepted, "outcome", schemas.DecidedByHuman},
	"code_suggestion_rejected_in_ide": {schemas.CodeSuggestionRejected, "outcome", schemas.DecidedByUnknown},
}

// Map implements intake.Mapping. Like GitLab, it checks the whole request before it takes any of it.
func (Mapping) Map(r intake.Request) (intake.Result, error) {
	if _, err := jsonbody.Check(r.Body); err != nil {
		return intake.Result{}, err
	}
	items := []json.RawMessage{r.Body}
	if r.Path == manyPath {
		var batch struct {
			Events *[]json.RawMessage `json:"events"`
		}
		if err := jsonbody.Decode(r.Body, &batch); err != nil {
			return intake.Result{}, err
		}
		switch {
		case batch.Events == nil:
			return intake.Result{}, intake.Refuse(400, "events is missing")
		case len(*batch.Events) > maxEvents:
			return intake.Result{}, intake.Refuse(400, "events has more than %d entries", maxEvents)
		}
		items = *batch.Events
	}
	events := make([]event, len(items))
	for i, item := range items {
		if err := jsonbody.Decode(item, &events[i]); err != nil {
			return intake.Result{}, err
		}
		if events[i].Event == nil || *events[i].Event == "" {
			return intake.Result{}, intake.Refuse(400, "event is missing")
		}
	}
	return build(events, items, r.Received), nil
}

func build(events []event, items []json.RawMessage, received time.Time) intake.Result {
	result := intake.Result{Answer: func(intake.Outcome) intake.Answer {
		return intake.Answer{Status: http.StatusOK, Type: "application/json", Body: []byte("{}")}
	}}
	for i, e := range events {
		o, known := outcomes[*e.Event]
		if !known {
			result.Ignored++
			continue
		}
		draft, problem := suggestion(e, o, received, i)
		if problem != "" {
			result.Rejected = append(result.Rejected, intake.Rejected{Index: i, Reason: problem, Dead: true, Raw: append([]byte(nil), items[i]...)})
			continue
		}
		result.Drafts = append(result.Drafts, draft)
	}
	return result
}

// suggestion maps one event. Where it has no id, its time and its place in the request tell it from others; where it has no
// time either, the time of receipt.
func suggestion(e event, o outcome, received time.Time, index int) (intake.Draft, string) {
	var p properties
	if e.Properties != nil {
		p = *e.Properties
	}
	id, ok := text(p.TrackingID)
	language, okLanguage := text(p.Language)
	stamp, okStamp := text(p.Timestamp)
	size, okSize := number(p.Size)
	switch {
	case !ok || len(id) > terms.MaxText:
		return intake.Draft{}, "unique_tracking_id is no id"
	case !okLanguage || len(language) > terms.MaxText:
		return intake.Draft{}, "language is no language"
	case !okSize:
		return intake.Draft{}, "suggestion_size is no number"
	case !okStamp:
		return intake.Draft{}, terms.ErrTimeUnreadable.Error()
	}
	at := received.UTC()
	if stamp != "" {
		var err error
		if at, err = terms.Time(stamp); err != nil {
			return intake.Draft{}, err.Error()
		}
	}
	if err := terms.Credible(at, received); err != nil {
		return intake.Draft{}, err.Error()
	}
	project := ""
	if e.ProjectID != nil {
		project = "gitlab/" + strconv.FormatInt(*e.ProjectID, 10)
	}
	eventID := schemas.DerivedID(source, o.group, id)
	if id == "" {
		eventID = schemas.DerivedID(source, *e.Event, at.Format(time.RFC3339Nano), project, language, size, strconv.Itoa(index))
	}
	c := &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: eventID, OccurredAt: at, Source: source}, Kind: o.kind, DecidedBy: o.by,
		Feature: "inline_completion", Language: terms.Language(language), SuggestionID: terms.ID(id)}
	c.FileID = cmp.Or(c.SuggestionID, c.EventID)
	if size != "" {
		c.Attributes = map[string]string{"suggestion_size": size}
	}
	return intake.Draft{Event: c, Index: index, Repo: project}, ""
}

// text reads text or null.
func text(raw json.RawMessage) (string, bool) {
	var s *string
	if len(raw) > 0 && json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	if s == nil {
		return "", true
	}
	return *s, true
}

// number reads a number from 0 on, or null, and writes it as text.
func number(raw json.RawMessage) (string, bool) {
	var n *float64
	if len(raw) > 0 && json.Unmarshal(raw, &n) != nil {
		return "", false
	}
	if n == nil {
		return "", true
	}
	return strconv.FormatFloat(*n, 'f', -1, 64), *n >= 0 && *n <= math.MaxInt32
}
