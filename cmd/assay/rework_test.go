package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/privacy/fingerprint"
	"github.com/assayhq/assay/schemas"
)

// TestReworkEndToEnd: what Copilot reported of its real sessions equals the table that was computed from them without
// Assay, and code that travels as sketches is followed to its verdict beside it.
func TestReworkEndToEnd(t *testing.T) {
	study := shared(t, "telemetry/copilot_study.jsonl")
	data := filepath.Join(t.TempDir(), "data")
	r := assayJSON[report](t, "up", "--data", data, "--replay", study, "--replay", followed(t), "--once", "--json")
	if !r.Ledger.Balanced || r.Lag != 0 || r.DeadLetters != 0 {
		t.Fatalf("ledger %v, lag %d, dead letters %d", r.Ledger.Problems, r.Lag, r.DeadLetters)
	}

	t.Run("reported", func(t *testing.T) {
		// checkpoint, mean survival, untouched, a third or more changed: the README of the recordings
		want := [][4]float64{{15, 0.931, 0.68, 0.07}, {30, 0.914, 0.65, 0.10}, {120, 0.904, 0.64, 0.12}, {300, 0.876, 0.60, 0.17}, {600, 0.865, 0.57, 0.20}}
		rows := query(t, data, `SELECT checkpoint_s, sum(n) AS suggestions, sum(mean_survival * n) / suggestions AS mean, sum(share_untouched * n) / suggestions AS untouched,
			sum(share_third_changed * n) / suggestions AS changed FROM survival_by_checkpoint WHERE reported GROUP BY checkpoint_s ORDER BY checkpoint_s`)
		if len(rows) != len(want) {
			t.Fatalf("got %v", rows)
		}
		for i, w := range want {
			row := rows[i]
			if row["checkpoint_s"] != w[0] || row["suggestions"] != 246.0 || math.Abs(row["mean"].(float64)-w[1]) > 0.0006 ||
				math.Abs(row["untouched"].(float64)-w[2]) > 0.006 || math.Abs(row["changed"].(float64)-w[3]) > 0.006 {
				t.Errorf("got %v, want %v", row, w)
			}
		}
	})
	t.Run("measured", func(t *testing.T) {
		rows := query(t, data, `SELECT kind, verdict, checkpoint_s, survival, commit_id FROM rework_verdicts WHERE NOT reported ORDER BY age_s, kind`)
		if len(rows) != 4 {
			t.Fatalf("got %v", rows)
		}
		for i, want := range []string{"kept", "kept", "moved", "moved"} {
			if rows[i]["verdict"] != want || rows[i]["survival"] != 1.0 {
				t.Errorf("row %d is %v, want %s", i, rows[i], want)
			}
		}
		if last := rows[3]; last["kind"] != "final" || last["commit_id"] != "c1" {
			t.Errorf("the last word is %v", last)
		}
	})
}

// TestReworkAcrossCommits: code that left its file turns up in another one by a later commit, and what stands in a file that has no event any
// more gets its last word when its partition's time has come.
func TestReworkAcrossCommits(t *testing.T) {
	const other = "package other\n\nfunc Unrelated() int { return 7 }\n"
	const code = "func Sum(values []int, limit int) (total int) {\n\tfor i, v := range values {\n\t\tif v > limit && i%2 == 0 {\n\t\t\ttotal += v * weight(i)\n\t\t}\n\t}\n\treturn total\n}\n"
	const before, after = "package sum\n\n", "\nfunc unrelated() {}\n"
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	accept := func(file string) schemas.CodeEvent {
		return schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted, FileID: file, SuggestionID: "of " + file, Sketch: sketched(code), ReplacedSketch: sketched("panic(1)\n"),
			LineStart: schemas.Some(int32(3)), LineEnd: schemas.Some(int32(10)), Envelope: schemas.Envelope{OccurredAt: at}}
	}
	commit := func(file, commit string, after time.Duration, was, now string) schemas.CodeEvent {
		return schemas.CodeEvent{Kind: schemas.CodeFileCommitted, FileID: file, CommitID: commit, Sketch: sketched(now), ReplacedSketch: sketched(was), Envelope: schemas.Envelope{OccurredAt: at.Add(after)}}
	}
	events := []schemas.CodeEvent{
		accept("idle"), commit("idle", "c1", time.Hour, before+"panic(1)\n"+after, before+code+after),
		accept("left"), commit("left", "c1", time.Hour, before+"panic(1)\n"+after, before+code+after), commit("left", "c2", day, before+code+after, before+after),
		commit("arrived", "c3", 2*day, other, other+code),
	}
	var later []schemas.CodeEvent
	for i := range 40 { // every partition hears of it
		later = append(later, schemas.CodeEvent{Kind: schemas.CodeFileSaved, FileID: fmt.Sprint("another-", i), Envelope: schemas.Envelope{OccurredAt: at.Add(15 * day)}})
	}
	data := filepath.Join(t.TempDir(), "data")
	for _, part := range [][]schemas.CodeEvent{events, later} { // partitions are read at their own speed: two weeks must not pass in one of them before the others have begun
		for i := range part {
			part[i].RepoToken = "repository"
		}
		r := assayJSON[report](t, "up", "--data", data, "--replay", recorded(t, part), "--once", "--json")
		if !r.Ledger.Balanced || r.Lag != 0 || r.DeadLetters != 0 {
			t.Fatalf("ledger %v, lag %d, dead letters %d", r.Ledger.Problems, r.Lag, r.DeadLetters)
		}
	}
	rows := query(t, data, `SELECT file_id, verdict, survival, moved_to, commit_id, age_s, source FROM rework_verdicts WHERE kind = 'final' ORDER BY file_id`)
	want := []map[string]any{
		{"file_id": "idle", "verdict": "kept", "survival": 1.0, "moved_to": "", "commit_id": "", "source": "rework"},
		{"file_id": "left", "verdict": "moved", "survival": 1.0, "moved_to": "arrived", "commit_id": "c3", "source": "rework-moves"},
	}
	if len(rows) != len(want) {
		t.Fatalf("got %v", rows)
	}
	for i, w := range want {
		for column, value := range w {
			if rows[i][column] != value {
				t.Errorf("%s of %s is %v, want %v", column, w["file_id"], rows[i][column], value)
			}
		}
	}
}

func sketched(code string) []byte {
	s := fingerprint.New([]byte("test")).Sketch(code, "go")
	return s.Append(nil)
}

// recorded writes events for a replay, in the given order.
func recorded(t *testing.T, events []schemas.CodeEvent) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := json.NewEncoder(f)
	for i, e := range events {
		e.EventID, e.Source, e.Org, e.Language = fmt.Sprint(e.FileID, "-", i), "test", "acme", "go"
		if err := out.Encode(struct {
			Record string `json:"record"`
			schemas.CodeEvent
		}{"CodeEvent", e}); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// followed writes the events of one suggestion: accepted, saved, renamed throughout, and moved to another file with its own
// file deleted.
func followed(t *testing.T) string {
	t.Helper()
	const before, after = "package sum\n\n", "\nfunc unrelated() {}\n"
	const code = "func Sum(values []int) (total int) {\n\tfor _, v := range values {\n\t\ttotal += v\n\t}\n\treturn total\n}\n"
	const renamed = "func Sum(numbers []int) (result int) {\n\tfor _, v := range numbers {\n\t\tresult += v\n\t}\n\treturn result\n}\n"
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	events := []schemas.CodeEvent{
		{Kind: schemas.CodeSuggestionAccepted, SuggestionID: "s1", Sketch: sketched(code), LineStart: schemas.Some(int32(3)), LineEnd: schemas.Some(int32(8))},
		{Kind: schemas.CodeFileSaved, Sketch: sketched(before + code + after)},
		{Kind: schemas.CodeFileSaved, Sketch: sketched(before + renamed + after)},
		{Kind: schemas.CodeFileCommitted, CommitID: "c1", FileDeleted: true, ElsewhereSketch: sketched("package other\n\n" + renamed)},
	}
	for i := range events {
		events[i].FileID, events[i].OccurredAt = "file-1", at.Add([]time.Duration{0, time.Second, 20 * time.Second, 60 * time.Second}[i])
	}
	return recorded(t, events)
}
