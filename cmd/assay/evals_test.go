package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
)

func TestResultsWithAMistakeNameTheLine(t *testing.T) {
	const good = `{"task_id": "a", "candidate_passed": true, "baseline_passed": false, "language": "go"}` + "\n"
	for name, test := range map[string]struct{ text, says string }{
		"good":          {good + "\n" + strings.Replace(good, `"a"`, `"b"`, 1), ""},
		"empty":         {"\n", "no results"},
		"not JSON":      {good + "{", "line 2: not a result"},
		"unknown field": {good + strings.Replace(good, "language", "lang", 1), "line 2: not a result"},
		"two on a line": {strings.TrimSpace(good) + good, "line 1: not a result"},
		"no task":       {strings.Replace(good, `"a"`, `""`, 1), "line 1: task_id"},
		"twice":         {good + good, `line 2: task "a" has a result in line 1`},
		"half":          {good + `{"task_id": "b", "candidate_passed": true}`, "line 2: candidate_passed and baseline_passed"},
		"null":          {good + `{"task_id": "b", "candidate_passed": null, "baseline_passed": true}`, "line 2: candidate_passed and baseline_passed"},
	} {
		path := filepath.Join(t.TempDir(), "results.jsonl")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		results, err := readResults(path)
		if test.says == "" && (err != nil || len(results) != 2) || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %d results, %v", name, len(results), err)
		}
	}
}

func TestStepsOfARunHaveTheSameIDsAgain(t *testing.T) {
	c := &evalsPublishCommand{evaluation: evaluation{Model: "new", Baseline: "old", RunID: "1", Org: "acme", Environment: schemas.EnvironmentCanary}}
	results := []evalResult{{TaskID: "a", CandidatePassed: schemas.Some(true)}, {TaskID: "b"}, {TaskID: "c"}}
	ids := func(steps []schemas.Event) (ids, kinds []string) {
		for _, s := range steps {
			ids, kinds = append(ids, s.Env().EventID), append(kinds, s.KindName())
		}
		return ids, kinds
	}
	first, kinds := ids(c.steps(results))
	slices.Reverse(results)
	again, _ := ids(c.steps(results))
	if !slices.Equal(first, again) || !slices.Equal(kinds, []string{"run_started", "task_result", "task_result", "task_result", "run_finished"}) {
		t.Errorf("%v of %v, then %v", kinds, first, again)
	}
	c.Unfinished, c.Planned = true, 10
	steps := c.steps(results)
	if _, kinds := ids(steps); len(kinds) != 4 || steps[0].(*schemas.EvalEvent).PlannedTasks.Value != 10 {
		t.Errorf("unfinished: %v", kinds)
	}
}

func TestPeriod(t *testing.T) {
	for text, want := range map[string]time.Duration{"14d": 14 * 24 * time.Hour, "36h": 36 * time.Hour, "90m": 90 * time.Minute, "0d": 0} {
		var p period
		if err := p.UnmarshalText([]byte(text)); err != nil || p.Duration != want {
			t.Errorf("%s: %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1.5d", "1w", "99999999d"} {
		if err := new(period).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestARehearsalPairsTriggersInOrder(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC) }
	trigger := func(domain string, hour int, kind schemas.TriggerKind) *schemas.RetrainTrigger {
		return &schemas.RetrainTrigger{Envelope: schemas.Envelope{OccurredAt: at(hour)}, Domain: domain, Kind: kind}
	}
	var r rehearsal
	r.pair([]*schemas.RetrainTrigger{trigger("a", 2, schemas.TriggerFired), trigger("a", 4, schemas.TriggerCleared), trigger("a", 6, schemas.TriggerFired), trigger("b", 1, schemas.TriggerFired)},
		[]*schemas.RetrainTrigger{trigger("a", 3, schemas.TriggerFired), trigger("c", 5, schemas.TriggerFired)})
	var got []string
	for _, l := range r.Lines {
		line := l.Domain + " " + string(l.Kind)
		for _, t := range []*time.Time{l.Would, l.Did} {
			if t == nil {
				line += " -"
			} else {
				line += t.Format(" 15")
			}
		}
		got = append(got, line)
	}
	want := []string{"b fired 01 -", "a fired 02 03", "a cleared 04 -", "c fired - 05", "a fired 06 -"}
	if !slices.Equal(got, want) || r.Would != 3 || r.Did != 2 {
		t.Errorf("%d, %d: %q, want %q", r.Would, r.Did, got, want)
	}
}

func TestSame(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{{"1", "1.0000000001", true}, {"1", "1.0001", false}, {"0", "0", true}, {"0", "1e-300", false}, {"full", "full", true}, {"full", "", false}, {"", "", true}} {
		if same(test.a, test.b) != test.want {
			t.Errorf("%q and %q: %v", test.a, test.b, !test.want)
		}
	}
}
