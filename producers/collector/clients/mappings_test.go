package clients_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/assayhq/assay/producers/collector/clients"
	"github.com/assayhq/assay/producers/collector/intake"
)

// request is one of testdata: made up, with all fields that a client sends.
type request struct {
	Path string
	Body json.RawMessage
}

func requests(t testing.TB, client string) []request {
	t.Helper()
	var list []request
	content, err := os.ReadFile(filepath.Join("testdata", client+".json"))
	if err == nil {
		err = json.Unmarshal(content, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Any bytes get events, a reason or a refusal with one, and no event without what consumers rely on.
func FuzzOTLP(f *testing.F) {
	for _, client := range []string{"claude_code", "gemini_cli", "codex", "copilot_chat"} {
		for _, r := range requests(f, client) {
			f.Add(strings.HasSuffix(r.Path, "logs"), true, []byte(r.Body))
			var decoded collogs.ExportLogsServiceRequest
			if err := protojson.Unmarshal(r.Body, &decoded); err == nil {
				wire, err := proto.Marshal(&decoded)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(true, false, wire)
			}
		}
	}
	mapping := clients.OTLP()
	f.Fuzz(func(t *testing.T, isLogs, text bool, body []byte) {
		r := intake.Request{Method: "POST", Path: "/v1/metrics", Body: body, Received: received, Header: http.Header{"Content-Type": {"application/x-protobuf"}}}
		if isLogs {
			r.Path = "/v1/logs"
		}
		if text {
			r.Header.Set("Content-Type", "application/json")
		}
		result, err := mapping.Map(r)
		var refused *intake.Refusal
		if err != nil && (!errors.As(err, &refused) || refused.Reason == "" || refused.Status < 400 || refused.Status > 499) {
			t.Fatalf("no refusal: %v", err)
		}
		for _, d := range result.Drafts {
			if env := d.Event.Env(); env.EventID == "" || env.Source == "" || env.OccurredAt.IsZero() || d.Event.Key() == "" {
				t.Fatalf("%+v", d.Event)
			}
			if len(d.Event.AppendAvro(nil)) > 64<<10 {
				t.Fatalf("an event of %d bytes in the clear", len(d.Event.AppendAvro(nil)))
			}
		}
		for _, x := range result.Rejected {
			if x.Reason == "" || x.Dead && len(x.Raw) == 0 {
				t.Fatalf("%+v", x)
			}
		}
		if result.Answer != nil {
			result.Answer(intake.Outcome{Rejected: result.Rejected})
		}
	})
}

// A session of Claude Code, as its exporter sends it.
func BenchmarkClaudeCodeLogs(b *testing.B) {
	var decoded collogs.ExportLogsServiceRequest
	var records []*logs.LogRecord
	for _, r := range requests(b, "claude_code")[:6] {
		decoded.Reset()
		if err := protojson.Unmarshal(r.Body, &decoded); err != nil {
			b.Fatal(err)
		}
		records = append(records, decoded.ResourceLogs[0].ScopeLogs[0].LogRecords...)
	}
	decoded.ResourceLogs[0].ScopeLogs[0].LogRecords = slices.Repeat(records, 16)
	asJSON, err := protojson.Marshal(&decoded)
	if err != nil {
		b.Fatal(err)
	}
	wire, err := proto.Marshal(&decoded)
	if err != nil {
		b.Fatal(err)
	}
	mapping := clients.OTLP()
	for kind, body := range map[string][]byte{"application/json": asJSON, "application/x-protobuf": wire} {
		b.Run(strings.TrimPrefix(kind, "application/"), func(b *testing.B) {
			r := intake.Request{Method: "POST", Path: "/v1/logs", Body: body, Received: received, Header: http.Header{"Content-Type": {kind}}}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				result, err := mapping.Map(r)
				if err != nil || len(result.Drafts) != 96 {
					b.Fatalf("%v: %d drafts, %v", err, len(result.Drafts), result.Rejected)
				}
			}
			b.ReportMetric(float64(b.N)*96/b.Elapsed().Seconds(), "records/s")
		})
	}
}
