// Package events maps Assay's own JSON: an event's fields by their names in the schema, people, repositories, paths and code
// beside them in clear for the collector to protect. It also describes that JSON: JSON Schema and OpenAPI, derived from the
// Avro schemas. It is pure.
package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// Path is where Assay's own JSON goes.
const Path = "/v1/events"

// MaxItems bounds the events of a request.
const MaxItems = 20_000

// Mapping is the mapping of Assay's own JSON.
type Mapping struct{}

// Routes implements intake.Mapping. Others that share the path claim what is theirs.
func (Mapping) Routes() []intake.Route {
	return []intake.Route{{Method: http.MethodPost, Path: Path}}
}

// Map reads one event, an array of events, or one event a line. Every event is judged by itself.
func (Mapping) Map(r intake.Request) (intake.Result, error) {
	if !utf8.Valid(r.Body) {
		return intake.Result{}, intake.Refuse(http.StatusBadRequest, "the body is not UTF-8")
	}
	items, err := split(r)
	if err != nil {
		return intake.Result{}, err
	}
	if len(items) == 0 {
		return intake.Result{}, intake.Refuse(http.StatusBadRequest, "the body holds no event: send a JSON object, an array of them, or one a line")
	}
	if len(items) > MaxItems {
		return intake.Result{}, intake.Refuse(http.StatusRequestEntityTooLarge, "%d events in one request, at most %d pass: send several", len(items), MaxItems)
	}
	result := intake.Result{Answer: Answer, Correctable: true}
	repeats := map[string]int{}
	for i, item := range items {
		d, err := draft(r, item)
		if err != nil {
			result.Rejected = append(result.Rejected, intake.Rejected{Index: i, ID: eventID(item), Reason: err.Error()})
			continue
		}
		d.Index, d.OwnID = i, d.Event.Env().EventID != ""
		if env := d.Event.Env(); !d.OwnID {
			// Equal events of one request are as many facts; the request sent again is the same facts.
			n := repeats[string(item)]
			repeats[string(item)]++
			env.EventID = schemas.DerivedID(Path, r.Client, string(item), strconv.Itoa(n))
		}
		result.Drafts = append(result.Drafts, d)
	}
	return result, nil
}

// split returns the JSON of each event.
func split(r intake.Request) ([]json.RawMessage, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") == "" {
		kind, err = "application/json", nil
	}
	body := bytes.TrimSpace(r.Body)
	switch {
	case err == nil && (kind == "application/x-ndjson" || kind == "application/ndjson" || kind == "application/jsonl"):
		var items []json.RawMessage
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 && len(items) <= MaxItems {
				items = append(items, line)
			}
		}
		return items, nil
	case err != nil || kind != "application/json":
		return nil, intake.Refuse(http.StatusUnsupportedMediaType, "send application/json or application/x-ndjson")
	case len(body) > 0 && body[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(body, &items); err != nil {
			return nil, intake.Refuse(http.StatusBadRequest, "%v", describe(err))
		}
		return items, nil
	}
	var items []json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(body))
	for len(items) <= MaxItems {
		var item json.RawMessage
		err := decoder.Decode(&item)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, intake.Refuse(http.StatusBadRequest, "%v", describe(err))
		}
		items = append(items, item)
	}
	return items, nil
}

// eventID is the id that the client gave to an event that can't be used, if it can be read.
func eventID(item []byte) string {
	var known struct {
		ID string `json:"event_id"`
	}
	if json.Unmarshal(item, &known) != nil || len(known.ID) > 256 {
		return ""
	}
	return known.ID
}

// Results is the answer to a request.
type Results struct {
	Accepted []string `json:"accepted"` // ids of the events that are stored
	Rejected []Reject `json:"rejected,omitempty"`
	Ignored  int      `json:"ignored,omitempty"`
}

// Reject tells why an event was not accepted.
type Reject struct {
	Index  int    `json:"index"` // its place in the request, from 0
	ID     string `json:"event_id,omitempty"`
	Reason string `json:"reason"`
}

// Answer tells the client what to send again. A request of which nothing is kept is a bad one.
func Answer(o intake.Outcome) intake.Answer {
	results, kept := Results{Accepted: o.Accepted, Ignored: o.Ignored}, len(o.Accepted)+o.Ignored
	if results.Accepted == nil {
		results.Accepted = []string{}
	}
	for _, r := range o.Rejected {
		results.Rejected = append(results.Rejected, Reject{r.Index, r.ID, r.Reason})
		if r.Dead { // kept among the dead letters
			kept++
		}
	}
	status := http.StatusAccepted
	if kept == 0 {
		status = http.StatusBadRequest
	}
	body, err := json.Marshal(results)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return intake.Answer{Status: status, Type: "application/json", Body: append(body, '\n')}
}

// describe words a decoding error without the content that encoding/json quotes.
func describe(err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("%s has the wrong type (want %s)", wrong.Field, wrong.Type)
	case errors.As(err, &wrong):
		return errors.New("not a JSON object")
	case errors.As(err, &syntax):
		return fmt.Errorf("not valid JSON at byte %d", syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not valid JSON: it ends too early")
	}
	return errors.New("a value that its field can't hold")
}
