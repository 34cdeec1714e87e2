package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// lagLine is what `assay lag --json` prints of a partition.
type lagLine struct {
	Service, Group, Topic, Status string
	Partition                     int
	Records, Lost                 int64
	Age                           *float64 `json:"age_seconds"`
	Left                          *float64 `json:"until_loss_seconds"`
	ConsumeRate                   *float64 `json:"consume_rate"`
	Drain                         *float64 `json:"drain_seconds"`
}

func TestLagTellsWhoIsBehind(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	assayJSON[report](t, "up", "--data", data, "--simulate", "1000", "--once", "--json")
	began := time.Now()
	for _, l := range assayJSON[[]lagLine](t, "lag", "--data", data, "--check", "--json", "--window", "1h") {
		if l.Status != "OK" || l.Records != 0 || l.Group != "assay-"+l.Service || l.Age == nil || *l.Age != 0 {
			t.Errorf("all was read: %+v", l)
		}
	}
	if time.Since(began) > time.Minute {
		t.Error("it observed although nothing was waiting")
	}

	assay(t, "simulate", "--data", data, "--events", "1000", "--seed", "2")
	stdout, stderr, code := assay(t, "lag", "--data", data, "--check", "--json", "--window", "200ms")
	var lags []lagLine
	if err := json.Unmarshal([]byte(stdout), &lags); code != 1 || err != nil {
		t.Fatalf("exit code %d, want 1: %v\n%s%s", code, err, stdout, stderr)
	}
	behind := map[string]int64{}
	for _, l := range lags {
		behind[l.Service] += l.Records
		if l.Records == 0 {
			continue
		}
		if l.Status != "STOP" || l.Age == nil || *l.Age < 0 || *l.Age > 600 || l.Left == nil || *l.Left < 6*24*3600 {
			t.Errorf("nobody reads it: %+v", l)
		}
		if l.ConsumeRate == nil || *l.ConsumeRate != 0 || l.Drain != nil {
			t.Errorf("nothing is consumed, so it never drains: %+v", l)
		}
	}
	if behind["warehouse"] != 1000 || behind["quality"] != 0 {
		t.Errorf("records behind: %v", behind)
	}
	table, _, code := assay(t, "lag", "--data", data, "--window", "200ms")
	if code != 0 || !strings.Contains(table, "STOP") || !strings.Contains(table, "never") {
		t.Errorf("exit code %d:\n%s", code, table)
	}
}

// TestLagExport: the canary goes through the services, is seen, and counts nowhere.
func TestLagExport(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	up := command(t, "up", "--data", data, "--simulate", "1000", "--json")
	answer, err := up.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(up.Process.Signal(os.Interrupt), up.Wait()); err != nil {
			t.Errorf("assay up: %v", err)
		}
	}()
	var before report
	if err := json.NewDecoder(answer).Decode(&before); err != nil {
		t.Fatal(err)
	}

	export := command(t, "lag", "export", "--data", data, "--http", "127.0.0.1:0", "--canary-every", "50ms")
	logged, err := export.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := export.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(logged)
	line, err := lines.ReadString('\n')
	address := regexp.MustCompile(`http=(\S+)`).FindStringSubmatch(line)
	if err != nil || address == nil {
		t.Fatalf("it said %q: %v", line, err)
	}
	for _, want := range []string{
		`assay_canary_events_total\{result="visible"\} ([3-9]|\d\d)`, `assay_canary_visible_seconds_bucket\{le="300"\} [1-9]`,
		`assay_consumer_lag_status\{partition="0",service="warehouse",status="OK",topic="assistant.chat"\} 1`,
		`assay_consumer_lag_seconds\{partition="1",service="signals",topic="assistant.code"\} 0`,
		`assay_consumer_committed_offset\{partition="0",service="warehouse",topic="assistant.code"\} [1-9]`,
	} {
		awaitMetric(t, "http://"+address[1], want)
	}
	if err := export.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err := errors.Join(err, export.Wait()); err != nil || len(rest) > 0 {
		t.Errorf("assay lag export: %v\n%s", err, rest)
	}

	after := assayJSON[report](t, "report", "--data", data, "--json")
	if after.EventsIn != before.EventsIn || after.Acceptance.rates != before.Acceptance.rates || after.Topics["quality.outcomes"] != before.Topics["quality.outcomes"] {
		t.Errorf("canaries count: %d events became %d", before.EventsIn, after.EventsIn)
	}
	if rows := query(t, data, "SELECT count() AS n FROM chat_events WHERE source = 'assay-canary'"); rows[0]["n"].(float64) < 3 {
		t.Errorf("canaries in the table: %v", rows)
	}
	if l := assayJSON[ledger](t, "audit", "--data", data, "--json"); !l.Balanced {
		t.Errorf("the ledger: %v", l.Problems)
	}
}

// awaitMetric waits until a line of the metrics matches.
func awaitMetric(t *testing.T, url, pattern string) {
	t.Helper()
	want := regexp.MustCompile(`(?m)^` + pattern)
	var body []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) { // between polls
		res, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want.Match(body) {
			return
		}
	}
	t.Fatalf("no line %s in\n%s", pattern, body)
}
