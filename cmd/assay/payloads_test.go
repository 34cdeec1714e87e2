package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"

	"github.com/assayhq/assay/producers/collector/tokens"
)

// payload is a file of what a client sends, and what must become of it.
type payload struct {
	client, org, token string

	File    string
	Expect  string
	AlsoOK  []string `json:"also_ok"`
	Path    string
	Stored  json.RawMessage
	Request struct{ Path string }
	Headers map[string]string
}

// payloadPaths are where clients send whose path their user chooses.
var payloadPaths = map[string]string{"continue": "/v1/continue", "tabby": "/v1/events"}

func payloadsOf(t *testing.T, clients ...string) (all []*payload) {
	t.Helper()
	for _, client := range clients {
		text, err := os.ReadFile(shared(t, "payloads/"+client+"/index.json"))
		if err != nil {
			t.Fatal(err)
		}
		var index struct{ Files, Malformed []*payload }
		if err := json.Unmarshal(text, &index); err != nil {
			t.Fatal(err)
		}
		for _, p := range slices.Concat(index.Files, index.Malformed) {
			if p.client = client; p.Expect != "none" {
				all = append(all, p)
			}
		}
	}
	return all
}

func (p *payload) path() string {
	switch {
	case p.Path != "":
		return p.Path
	case p.Request.Path != "":
		return p.Request.Path
	case payloadPaths[p.client] != "":
		return payloadPaths[p.client]
	case strings.Contains(p.File, "metrics"):
		return "/v1/metrics"
	}
	return "/v1/logs"
}

// post sends the file and returns the status.
func (p *payload) post(t *testing.T, address string) int {
	t.Helper()
	body, err := os.ReadFile(shared(t, "payloads/"+p.client+"/"+p.File))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+p.path(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Content-Type", "application/json")
	if strings.HasSuffix(p.File, ".pb") {
		request.Header.Set("Content-Type", "application/x-protobuf")
	}
	if strings.HasSuffix(p.File, ".gz") {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode >= 400 && !bytes.Contains(answer, []byte(`"error"`)) && !bytes.Contains(answer, []byte(`"message"`)) && !bytes.Contains(answer, []byte(`"reason"`)) {
		t.Errorf("%s/%s: refused without a reason: %.200q", p.client, p.File, answer)
	}
	return response.StatusCode
}

// stored is how many events and dead letters an organisation has.
type stored struct{ events, repeats, letters int }

// outcomes are the ways in which a request may end, by the names of the index.
var payloadOutcomes = map[string]func(status int, s stored) bool{
	"accept":                func(status int, s stored) bool { return status/100 == 2 && s.events > 0 && s.letters == 0 },
	"accept_ignore_unknown": func(status int, s stored) bool { return status/100 == 2 && s.letters == 0 },
	"accept_dedup":          func(status int, s stored) bool { return status/100 == 2 && s.letters == 0 },
	"dead_letter":           func(status int, s stored) bool { return status/100 == 2 && s.letters > 0 },
	"reject_400":            func(status int, s stored) bool { return status/100 == 4 && s == stored{} },
}

// TestPayloadsOfRealClients posts what clients send, twice as after a time-out, to `assay up` and finds in ClickHouse what
// must have become of it. Every file is of an organisation of its own.
func TestPayloadsOfRealClients(t *testing.T) {
	all := payloadsOf(t, "claude_code", "codex", "continue", "copilot_chat", "gemini_cli", "gitlab_track", "tabby")
	data := filepath.Join(t.TempDir(), "data")
	up := serve(t, data)
	for i, p := range all {
		var err error
		p.org = fmt.Sprint("org-", i)
		if p.token, _, err = tokens.Create(tokensFile(data), p.org, strings.ReplaceAll(p.client, "_", "-"), ""); err != nil {
			t.Fatal(err)
		}
	}
	last := *all[len(all)-1]
	eventually(t, "the tokens are known", func() bool { return last.post(t, up.Collector) != http.StatusUnauthorized })
	statuses := map[*payload]int{}
	over := rpcOf(t, up.CollectorGRPC)
	for _, p := range all {
		for range 2 {
			statuses[p] = p.post(t, up.Collector)
		}
		if strings.HasSuffix(p.File, ".pb") {
			if ok := over(p); ok != (statuses[p]/100 == 2) {
				t.Errorf("%s/%s: %d over HTTP, and over gRPC it is taken: %v", p.client, p.File, statuses[p], ok)
			}
		}
	}
	eventually(t, "everything is in ClickHouse", func() bool { return up.report().Lag == 0 })
	found := map[string]stored{}
	for _, row := range query(t, data, `SELECT org, toUInt32(countIf(topic != 'letters')) AS events, toUInt32(count() - uniqExact(topic, event_id)) AS repeats, toUInt32(countIf(topic = 'letters')) AS letters FROM (
			SELECT org, event_id, 'code' AS topic FROM code_events UNION ALL SELECT org, event_id, 'chat' FROM chat_events
			UNION ALL SELECT org, event_id, 'letters' FROM dead_letters) GROUP BY org`) {
		found[row["org"].(string)] = stored{int(row["events"].(float64)), int(row["repeats"].(float64)), int(row["letters"].(float64))}
	}
	for _, p := range all {
		s, good := found[p.org], false
		for _, outcome := range append(p.AlsoOK, p.Expect) {
			good = good || payloadOutcomes[outcome](statuses[p], s)
		}
		if !good || s.repeats > 0 {
			t.Errorf("%s/%s: %d and %+v, want %s %v", p.client, p.File, statuses[p], s, p.Expect, p.AlsoOK)
		}
		if string(p.Stored) == "true" && s.events == 0 {
			t.Errorf("%s/%s: nothing is stored of it", p.client, p.File)
		}
	}
}

// rpcOf sends files over gRPC, as they are, and tells whether they are taken.
func rpcOf(t *testing.T, address string) func(*payload) bool {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(fileCodec{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return func(p *payload) bool {
		body, err := os.ReadFile(shared(t, "payloads/"+p.client+"/"+p.File))
		if err != nil {
			t.Fatal(err)
		}
		service := "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
		if strings.Contains(p.path(), "metrics") {
			service = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
		}
		var reply []byte
		return connection.Invoke(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+p.token), service, &body, &reply) == nil
	}
}

// fileCodec sends bytes as they are.
type fileCodec struct{}

var _ encoding.Codec = fileCodec{}

func (fileCodec) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (fileCodec) Unmarshal(data []byte, v any) error { *v.(*[]byte) = bytes.Clone(data); return nil }
func (fileCodec) Name() string                       { return "proto" }
