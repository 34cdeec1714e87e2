package clickhouse_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

const telemetry = "../../../shared/data/telemetry/"

// openTelemetry opens a file of the recordings, which are not part of the project.
func openTelemetry(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(telemetry + name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("the recordings are not beside the project: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

var studyKinds = map[string]schemas.CodeKind{
	"Shown": "suggestion_shown", "Replay": "suggestion_reshown", "Browsing": "suggestion_browsed",
	"Accepted": "suggestion_accepted", "Rejected": "suggestion_rejected",
}

// studyEvents reads the Copilot study: its events, and the reported survival of what was accepted.
func studyEvents(t *testing.T) []schemas.Event {
	t.Helper()
	var events []schemas.Event
	lines := bufio.NewScanner(openTelemetry(t, "copilot_study.jsonl"))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Session, Row int
			At           time.Time
			State, Task  string
			Edit         []float64 `json:"edit_percentage"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		env := schemas.Envelope{EventID: fmt.Sprintf("%d/%d", line.Session, line.Row), OccurredAt: line.At, Source: "copilot", Org: "study"}
		session := strconv.Itoa(line.Session)
		events = append(events, &schemas.CodeEvent{Envelope: env, Kind: studyKinds[line.State], SessionID: session, Task: line.Task, DecidedBy: "human"})
		if line.State != "Accepted" {
			continue
		}
		for i, checkpoint := range []int32{15, 30, 120, 300, 600} {
			env.EventID = fmt.Sprintf("%d/%d/%d", line.Session, line.Row, checkpoint)
			events = append(events, &schemas.CodeEvent{Envelope: env, Kind: "survival_observed", SessionID: session, Task: line.Task, Reported: true,
				CheckpointS: schemas.Some(checkpoint), Survival: schemas.Some(1 - line.Edit[i])})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

type studyNumbers struct {
	Shown, Accepted, Rejected uint64
	Rate                      float64            `json:"accept_per_shown"`
	RateDecided               float64            `json:"accept_per_decided"`
	MeanEdit                  map[string]float64 `json:"mean_edit"`
	Kept                      map[string]float64 `json:"kept_share_le_half"`
	Untouched                 map[string]uint64
}

// The views must say what the study's authors and the data's README computed from the source files.
func TestViewsEqualTheStudy(t *testing.T) {
	var file struct {
		Study struct {
			Sessions map[string]studyNumbers
			PerTask  map[string]studyNumbers `json:"per_task"`
		} `json:"copilot_study"`
	}
	if err := json.NewDecoder(openTelemetry(t, "ground_truth.json")).Decode(&file); err != nil {
		t.Fatal(err)
	}
	truth := file.Study
	b := batchOf(t, studyEvents(t))
	db := embeddedtest.New(t)
	insert(t, db, b)
	insert(t, db, b)

	for _, tc := range []struct {
		dimension, view string
		truth           map[string]studyNumbers
	}{{"session_id", "acceptance_by_session", truth.Sessions}, {"task", "acceptance_by_task", truth.PerTask}} {
		got, err := db.Query(t.Context(), "SELECT "+tc.dimension+", shown, accepted, rejected, rate, rate_decided FROM "+tc.view)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != len(tc.truth) || len(got.Rows) == 0 {
			t.Errorf("%s has %d rows, want %d", tc.view, len(got.Rows), len(tc.truth))
		}
		for _, row := range got.Rows {
			want := tc.truth[row[0].(string)]
			if row[1] != want.Shown || row[2] != want.Accepted || row[3] != want.Rejected || !near(row[4], want.Rate) || !near(row[5], want.RateDecided) {
				t.Errorf("%s: %v, want %+v", tc.view, row, want)
			}
		}
	}
	expectSurvival(t, db, truth.PerTask)
}

func expectSurvival(t *testing.T, db *clickhouse.DB, truth map[string]studyNumbers) {
	t.Helper()
	got, err := db.Query(t.Context(), "SELECT task, toString(checkpoint_s), n, 1 - mean_survival, share_kept, untouched FROM survival_reported")
	if err != nil {
		t.Fatal(err)
	}
	if want := 5 * len(truth); len(got.Rows) != want {
		t.Errorf("survival_reported has %d rows, want %d", len(got.Rows), want)
	}
	for _, row := range got.Rows {
		want, checkpoint := truth[row[0].(string)], row[1].(string)
		if row[2] != want.Accepted || !near(row[3], want.MeanEdit[checkpoint]) || !near(row[4], want.Kept[checkpoint]) || row[5] != want.Untouched[checkpoint] {
			t.Errorf("survival %v, want %+v", row, want)
		}
	}
}

// near allows for the ten digits of the published numbers.
func near(got any, want float64) bool {
	f, ok := got.(float64)
	return ok && math.Abs(f-want) < 1e-9
}
