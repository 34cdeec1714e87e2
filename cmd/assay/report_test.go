package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReportHasEveryService: one instance with something to report for each service that decides, as JSON and as text.
func TestReportHasEveryService(t *testing.T) {
	event := func(record, id, kind, rest string) string {
		return fmt.Sprintf(`{"record": %q, "event_id": %q, "occurred_at": "2026-01-05T09:00:00Z", "source": "test", "org": "local", "kind": %q, %s}`, record, id, kind, rest)
	}
	recording := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(recording, []byte(strings.Join([]string{
		event("ChatEvent", "puzzle", "prompt_sent", `"conversation_id": "c", "payload": {"text": "I don't understand why the retry budget is shared between tenants, what does it mean?"}`),
		event("CodeEvent", "accepted", "suggestion_accepted", `"file_id": "f", "suggestion_id": "s", "decided_by": "human"`),
		event("CodeEvent", "survived", "survival_observed", `"file_id": "f", "suggestion_id": "s", "survival": 0.75, "checkpoint_s": 600, "survival_method": "edit_distance"`),
		event("ChangeEvent", "opened", "change_opened", `"change_id": "17", "repo_token": "r", "author_token": "a"`),
		event("EvalEvent", "started", "run_started", `"model_id": "new", "baseline_id": "old", "run_id": "1", "planned_tasks": 1`),
		event("EvalEvent", "result", "task_result", `"model_id": "new", "baseline_id": "old", "run_id": "1", "task_id": "t", "language": "go", "candidate_passed": true, "baseline_passed": false`),
		event("EvalEvent", "finished", "run_finished", `"model_id": "new", "baseline_id": "old", "run_id": "1"`),
	}, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	r := assayJSON[report](t, "up", "--data", data, "--replay", recording, "--simulate", "3000", "--once", "--json")
	if !r.Ledger.Balanced || r.DeadLetters != 0 {
		t.Errorf("ledger %v, dead letters %v", r.Ledger.Problems, r.ByReason)
	}
	if c := r.Confusion; c.Confused < 1 || c.Decided < c.Confused || c.Rate != float64(c.Confused)/float64(c.Decided) || len(c.ByReason) == 0 {
		t.Errorf("confusion %+v", c)
	}
	if len(r.Survival) == 0 || !r.Survival[0].Reported || r.Survival[0].Checkpoint != 600 || r.Survival[0].N < 1 || r.Survival[0].Mean <= 0 || r.Survival[0].Mean > 1 {
		t.Errorf("survival %+v", r.Survival)
	}
	if len(r.Gate) != 1 || r.Gate["pass"] != 1 {
		t.Errorf("gate %v", r.Gate)
	}
	if r.Promotions.Runs["keep"] != 1 || r.Promotions.Decisions["keep"] != 1 {
		t.Errorf("promotions %+v", r.Promotions)
	}
	if r.Examples["negative"] < 1 {
		t.Errorf("examples %v", r.Examples)
	}

	text, stderr, code := assay(t, "report", "--data", data)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	flat := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	for _, part := range []string{fmt.Sprintf("%d of %d messages show confusion", r.Confusion.Confused, r.Confusion.Decided), "survival by", "│ reported │ 600 │", "│ pass │ 1 │", "│ keep │ 1 │", "│ negative"} {
		if !strings.Contains(flat, part) {
			t.Errorf("no %q in the text", part)
		}
	}
}
