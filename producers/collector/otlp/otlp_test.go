package otlp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/otlp"
	"github.com/assayhq/assay/schemas"
)

var received = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// table is of a client that only tests have.
func table() *otlp.Client {
	return &otlp.Client{
		Source: "hal", Prefix: "hal.", Services: []string{"hal-9000"}, Scopes: []string{"hal.scope"},
		User: []string{"user"}, Session: []string{"session"}, Model: []string{"model"}, Content: []string{"text"},
		Events: map[string]func(*otlp.Record){"said": func(r *otlp.Record) {
			e := r.Chat(schemas.ChatPromptSent)
			e.DurationMs = r.Millis("ms")
			r.Seal(schemas.Payload{Text: r.Content("text")})
		}},
		Metrics: map[string][]string{"words": {"kind"}, "pauses": {}},
	}
}

func send(path, kind string, body []byte) (intake.Result, error) {
	return otlp.New(table()).Map(intake.Request{Method: "POST", Path: path, Body: body, Received: received, Header: http.Header{"Content-Type": {kind}}})
}

// said is a request with one record, whose fields come as they are.
func said(resource, scope, record string) string {
	return fmt.Sprintf(`{"resourceLogs":[{"resource":{"attributes":[%s]},"scopeLogs":[{"scope":{"name":%q},"logRecords":[%s]}]}]}`, resource, scope, record)
}

func text(key, value string) string {
	return fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, key, value)
}

func logs(t *testing.T, body string) intake.Result {
	t.Helper()
	r, err := send("/v1/logs", "application/json", []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return r
}

func TestFindsTheClient(t *testing.T) {
	named := `{"attributes":[` + text("event.name", "said") + `]}`
	for body, known := range map[string]bool{
		said(text("service.name", "hal-9000"), "", named):                                                      true,
		said("", "hal.scope", named):                                                                           true,
		said("", "x", `{"attributes":[`+text("event.name", "hal.said")+`]}`):                                   true,
		said("", "x", named):                                                                                   false,
		said(text("service.name", "nginx"), "", `{"body":{"stringValue":"GET /"}}`):                            false,
		said("", "hal.scope", `{"body":{"stringValue":"hal.said"}}`):                                           true,
		said("", "hal.scope", `{"eventName":"said","body":null}`):                                              true,
		said("", "hal.scope", `{"eventName":"at hal.go:7","attributes":[`+text("event.name", "hal.said")+`]}`): true,
		said("", "hal.scope", `{"attributes":[`+text("event.name", "hal.sang")+`]}`):                           false,
	} {
		if r := logs(t, body); len(r.Drafts) != 1 && known || !known && r.Ignored != 1 {
			t.Errorf("%s: %+v", body, r)
		}
	}
	if r := logs(t, said("", "hal.scope", `{"body":{"stringValue":"hal said something"}}`)); len(r.Rejected) != 1 || !r.Rejected[0].Dead {
		t.Errorf("a record that names no event: %+v", r)
	}
}

func TestTimes(t *testing.T) {
	nano := func(at time.Time) string { return strconv.FormatInt(at.UnixNano(), 10) }
	a, b, c := received.Add(-time.Hour), received.Add(-2*time.Hour), received.Add(-3*time.Hour)
	stamp := text("event.timestamp", b.Format(time.RFC3339))
	name := text("event.name", "said")
	for record, want := range map[string]time.Time{
		`{"timeUnixNano":"` + nano(a) + `","observedTimeUnixNano":"` + nano(c) + `","attributes":[` + name + `,` + stamp + `]}`: a,
		`{"timeUnixNano":"0","observedTimeUnixNano":"` + nano(c) + `","attributes":[` + name + `,` + stamp + `]}`:               b,
		`{"timeUnixNano":0,"observedTimeUnixNano":"` + nano(c) + `","attributes":[` + name + `]}`:                               c,
		`{"attributes":[` + name + `]}`: received,
	} {
		if r := logs(t, said("", "hal.scope", record)); len(r.Drafts) != 1 || !r.Drafts[0].Event.Env().OccurredAt.Equal(want) {
			t.Errorf("%s: %+v, want %v", record, r, want)
		}
	}
	for _, record := range []string{
		`{"timeUnixNano":"9999999999999999999","attributes":[` + name + `]}`, `{"timeUnixNano":"1","attributes":[` + name + `]}`,
		`{"attributes":[` + name + `,` + text("event.timestamp", "soon") + `]}`,
	} {
		if r := logs(t, said("", "hal.scope", record)); len(r.Rejected) != 1 || !r.Rejected[0].Dead {
			t.Errorf("%s: %+v", record, r)
		}
	}
}

// Traps of exporters: empty values, null, ids in hex, fields of newer versions, identity moved to the resource.
func TestOddities(t *testing.T) {
	record := `{"body":null,"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","flags":1,"newField":{"a":1},"attributes":[` +
		text("event.name", "said") + `,{"key":"ms","value":{}},{"key":"model","value":{"stringValue":""}},{"key":"list","value":{"arrayValue":{"values":[{"intValue":1}]}}}]}`
	r := logs(t, said(text("session", "11111111-2222-4333-8444-555555555555")+","+text("user", "Zoe@Example.org")+","+text("model", "hal"), "hal.scope", record))
	if len(r.Drafts) != 1 {
		t.Fatalf("%+v", r)
	}
	if e, d := r.Drafts[0].Event.(*schemas.ChatEvent), r.Drafts[0]; e.ConversationID != "11111111-2222-4333-8444-555555555555" || e.DurationMs.Set || e.Model != "hal" || d.User != "zoe@example.org" {
		t.Errorf("%+v %+v", e, d)
	}
}

func TestRefusals(t *testing.T) {
	for body, status := range map[[3]string]int{
		{"/v1/logs", "application/json", "{"}:                                                    400,
		{"/v1/logs", "application/json", ""}:                                                     400,
		{"/v1/logs", "application/json", `{"resourceLogs":{}}`}:                                  400,
		{"/v1/logs", "application/json", said(`{"key":"k","value":{"intValue":"12x"}}`, "", "")}: 400,
		{"/v1/logs", "application/json", "{\"resourceLogs\":[],\"a\":\"\xff\"}"}:                 400,
		{"/v1/logs", "application/x-protobuf", "{}"}:                                             400,
		{"/v1/metrics", "application/x-protobuf", "\x0a\xff"}:                                    400,
		{"/v1/logs", "text/plain", "{}"}:                                                         415,
		{"/v1/logs", "", "{}"}:                                                                   415,
		{"/v1/wishes", "application/json", "{}"}:                                                 404,
		{"/v1/logs", "application/json", said(text("k", strings.Repeat("x", 70<<10)), "", "")}:   413,
	} {
		var refused *intake.Refusal
		if r, err := send(body[0], body[1], []byte(body[2])); !errors.As(err, &refused) || refused.Status != status || strings.Contains(refused.Reason, "12x") {
			t.Errorf("%.80q: %v, %+v", body, err, r)
		}
	}
	for _, empty := range [][3]string{{"/v1/logs", "application/json", "{}"}, {"/v1/metrics", "application/x-protobuf", ""}, {"/v1/traces", "application/x-protobuf", "anything"}} {
		if r, err := send(empty[0], empty[1], []byte(empty[2])); err != nil || len(r.Drafts)+len(r.Rejected) > 0 || r.Answer(intake.Outcome{}).Status != 200 {
			t.Errorf("%q: %v, %+v", empty, err, r)
		}
	}
}

func TestAnswers(t *testing.T) {
	bad := intake.Outcome{Rejected: []intake.Rejected{{Index: 3, Reason: "ms is no number"}}}
	for path, reply := range map[string]proto.Message{"/v1/logs": &collogs.ExportLogsServiceResponse{}, "/v1/metrics": &colmetrics.ExportMetricsServiceResponse{}} {
		for kind, decode := range map[string]func([]byte, proto.Message) error{"application/json": protojson.Unmarshal, "application/x-protobuf": proto.Unmarshal} {
			empty := map[string]string{"application/json": "{}"}[kind]
			r, err := send(path, kind, []byte(empty))
			if err != nil {
				t.Fatal(err)
			}
			a := r.Answer(bad)
			if err := decode(a.Body, reply); err != nil || a.Type != kind || a.Status != 200 {
				t.Fatalf("%s %s: %v %+v", path, kind, err, a)
			}
			if said := protojson.Format(reply); !strings.Contains(said, "ms is no number") || !strings.Contains(said, `"1"`) {
				t.Errorf("%s %s: %s", path, kind, said)
			}
		}
	}
}

// What is dead can be posted again as it lies there.
func TestDeadLettersCanBePosted(t *testing.T) {
	r := logs(t, said(text("service.name", "hal-9000"), "", `{"attributes":[`+text("event.name", "said")+`,`+text("ms", "soon")+`]},{"attributes":[`+text("event.name", "said")+`]}`))
	if len(r.Drafts) != 1 || len(r.Rejected) != 1 {
		t.Fatalf("%+v", r)
	}
	again := logs(t, strings.Replace(string(r.Rejected[0].Raw), "soon", "12", 1))
	if len(again.Drafts) != 1 || again.Drafts[0].Event.(*schemas.ChatEvent).DurationMs.Value != 12 {
		t.Errorf("%+v", again)
	}
}

// Ids don't depend on the encoding, and differ wherever what is said differs.
func TestIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf(`{"timeUnixNano":"%d","attributes":[%s,{"key":"ms","value":{"intValue":%d}},%s]}`, received.UnixNano()-rapid.Int64Range(0, 2).Draw(t, "ago"),
				text("event.name", "said"), rapid.IntRange(0, 2).Draw(t, "ms"), text("text", rapid.StringMatching("[a-c]").Draw(t, "text")))
		}), 1, 6).Draw(t, "records")
		body := said("", "hal.scope", strings.Join(records, ","))
		var request collogs.ExportLogsServiceRequest
		if err := protojson.Unmarshal([]byte(body), &request); err != nil {
			t.Fatal(err)
		}
		wire, err := proto.Marshal(&request)
		if err != nil {
			t.Fatal(err)
		}
		a, err := send("/v1/logs", "application/json", []byte(body))
		b, err2 := send("/v1/logs", "application/x-protobuf", wire)
		if err := errors.Join(err, err2); err != nil || len(a.Drafts) != len(records) {
			t.Fatalf("%v %+v", err, a)
		}
		seen := map[string]bool{}
		for i, d := range a.Drafts {
			id := d.Event.Env().EventID
			if id != b.Drafts[i].Event.Env().EventID || seen[id] {
				t.Fatalf("record %d has id %s, as protobuf %s", i, id, b.Drafts[i].Event.Env().EventID)
			}
			seen[id] = true
		}
	})
}

func metric(data string) []byte {
	return []byte(`{"resourceMetrics":[{"scopeMetrics":[{"scope":{"name":"hal.scope"},"metrics":[` + data + `]}]}]}`)
}

func TestMetrics(t *testing.T) {
	start, end := received.Add(-90*time.Second), received.Add(-30*time.Second)
	times := fmt.Sprintf(`"startTimeUnixNano":"%d","timeUnixNano":"%d"`, start.UnixNano(), end.UnixNano())
	for _, c := range []struct {
		data, temporality, breakdown, count string
		value                               float64
	}{
		{`{"name":"hal.words","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{` + times + `,"asInt":"7","attributes":[` + text("kind", "verb") + `]}]}}`, "delta", "kind=verb", "", 7},
		{`{"name":"hal.words","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","dataPoints":[{` + times + `,"asDouble":-1.5}]}}`, "cumulative", "total", "", -1.5},
		{`{"name":"words","gauge":{"dataPoints":[{"timeUnixNano":"` + strconv.FormatInt(start.UnixNano(), 10) + `","asDouble":3}]}}`, "gauge", "total", "", 3},
		{`{"name":"hal.pauses","unit":"ms","histogram":{"aggregationTemporality":2,"dataPoints":[{` + times + `,"count":"4","sum":195,"bucketCounts":["4"],"explicitBounds":[]}]}}`, "cumulative", "total", "4", 195},
		{`{"name":"hal.pauses","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{` + times + `,"count":"2","sum":9}]}}`, "delta", "total", "2", 9},
	} {
		r, err := send("/v1/metrics", "application/json", metric(c.data))
		if err != nil || len(r.Drafts) != 1 {
			t.Errorf("%s: %v, %+v", c.data, err, r)
			continue
		}
		e := r.Drafts[0].Event.(*schemas.CodeEvent)
		period := map[bool]int64{true: 0, false: 60}[c.temporality == "gauge"]
		if e.Value.Value != c.value || e.Attributes["temporality"] != c.temporality || e.Breakdown != c.breakdown || e.Attributes["count"] != c.count || !e.OccurredAt.Equal(start) || e.PeriodS.Value != period {
			t.Errorf("%s: %+v", c.data, e)
		}
	}
	for reason, data := range map[string]string{
		"it has no value":                         `{"name":"hal.words","gauge":{"dataPoints":[{` + times + `}]}}`,
		"its value is no number":                  `{"name":"hal.words","gauge":{"dataPoints":[{` + times + `,"asDouble":"NaN"}]}}`,
		"its histogram has no sum":                `{"name":"hal.words","histogram":{"aggregationTemporality":1,"dataPoints":[{` + times + `,"count":"1"}]}}`,
		"its period doesn't start before its end": `{"name":"hal.words","sum":{"aggregationTemporality":1,"dataPoints":[{"startTimeUnixNano":"` + strconv.FormatInt(received.UnixNano(), 10) + `","timeUnixNano":"` + strconv.FormatInt(end.UnixNano(), 10) + `","asInt":"1"}]}}`,
	} {
		r, err := send("/v1/metrics", "application/json", metric(data))
		if err != nil || len(r.Rejected) != 1 || r.Rejected[0].Reason != reason || !json.Valid(r.Rejected[0].Raw) {
			t.Errorf("%s: %v, %+v", reason, err, r)
		}
	}
	huge := `{"name":"hal.words","gauge":{"dataPoints":[{` + times + `,"asInt":"1","attributes":[` + text("kind", strings.Repeat("x", 300<<10)) + `]}]}}`
	if r, err := send("/v1/metrics", "application/json", metric(huge)); err != nil || len(r.Rejected) != 1 || !r.Rejected[0].Dead {
		t.Errorf("a huge attribute: %v, %d events", err, len(r.Drafts))
	}
	if r, err := send("/v1/metrics", "application/json", metric(`{"name":"hal.words","gauge":{"dataPoints":[{`+times+`,"flags":1}]}}`)); err != nil || r.Ignored != 1 {
		t.Errorf("a point without recorded value: %v, %+v", err, r)
	}
}
