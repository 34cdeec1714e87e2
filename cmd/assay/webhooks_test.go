package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/tokens"
)

// hook is a webhook's request and what must become of it.
type hook struct {
	File    string
	Expect  string
	AlsoOK  []string `json:"also_ok"`
	Headers map[string]string
}

// send posts a webhook's payload and returns what the collector says became of it.
func (h hook) send(t *testing.T, address, provider string) (status int, results events.Results) {
	t.Helper()
	body, err := os.ReadFile(shared(t, "payloads/"+provider+"/"+h.File))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/v1/webhooks/"+provider, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range h.Headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&results); err != nil {
		t.Errorf("%s/%s: an answer that is no JSON: %v", provider, h.File, err)
	}
	return response.StatusCode, results
}

// TestWebhooksAndReportsReachClickHouse posts signed webhooks to `assay up`, every one twice, pulls reports, every one twice, and
// finds in ClickHouse, once, what the collector said that it took.
func TestWebhooksAndReportsReachClickHouse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	secret := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for provider, text := range map[string]string{"github": "fixture-hmac-key", "gitlab": "fixture-token", "pagerduty": "fixture-hmac-key"} {
		shared(t, "payloads/"+provider)
		for _, s := range []string{text, "the one before it"} {
			if err := tokens.AddWebhook(tokensFile(data), provider, "acme", secret(s)); err != nil {
				t.Fatal(err)
			}
		}
	}
	up := serve(t, data)
	taken, letters := map[string]bool{}, 0
	for _, provider := range []string{"github", "gitlab", "pagerduty"} {
		text, err := os.ReadFile(shared(t, "payloads/"+provider+"/index.json"))
		if err != nil {
			t.Fatal(err)
		}
		var index struct{ Files, Malformed []hook }
		if err := json.Unmarshal(text, &index); err != nil {
			t.Fatal(err)
		}
		for _, h := range slices.Concat(index.Files, index.Malformed) {
			status, results := h.send(t, up.Collector, provider)
			again, repeated := h.send(t, up.Collector, provider)
			if status != again || !slices.Equal(results.Accepted, repeated.Accepted) {
				t.Errorf("%s/%s: %d %v, and again %d %v", provider, h.File, status, results, again, repeated)
			}
			repeats := len(results.Accepted) > 0 && taken[results.Accepted[0]]
			for _, id := range results.Accepted {
				taken[id] = true
			}
			letters += len(results.Rejected)
			got := map[bool]string{true: "accept_ignore_unknown", false: "reject_400"}[status/100 == 2]
			switch {
			case len(results.Rejected) > 0:
				got = "dead_letter"
			case repeats:
				got = "accept_dedup"
			case len(results.Accepted) > 0:
				got = "accept"
			}
			// What is told from another file by its text alone is the same fact.
			if got != h.Expect && !slices.Contains(h.AlsoOK, got) && !(got == "accept_dedup" && (h.Expect == "accept" || slices.Contains(h.AlsoOK, "accept"))) {
				t.Errorf("%s/%s: %d and %s, want %s %v", provider, h.File, status, got, h.Expect, h.AlsoOK)
			}
		}
	}
	eventually(t, "the webhooks are in ClickHouse", func() bool { return up.report().Lag == 0 })
	stored := query(t, data, `SELECT toUInt32(count()) AS n, toUInt32(uniqExact(event_id)) AS distinct, toUInt32(countIf(topic = 'letters')) AS letters FROM (
		SELECT event_id, 'code' AS topic FROM code_events UNION ALL SELECT event_id, 'change' FROM change_events UNION ALL SELECT event_id, 'letters' FROM dead_letters WHERE part = 0)`)[0]
	if want := float64(len(taken) + letters); stored["n"] != want || stored["distinct"] != want || stored["letters"] != float64(letters) {
		t.Errorf("%v, want %d events and %d letters", stored, len(taken), letters)
	}
	for sql, want := range map[string]string{
		// Lead times and times to restore, as the payloads' index gives them.
		"SELECT open_s FROM delivery_changes ORDER BY merged_at": "45 5400",
		// PagerDuty's was reopened.
		"SELECT toUInt32(restore_s) AS s FROM delivery_incidents WHERE restore_s IS NOT NULL ORDER BY s": "9000 10800",
		// Nobody's name, no repository, no file and no title is in the clear.
		"SELECT count() FROM (SELECT toString(tuple(*)) AS text FROM change_events UNION ALL SELECT toString(tuple(*)) FROM code_events) WHERE match(text, '(?i)codertocat|hello-world|gitlab-test|woodpecker|readme|update client|example.com|checkout')": "0",
		"SELECT count() FROM delivery_incidents WHERE NOT resolved":                                                                                                        "1",
		"SELECT count() FROM change_events WHERE change_id = '' OR incident_id != '' AND change_id != incident_id":                                                         "0",
		"SELECT count() FROM change_events WHERE kind = 'change_merged' AND (repo_token = '' OR author_token = '' AND source = 'github' OR base_branch IN ('', 'master'))": "0",
	} {
		var got []string
		for _, row := range query(t, data, sql) {
			for _, v := range row {
				got = append(got, strings.Trim(fmt.Sprint(v), `"`))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", sql, got, want)
		}
	}
	testPulls(t, data, up)
}

func testPulls(t *testing.T, data string, up *serving) {
	folder := shared(t, "payloads/copilot_metrics")
	files, err := filepath.Glob(filepath.Join(folder, "organization-28-day*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no reports: %v", err)
	}
	for range 2 {
		for _, name := range append(files, filepath.Join(folder, "malformed", "truncated.ndjson"), filepath.Join(folder, "malformed", "empty-string.json")) {
			out := assayJSON[struct{ Sources []pulled }](t, "pull", "copilot", "--data", data, "--org", "acme", "--json", name)
			if p := out.Sources[0]; (p.DeadLetters > 0) != strings.Contains(name, "truncated") || (p.Events == 0) != strings.Contains(name, "empty") {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
	eventually(t, "the reports are in ClickHouse", func() bool { return up.report().Lag == 0 })
	row := query(t, data, `SELECT toUInt32(count()) AS days, sum(generated) AS generated, sum(accepted) AS accepted, toUInt32(countIf(rate > 1)) AS wrong FROM copilot_acceptance_reported WHERE breakdown = 'total'`)[0]
	if row["days"] != 28.0 || row["generated"] != 3440.0 || row["accepted"] != 2548.0 || row["wrong"] != 0.0 {
		t.Errorf("%v", row)
	}
	if row := query(t, data, "SELECT toUInt32(count() - uniqExact(event_id)) AS repeats FROM code_events")[0]; row["repeats"] != 0.0 {
		t.Errorf("%v", row)
	}
}
