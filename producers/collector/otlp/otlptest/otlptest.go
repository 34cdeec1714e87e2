// Package otlptest writes OTLP requests for tests of clients' tables. It must not know any client.
package otlptest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp"
)

// Received is when requests come, and At when their records say that they happened.
var (
	Received = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	At       = Received.Add(-time.Minute)
)

// Attributes are a record's or resource's, with Go values: strings, ints, floats and booleans as such, nil as an empty value.
type Attributes map[string]any

// Logs posts log records as JSON, as JavaScript's exporter writes them, and returns what the client's table makes of them.
func Logs(t testing.TB, c *otlp.Client, resource Attributes, records ...Attributes) intake.Result {
	t.Helper()
	return post(t, c, "/v1/logs", LogsBody(t, resource, records...))
}

// LogsBody is the body alone.
func LogsBody(t testing.TB, resource Attributes, records ...Attributes) []byte {
	t.Helper()
	list := make([]any, len(records))
	for i, r := range records {
		list[i] = map[string]any{"timeUnixNano": strconv.FormatInt(At.UnixNano(), 10), "attributes": encode(r), "droppedAttributesCount": 0}
	}
	return marshal(t, map[string]any{"resourceLogs": []any{map[string]any{"resource": map[string]any{"attributes": encode(resource)},
		"scopeLogs": []any{map[string]any{"scope": map[string]any{"name": "some.scope"}, "logRecords": list}}}}})
}

// Sum posts one point of a monotonic sum, with the temporality of OTLP (1 delta, 2 cumulative).
func Sum(t testing.TB, c *otlp.Client, resource Attributes, name string, temporality int, value float64, attributes Attributes) intake.Result {
	t.Helper()
	point := map[string]any{"attributes": encode(attributes), "startTimeUnixNano": strconv.FormatInt(At.Add(-time.Minute).UnixNano(), 10),
		"timeUnixNano": strconv.FormatInt(At.UnixNano(), 10), "asDouble": value}
	metric := map[string]any{"name": name, "unit": "{count}", "sum": map[string]any{"aggregationTemporality": temporality, "isMonotonic": true, "dataPoints": []any{point}}}
	return post(t, c, "/v1/metrics", marshal(t, map[string]any{"resourceMetrics": []any{map[string]any{"resource": map[string]any{"attributes": encode(resource)},
		"scopeMetrics": []any{map[string]any{"scope": map[string]any{}, "metrics": []any{metric}}}}}}))
}

func post(t testing.TB, c *otlp.Client, path string, body []byte) intake.Result {
	t.Helper()
	r, err := otlp.New(c).Map(intake.Request{Method: "POST", Path: path, Body: body, Received: Received, Org: "acme", Client: "token",
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return r
}

func encode(attributes Attributes) []any {
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		value := map[string]any{}
		switch v := attributes[key].(type) {
		case nil:
		case string:
			value["stringValue"] = v
		case bool:
			value["boolValue"] = v
		case int:
			value["intValue"] = v
		case float64:
			value["doubleValue"] = v
		default:
			panic("otlptest: an attribute is a string, bool, int, float64 or nil")
		}
		list = append(list, map[string]any{"key": key, "value": value})
	}
	return list
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
