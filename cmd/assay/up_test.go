package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// groundTruth holds the numbers of the study, computed from its source by other means.
type groundTruth struct {
	Study struct {
		Sessions map[string]studyCounts `json:"sessions"`
		Tasks    map[string]studyCounts `json:"per_task"`
	} `json:"copilot_study"`
}

type studyCounts struct {
	Rows     int
	Shown    int
	Accepted int
	Rejected int
	Rate     float64 `json:"accept_per_shown"`
}

// TestReplayEqualsTheStudy replays real sessions twice and compares SQL, on the raw table and on the aggregates, with
// numbers that were computed without Assay.
func TestReplayEqualsTheStudy(t *testing.T) {
	recording := shared(t, "telemetry/copilot_study.jsonl")
	raw, err := os.ReadFile(shared(t, "telemetry/ground_truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth groundTruth
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	first := assayJSON[report](t, "up", "--data", data, "--replay", recording, "--once", "--json")
	again := assayJSON[report](t, "up", "--data", data, "--replay", recording, "--once", "--json")
	for run, r := range map[string]report{"first": first, "again": again} {
		if a := r.Acceptance; a.Shown != 713 || a.Accepted != 246 || a.Rejected != 434 || math.Abs(a.Rate-246.0/713) > 1e-12 {
			t.Errorf("%s: acceptance is %+v", run, a.rates)
		}
		if !r.Ledger.Balanced || r.Lag != 0 || r.DeadLetters != 0 {
			t.Errorf("%s: ledger %v, lag %d, dead letters %d", run, r.Ledger.Problems, r.Lag, r.DeadLetters)
		}
	}
	if !reflect.DeepEqual(first.Topics, again.Topics) || !reflect.DeepEqual(first.Acceptance, again.Acceptance) || first.EventsIn != again.EventsIn {
		t.Errorf("a second replay changed the numbers:\n%+v\n%+v", first, again)
	}

	t.Run("sessions", func(t *testing.T) {
		for name, sql := range map[string]string{
			"raw": `SELECT session_id, countIf(kind = 'suggestion_shown') AS shown, countIf(kind = 'suggestion_accepted') AS accepted,
				countIf(kind = 'suggestion_rejected') AS rejected FROM code_events GROUP BY session_id`,
			"aggregate": `SELECT session_id, shown, accepted, rejected FROM acceptance_by_session`,
		} {
			rows := query(t, data, sql)
			if len(rows) != len(truth.Study.Sessions) {
				t.Errorf("%s: %d sessions, want %d", name, len(rows), len(truth.Study.Sessions))
			}
			for _, row := range rows {
				want := truth.Study.Sessions[strings.TrimPrefix(row["session_id"].(string), "copilot_study/")]
				if got := fmt.Sprintf("%v/%v/%v", row["shown"], row["accepted"], row["rejected"]); got != fmt.Sprintf("%d/%d/%d", want.Shown, want.Accepted, want.Rejected) {
					t.Errorf("%s, session %s: got %s, want %+v", name, row["session_id"], got, want)
				}
			}
		}
	})
	t.Run("tasks", func(t *testing.T) {
		for name, sql := range map[string]string{
			"raw": `SELECT task, countIf(kind = 'suggestion_shown') AS shown, countIf(kind = 'suggestion_accepted') AS accepted, countIf(kind = 'suggestion_rejected') AS rejected,
				accepted / shown AS rate FROM code_events GROUP BY task`,
			"aggregate": `SELECT task, shown, accepted, rejected, rate FROM acceptance_by_task`,
		} {
			rows := query(t, data, sql)
			if len(rows) != len(truth.Study.Tasks) {
				t.Errorf("%s: %d tasks, want %d", name, len(rows), len(truth.Study.Tasks))
			}
			for _, row := range rows {
				want := truth.Study.Tasks[row["task"].(string)]
				got := fmt.Sprintf("%v/%v/%v", row["shown"], row["accepted"], row["rejected"])
				if got != fmt.Sprintf("%d/%d/%d", want.Shown, want.Accepted, want.Rejected) || math.Abs(row["rate"].(float64)-want.Rate) > 1e-9 {
					t.Errorf("%s, %s: got %s at %v, want %+v", name, row["task"], got, row["rate"], want)
				}
			}
		}
	})
	t.Run("audit", func(t *testing.T) {
		if l := assayJSON[ledger](t, "audit", "--data", data, "--json"); !l.Balanced || l.Topics["assistant.code"].Repeats == 0 {
			t.Errorf("got %+v", l)
		}
		query(t, data, "SELECT 1")
		assay(t, "sql", "--data", data, "ALTER TABLE code_events DELETE WHERE event_id = (SELECT min(event_id) FROM code_events) SETTINGS mutations_sync = 1")
		stdout, _, code := assay(t, "audit", "--data", data, "--json")
		if code != 1 || !strings.Contains(stdout, `"balanced":false`) {
			t.Errorf("a row was deleted behind Assay's back, and audit says %d: %s", code, stdout)
		}
	})
}

// TestAPlantedJumpFiresOnce: 200,000 simulated events, one domain degrades from 5 % to 25 % and recovers.
func TestAPlantedJumpFiresOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	data := filepath.Join(t.TempDir(), "data")
	r := assayJSON[report](t, "up", "--data", data, "--simulate", "200000", "--once", "--json",
		"--plant", "signal=retention,model=gpt-4.1,language=python,to=0.25,at=0.4,until=0.7")
	if r.EventsIn != 200_000 || !r.Ledger.Balanced {
		t.Errorf("%d events, ledger %v", r.EventsIn, r.Ledger.Problems)
	}
	if len(r.TriggerList) != 2 || r.Triggers != 1 || r.Cleared != 1 {
		t.Fatalf("want one fired and one cleared, got %+v", r.TriggerList)
	}
	for i, kind := range []string{"fired", "cleared"} {
		if got := r.TriggerList[i]; got.Kind != kind || got.Domain != "gpt-4.1|2025-04-14|inline_completion|python|retention" {
			t.Errorf("trigger %d is %+v", i, got)
		}
	}
	domains := query(t, data, "SELECT uniqExact(domain) AS n FROM outcomes WHERE category IN ('retention', 'rating')")
	if n := domains[0]["n"].(float64); n < 20 {
		t.Errorf("only %v domains to be quiet in", n)
	}
}
