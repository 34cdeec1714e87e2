package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/tokens"
)

// TestCanaries plants secrets, addresses, paths, people and code in the strings of what clients send, sends it to the collector
// over HTTP and gRPC, lets every service work on it, and finds none of it in the clear: in no record of Kafka, no column of
// ClickHouse (both are compressed in the files), not in their files' bytes, in logs, metrics and dead letters. What the spool
// keeps is tested with the collector.
func TestCanaries(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	clients := []string{"claude_code", "codex", "continue", "copilot_chat", "gemini_cli", "gitlab_track", "tabby"}
	webhooks := []string{"github", "gitlab", "pagerduty"}
	payloads := payloadsOf(t, append(clients, webhooks...)...)
	data := filepath.Join(t.TempDir(), "data")
	up := serve(t, data, "--log-level", "debug")
	g := newGarden(t, up, "hush-"+filepath.Base(t.TempDir()))
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(g.secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, provider := range webhooks {
		if err := tokens.AddWebhook(tokensFile(data), provider, provider, secret); err != nil {
			t.Fatal(err)
		}
	}
	for _, client := range append(clients, "own") {
		var err error
		if g.tokens[client], _, err = tokens.Create(tokensFile(data), client, strings.ReplaceAll(client, "_", "-"), ""); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the tokens are known", func() bool {
		return sendLoad(t.Context(), "http://"+up.Collector+events.Path, g.tokens["own"], loadOf(0, 0, 1))
	})

	for _, p := range payloads {
		if !strings.HasSuffix(p.File, ".json") {
			continue // the same as one in JSON, or not to be parsed
		}
		text, err := os.ReadFile(shared(t, "payloads/"+p.client+"/"+p.File))
		if err != nil {
			t.Fatal(err)
		}
		path := p.path()
		if slices.Contains(webhooks, p.client) {
			path = "/v1/webhooks/" + p.client
		}
		g.sow(p.client, path, p.Headers, text)
	}
	for _, record := range events.Records {
		g.sowOwn(record)
	}
	taken, refused := g.wait()
	t.Logf("%d canaries: %d requests were taken, %d refused", len(g.planted), taken, refused)
	if taken < 2*refused || taken == 0 {
		t.Errorf("%d requests were taken, %d refused: too few canaries got in", taken, refused)
	}
	eventually(t, "everything is in ClickHouse", func() bool { return up.report().Lag == 0 })

	f := finder{t: t, planted: g.planted, seen: map[string]bool{}, read: map[string]int{}}
	rows := map[string]float64{}
	for _, row := range query(t, data, "SELECT org, toFloat64(count()) AS n FROM (SELECT org FROM code_events UNION ALL SELECT org FROM chat_events UNION ALL SELECT org FROM change_events UNION ALL SELECT org FROM dead_letters) GROUP BY org") {
		rows[row["org"].(string)] = row["n"].(float64)
	}
	for _, org := range append(append(clients, webhooks...), "own") {
		if rows[org] < 10 {
			t.Errorf("of %s only %v events are stored: the canaries didn't get in", org, rows[org])
		}
	}
	if n := query(t, data, "SELECT toFloat64(count()) AS n FROM dead_letters")[0]["n"].(float64); n < 5 {
		t.Errorf("only %v dead letters", n)
	}
	f.look("the metrics", []byte(scrape(t, up)))
	f.records(up)
	f.columns(data)
	up.stop()
	f.look("the logs", up.stderr.Bytes())
	f.files(data)
	if f.read["records"] < 1000 || f.read["columns"] < 100 || f.read["files"] < 100 {
		t.Errorf("looked at %v: too little", f.read)
	}
	t.Logf("stored: %v; looked at %v", rows, f.read)
}

func scrape(t *testing.T, up *serving) string {
	t.Helper()
	response, err := http.Get("http://" + up.Ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "assay_collector_protected_values_total") {
		t.Fatal("the metrics lack the collector's")
	}
	return string(text)
}
