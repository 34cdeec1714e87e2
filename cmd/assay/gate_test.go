package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector"
)

// Handlers of a web application: the first trusts what the browser sends.
const (
	unsafeHandler = `from flask import Flask, request, jsonify
import sqlite3

app = Flask(__name__)

@app.route("/customers")
def customers():
    name = request.args.get("name")
    connection = sqlite3.connect("shop.db")
    cursor = connection.cursor()
    cursor.execute("SELECT id, name, city FROM customers WHERE name = '" + name + "'")
    rows = [dict(id=row[0], name=row[1], city=row[2]) for row in cursor.fetchall()]
    connection.close()
    return jsonify(rows)
`
	unsafeQuery = `"SELECT id, name, city FROM customers WHERE name = '" + name + "'"`
	safeQuery   = `"SELECT id, name, city FROM customers WHERE name = ?", (name,)`
)

// gated is a repository whose changes the gate of a serving instance judges.
type gated struct {
	t  *testing.T
	up *serving
	n  int
}

// send posts an event of the repository as a client on this machine does.
func (g *gated) send(record, kind string, fields map[string]any) {
	g.t.Helper()
	g.n++
	event := map[string]any{"record": record, "kind": kind, "event_id": fmt.Sprint("gate-", g.n), "occurred_at": time.Now().UTC().Format(time.RFC3339Nano), "repo": "acme/shop"}
	for name, value := range fields {
		event[name] = value
	}
	body, err := json.Marshal(event)
	if err != nil {
		g.t.Fatal(err)
	}
	res, err := http.Post("http://"+g.up.Collector+"/v1/events", "application/json", bytes.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		var reason bytes.Buffer
		_, _ = reason.ReadFrom(res.Body)
		g.t.Fatalf("%s: %s %s", kind, res.Status, reason.String())
	}
}

// suggest has an assistant write code that goes into a change.
func (g *gated) suggest(id int, change, path, code string) {
	g.t.Helper()
	fields := map[string]any{"suggestion_id": fmt.Sprint(id), "change_id": change, "path": path, "language": "python", "model": "gpt-4.1",
		"payload": map[string]string{"code": code, "prompt": "# list the customers of that name\n"}}
	g.send("CodeEvent", "suggestion_shown", fields)
	g.send("CodeEvent", "suggestion_accepted", fields)
}

func (g *gated) change(kind, change, code string) {
	g.t.Helper()
	g.send("ChangeEvent", kind, map[string]any{"change_id": change, "author": "ann", "language": "python", "commit_ids": []string{fmt.Sprintf("%040x", 1000+g.n)},
		"payload": map[string]string{"code": code}})
}

// awaits waits for a decision and returns what CI is told.
func (g *gated) awaits(change, decision string, code int) decided {
	g.t.Helper()
	var d decided
	eventually(g.t, change+" is "+decision, func() bool {
		stdout, stderr, got := assay(g.t, "gate", "check", change, "--data", g.up.data, "--json")
		if err := json.Unmarshal([]byte(stdout), &d); err != nil {
			g.t.Fatalf("exit code %d: %s%s", got, stdout, stderr)
		}
		return d.Decision == decision && got == code
	})
	return d
}

// judges says something of a finding, which reaches ClickHouse when it may: the gate reads the topic.
func (g *gated) judges(args ...string) {
	g.t.Helper()
	eventually(g.t, "the finding is there", func() bool {
		_, stderr, code := assay(g.t, args...)
		if code != 0 && !strings.Contains(stderr, "there is no finding") {
			g.t.Fatal(stderr)
		}
		return code == 0
	})
}

// TestTheGate follows changes from the suggestion to the merge, as people and jobs see them.
func TestTheGate(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	text, err := os.ReadFile(filepath.Join("..", "..", "consumers", "gate", "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASSAY_GATE_POLICY", policy)
	data := filepath.Join(t.TempDir(), "data")
	g := &gated{t: t, up: serve(t, data)}

	if _, _, code := assay(t, "gate", "check", "17", "--data", data); code != gateUnclear {
		t.Errorf("exit code %d for a change that nobody knows", code)
	}
	g.suggest(1, "17", "shop/customers.py", unsafeHandler)
	g.change("change_opened", "17", unsafeHandler)
	blocked := g.awaits("17", "blocked", gateRefused)
	if len(blocked.Reasons) == 0 || !strings.Contains(blocked.Reasons[0], "CWE-89") || len(blocked.Findings) == 0 {
		t.Errorf("blocked without a good reason: %+v", blocked)
	}
	var overHTTP collector.GateAnswer
	if res, err := http.Get("http://" + g.up.Collector + "/v1/gate/17"); err != nil {
		t.Error(err)
	} else {
		err := json.NewDecoder(res.Body).Decode(&overHTTP)
		_ = res.Body.Close()
		if err != nil || overHTTP.Decision != "blocked" || len(overHTTP.Reasons) == 0 {
			t.Errorf("%s %v %+v", res.Status, err, overHTTP)
		}
	}
	if res, err := http.Get("http://" + g.up.Collector + "/v1/gate/none"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("%v %v", res, err)
	} else {
		_ = res.Body.Close()
	}

	t.Run("a fix unblocks it", func(t *testing.T) {
		fixed := strings.Replace(unsafeHandler, unsafeQuery, safeQuery, 1)
		g.suggest(2, "17", "shop/customers.py", fixed)
		g.change("change_updated", "17", fixed)
		g.awaits("17", "pass", 0)
		if rows := query(t, data, "SELECT seconds_to_decision, seconds_blocked FROM gate_times WHERE change_id = '17' AND seconds_to_free >= 0 AND blocked_at < unblocked_at"); len(rows) != 1 {
			t.Errorf("no times: %v", query(t, data, "SELECT * FROM gate_times"))
		}
	})
	t.Run("a person approves", func(t *testing.T) {
		g.suggest(3, "18", "shop/admin.py", unsafeHandler)
		g.change("change_opened", "18", unsafeHandler)
		g.awaits("18", "blocked", gateRefused)
		if _, stderr, code := assay(t, "gate", "approve", "18", "--data", data, "--by", "bob", "--reason", "internal tool, tracked elsewhere"); code != 0 {
			t.Fatal(stderr)
		}
		if d := g.awaits("18", "approved", 0); d.Reviewer == "" || d.Reviewer == "bob" || d.ReviewedAt == nil || d.ReviewReason != "internal tool, tracked elsewhere" {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("a triage is heard", func(t *testing.T) {
		g.suggest(4, "19", "shop/report.py", unsafeHandler)
		g.change("change_opened", "19", unsafeHandler)
		d := g.awaits("19", "blocked", gateRefused)
		for _, id := range d.Findings {
			g.judges("findings", "triage", "--data", data, "--by", "bob", "--", id, "false")
		}
		g.awaits("19", "pass", 0)
		if rows := query(t, data, "SELECT rule_id FROM rule_precision WHERE precision = 0 AND triaged > 0"); len(rows) == 0 {
			t.Error("no precision by triage")
		}
	})
	t.Run("a finding is suppressed", func(t *testing.T) {
		g.suggest(5, "20", "shop/export.py", unsafeHandler)
		g.change("change_opened", "20", unsafeHandler)
		d := g.awaits("20", "blocked", gateRefused)
		for _, id := range d.Findings {
			g.judges("findings", "suppress", "--data", data, "--owner", "ann", "--reason", "replaced next week", "--scope", "file", "--", id)
		}
		g.awaits("20", "pass", 0)
	})
	t.Run("a policy applies without a restart", func(t *testing.T) {
		g.suggest(6, "21", "shop/search.py", unsafeHandler)
		g.change("change_opened", "21", unsafeHandler)
		before := g.awaits("21", "blocked", gateRefused)
		changed := strings.Replace(string(text), "severity: high", "severity: critical", 1)
		if err := os.WriteFile(policy, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the policy is in force", func() bool {
			g.change("change_updated", "21", unsafeHandler) // what a policy is applied with
			rows := query(t, data, "SELECT policy_hash FROM gate_current WHERE change_id = '21' AND decision = 'awaiting_review'")
			return len(rows) == 1 && rows[0]["policy_hash"] != before.Policy
		})
	})
	t.Run("an incident asks for the revert", func(t *testing.T) {
		g.send("ChangeEvent", "change_merged", map[string]any{"change_id": "18", "commit_ids": []string{strings.Repeat("a1", 20)}})
		g.send("ChangeEvent", "incident_opened", map[string]any{"change_id": "18", "incident_id": "4711", "severity": "high"})
		if d := g.awaits("18", "revert_requested", gateRefused); len(d.Commits) != 1 || d.Commits[0] != strings.Repeat("a1", 20) {
			t.Errorf("got %+v", d)
		}
	})
	g.up.stop()
	if l := assayJSON[ledger](t, "audit", "--data", data, "--json"); !l.Balanced {
		t.Errorf("%v", l.Problems)
	}
}
