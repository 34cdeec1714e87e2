package events_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

func request(kind, body string) intake.Request {
	return intake.Request{Method: "POST", Path: events.Path, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body),
		Received: time.Date(2026, 1, 5, 13, 0, 0, 0, time.UTC), Org: "acme", Client: "my-plugin", Environment: schemas.EnvironmentProduction}
}

// examples are events that are good, one of each record at least.
var examples = []string{
	`{"record":"CodeEvent","event_id":"c1","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","file_id":"f","latency_ms":3,"survival":null,"attributes":{"a":"b"}}`,
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00.123+02:00","kind":"suggestion_accepted","path":"a.go","repo":"r","user":"u","team":"t","payload":{"code":"x","path":"a.go"}}`,
	`{"kind":"prompt_sent","record":"ChatEvent","occurred_at":"2026-01-05T12:00:00Z","conversation_id":"c","environment":"canary","source":"other","org":"acme"}`,
	`{"record":"ChangeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"change_opened","change_id":"7","author":"a","reviewer":"b","owner":"c","commit_ids":["x","y"]}`,
	`{"record":"EvalEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"task_result","model_id":"m","approver":"a","candidate_passed":true}`,
}

// bad are events that are refused, and what the reason must name.
var bad = map[string]string{
	`{}`: "record", `[]`: "JSON object", `"x"`: "JSON object", `{"record":7}`: "record", `{"record":"Finding"}`: "record is none",
	`{"record":"CodeEvent","kind":"suggestion_shown"}`:                                                                                "occurred_at",
	`{"record":"CodeEvent","occurred_at":"yesterday","kind":"suggestion_shown"}`:                                                      "value",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z"}`:                                                                     "kind",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"invented"}`:                                                   "kind",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","environment":"moon"}`:                      "environment",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","org":"globex"}`:                            "org",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","repo_token":"r"}`:                          "repo_token",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","sealed":"AAAA"}`:                           "sealed",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","fingerprints":[1]}`:                        "fingerprints",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","sketch":"AAAA"}`:                           "sketch",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","latency_ms":"3"}`:                          "latency_ms",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","chars":3000000000}`:                        "chars",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","payload":{"secret":"hush"}}`:               "no field secret",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","pass word hush":1}`:                        "a field",
	`{"record":"CodeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"suggestion_shown","record":"ChatEvent","conversation_id":""}`: "twice",
	`{"record":"ChatEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"reply_rated","rating":"meh"}`:                                 "rating",
	`{"record":"ChangeEvent","occurred_at":"2026-01-05T12:00:00Z","kind":"change_opened","author_token":"a"}`:                         "author_token",
}

func TestMap(t *testing.T) {
	result, err := events.Mapping{}.Map(request("application/json; charset=utf-8", "["+strings.Join(examples, ",")+"]"))
	if err != nil || len(result.Drafts) != len(examples) {
		t.Fatalf("%d drafts, rejected %+v, %v", len(result.Drafts), result.Rejected, err)
	}
	for i, d := range result.Drafts {
		if d.Index != i || d.Event.Env().EventID == "" || d.Event.Env().OccurredAt.IsZero() {
			t.Errorf("%d: %+v", i, d)
		}
	}
	first, second, change := result.Drafts[0], result.Drafts[1], result.Drafts[3]
	if first.File != "f" || first.Event.(*schemas.CodeEvent).FileID != "" || first.Event.(*schemas.CodeEvent).LatencyMs.Value != 3 {
		t.Errorf("%+v", first)
	}
	if second.User != "u" || second.Team != "t" || second.Repo != "r" || second.Path != "a.go" || second.Payload == nil || second.Payload.Code != "x" {
		t.Errorf("%+v", second)
	}
	if change.Author != "a" || change.Reviewer != "b" || change.Owner != "c" || result.Drafts[4].Approver != "a" {
		t.Errorf("%+v", change)
	}
}

func TestMapRejects(t *testing.T) {
	for item, reason := range bad {
		result, err := events.Mapping{}.Map(request("application/x-ndjson", examples[0]+"\n"+item))
		if err != nil || len(result.Drafts) != 1 || len(result.Rejected) != 1 {
			t.Errorf("%s: %d drafts, %+v, %v", item, len(result.Drafts), result.Rejected, err)
			continue
		}
		if r := result.Rejected[0]; r.Index != 1 || r.Dead || !strings.Contains(r.Reason, reason) || strings.Contains(r.Reason, "hush") {
			t.Errorf("%s: %+v, want %q", item, r, reason)
		}
	}
	many := request("application/json", "["+strings.Repeat("{},", events.MaxItems)+"{}]")
	if _, err := (events.Mapping{}).Map(many); !isRefusal(err, http.StatusRequestEntityTooLarge) {
		t.Errorf("%d items: %v", events.MaxItems+1, err)
	}
}

func isRefusal(err error, status int) bool {
	var refusal *intake.Refusal
	return errors.As(err, &refusal) && refusal.Status == status
}

// The JSON Schemas say what the mapping does.
func TestJSONSchemas(t *testing.T) {
	compiled := map[string]*jsonschema.Schema{}
	for _, record := range events.Records {
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(events.JSONSchema(record))))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(record.Name, document); err != nil {
			t.Fatal(err)
		}
		if compiled[record.Name], err = compiler.Compile(record.Name); err != nil {
			t.Fatal(err)
		}
	}
	valid := func(item string) (bool, string) {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(item))
		if err != nil {
			return false, err.Error()
		}
		fields, ok := v.(map[string]any)
		schema := compiled[fmt.Sprint(fields["record"])]
		if !ok || schema == nil {
			return false, "no record"
		}
		err = schema.Validate(v)
		return err == nil, fmt.Sprint(err)
	}
	for _, item := range examples {
		if ok, why := valid(item); !ok {
			t.Errorf("%s: %s", item, why)
		}
	}
	for item, reason := range bad {
		if reason == "org" || reason == "chars" { // what a schema can't know
			continue
		}
		if ok, _ := valid(item); ok {
			t.Errorf("%s is valid by its schema", item)
		}
	}
}

func TestOpenAPI(t *testing.T) {
	var document struct {
		OpenAPI    string `json:"openapi"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	text := events.OpenAPI("1.2.3")
	if err := json.Unmarshal(text, &document); err != nil || document.OpenAPI != "3.1.0" {
		t.Fatalf("%v, %q", err, document.OpenAPI)
	}
	for rest := string(text); ; {
		_, after, ok := strings.Cut(rest, `"#/components/schemas/`)
		if !ok {
			break
		}
		name, _, _ := strings.Cut(after, `"`)
		if document.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %q", name)
		}
		rest = after
	}
}

func FuzzMap(f *testing.F) {
	for _, item := range examples {
		f.Add("application/json", item)
		f.Add("application/x-ndjson", item+"\n"+item)
	}
	for item := range bad {
		f.Add("application/json", "["+item+"]")
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := request(kind, body)
		result, err := events.Mapping{}.Map(r)
		var refusal *intake.Refusal
		if err != nil && (!errors.As(err, &refusal) || refusal.Status/100 != 4 || refusal.Reason == "") {
			t.Fatalf("%v", err)
		}
		if len(result.Drafts)+len(result.Rejected) > events.MaxItems {
			t.Fatal("more items than may be")
		}
		again, _ := events.Mapping{}.Map(r)
		for i, d := range result.Drafts {
			if d.Event.Env().EventID == "" || d.Event.Env().EventID != again.Drafts[i].Event.Env().EventID {
				t.Fatalf("ids %q and %q", d.Event.Env().EventID, again.Drafts[i].Event.Env().EventID)
			}
		}
		for _, rejected := range result.Rejected {
			if rejected.Reason == "" {
				t.Fatal("no reason")
			}
		}
	})
}

func BenchmarkMap(b *testing.B) {
	r := request("application/x-ndjson", strings.Repeat(strings.Replace(examples[1], `"code":"x"`, `"code":"`+strings.Repeat("total += price; ", 25)+`"`, 1)+"\n", 100))
	b.SetBytes(int64(len(r.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if result, err := (events.Mapping{}).Map(r); err != nil || len(result.Drafts) != 100 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*100), "µs/event")
}
