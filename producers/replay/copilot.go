package replay

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/schemas"
)

// The Copilot study: Mozannar et al., "Reading Between the Lines", CHI 2024 (microsoft/coderec_programming_states).
// The recording doesn't name the model behind Copilot in August 2022.
const (
	copilotSource = "copilot"
	copilotModel  = "copilot-2022"
	studyName     = "copilot_study"
)

// checkpoints are when Copilot measures what is left of an accepted suggestion, seconds after acceptance.
var checkpoints = [5]int32{15, 30, 120, 300, 600}

var copilotKinds = map[string]schemas.CodeKind{
	"Shown":    schemas.CodeSuggestionShown,
	"Replay":   schemas.CodeSuggestionReshown,
	"Browsing": schemas.CodeSuggestionBrowsed,
	"Accepted": schemas.CodeSuggestionAccepted,
	"Rejected": schemas.CodeSuggestionRejected,
}

type copilotLine struct {
	Session      *int64             `json:"session"`
	Row          *int64             `json:"row"`
	UserID       int64              `json:"user_id"`
	At           time.Time          `json:"at"`
	State        string             `json:"state"`
	Suggestion   string             `json:"suggestion"`
	PromptTail   string             `json:"prompt_tail"`
	Measurements map[string]float64 `json:"measurements"`
	Edit         []float64          `json:"edit_percentage"`
	EditMeasured bool               `json:"edit_measured"`
	Activity     string             `json:"labeled_state"`
	Task         string             `json:"task"`
}

// copilotReader keeps, per session, which suggestion is on display and the survival observations that are due later.
type copilotReader struct {
	sealer
	suggestions map[int64]string
	due         map[int64][]*schemas.CodeEvent
}

func newCopilotReader(s sealer) *copilotReader {
	return &copilotReader{s, map[int64]string{}, map[int64][]*schemas.CodeEvent{}}
}

func (r *copilotReader) accepts(keys map[string]bool) bool {
	return keys["session"] && keys["row"] && keys["state"] && keys["suggestion"]
}

func (r *copilotReader) events(line []byte) ([]schemas.Event, error) {
	var l copilotLine
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, describe(err)
	}
	kind, known := copilotKinds[l.State]
	switch {
	case l.Session == nil || l.Row == nil:
		return nil, errors.New("session or row is missing")
	case !known:
		return nil, errors.New("state is none of Shown, Replay, Browsing, Accepted, Rejected")
	case kind == schemas.CodeSuggestionAccepted && l.EditMeasured && len(l.Edit) != len(checkpoints):
		return nil, fmt.Errorf("edit_percentage has %d values, want %d", len(l.Edit), len(checkpoints))
	case slices.ContainsFunc(l.Edit, func(v float64) bool { return v < 0 || v > 1 }):
		return nil, errors.New("edit_percentage has a value outside 0 to 1")
	}
	session, row := strconv.FormatInt(*l.Session, 10), strconv.FormatInt(*l.Row, 10)
	suggestion, ok := r.suggestions[*l.Session]
	if kind == schemas.CodeSuggestionShown || !ok {
		suggestion = schemas.DerivedID(studyName, "suggestion", session, row)
		r.suggestions[*l.Session] = suggestion
	}
	e := &schemas.CodeEvent{
		Envelope: r.envelope(schemas.DerivedID(studyName, session, row), l.At.UTC(), copilotSource),
		Kind:     kind, SuggestionID: suggestion,
		// The study has one file per session.
		FileID: r.token("file", studyName+"/"+session), SessionID: studyName + "/" + session, // of a published study, no secret
		UserToken: r.token("user", studyName+"/"+strconv.FormatInt(l.UserID, 10)),
		Model:     copilotModel, Feature: "inline_completion", Language: "python", Task: l.Task,
		Attributes: map[string]string{"activity": l.Activity},
	}
	e.Chars, e.Lines = measure(l.Suggestion)
	e.CompletionTokens = measurement(l, "numTokens")
	switch kind {
	case schemas.CodeSuggestionShown:
		// What is reshown has waited on screen or in the cache since: only the first display tells the latency.
		e.LatencyMs = measurement(l, "timeSinceIssuedMs")
	case schemas.CodeSuggestionAccepted:
		e.AcceptedChars, e.AcceptedLines = e.Chars, e.Lines
		fallthrough
	case schemas.CodeSuggestionRejected:
		e.DecidedBy, e.DecisionMs = schemas.DecidedByHuman, measurement(l, "timeSinceDisplayedMs")
	}
	if kind != schemas.CodeSuggestionReshown && kind != schemas.CodeSuggestionRejected { // the showing has the same text
		var err error
		if e.Sealed, e.SealKeyID, err = r.payload(e, schemas.Payload{Code: l.Suggestion, Prompt: l.PromptTail}); err != nil {
			return nil, err
		}
	}
	if err := producers.Validate(e); err != nil {
		return nil, err // its time must not release what is due
	}
	events := append(r.dueUntil(*l.Session, e.OccurredAt), e)
	if kind == schemas.CodeSuggestionAccepted && l.EditMeasured {
		r.observe(*l.Session, e, l.Edit)
	}
	return events, nil
}

// observe notes the survival observations of an accepted suggestion. The same numbers stand on its other lines.
func (r *copilotReader) observe(session int64, accepted *schemas.CodeEvent, edit []float64) {
	for i, seconds := range checkpoints {
		o := *accepted
		o.EventID = schemas.DerivedID(accepted.EventID, "survival", strconv.Itoa(int(seconds)))
		o.OccurredAt = accepted.OccurredAt.Add(time.Duration(seconds) * time.Second)
		o.Kind, o.DecidedBy = schemas.CodeSurvivalObserved, schemas.DecidedByUnknown
		o.DecisionMs, o.CompletionTokens = schemas.Opt[int64]{}, schemas.Opt[int64]{}
		o.Sealed, o.SealKeyID, o.Attributes = nil, "", nil
		o.CheckpointS, o.Survival, o.SurvivalMethod, o.Reported = schemas.Some(seconds), schemas.Some(1-edit[i]), "edit_distance", true
		r.due[session] = append(r.due[session], &o)
	}
	slices.SortStableFunc(r.due[session], byTime)
}

func byTime(a, b *schemas.CodeEvent) int { return a.OccurredAt.Compare(b.OccurredAt) }

// dueUntil returns the session's observations up to a time, so that the events of its file stay in the order of time.
func (r *copilotReader) dueUntil(session int64, at time.Time) []schemas.Event {
	waiting := r.due[session]
	n, _ := slices.BinarySearchFunc(waiting, at, func(e *schemas.CodeEvent, at time.Time) int {
		return cmp.Or(e.OccurredAt.Compare(at), -1) // those at the very time too
	})
	events := make([]schemas.Event, n, n+1)
	for i, e := range waiting[:n] {
		events[i] = e
	}
	r.due[session] = waiting[n:]
	return events
}

func (r *copilotReader) rest() ([]schemas.Event, error) {
	var events []schemas.Event
	for _, session := range slices.Sorted(maps.Keys(r.due)) {
		for _, e := range r.due[session] {
			events = append(events, e)
		}
	}
	clear(r.due)
	return events, nil
}

func measurement(l copilotLine, name string) schemas.Opt[int64] {
	v, ok := l.Measurements[name]
	if !ok {
		return schemas.Opt[int64]{}
	}
	return schemas.Some(int64(v))
}
