package replay

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/assayhq/assay/schemas"
)

// shared returns a file of the recordings, which lie beside the repository and are never copied into it.
func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "telemetry", name)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: CI needs the recordings", path)
		}
		t.Skipf("%s is missing: this test compares with the real recordings", path)
	}
	return path
}

// truth is what was computed from the study's source files.
type truth struct {
	Shown, Replay, Browsing, Accepted, Rejected int
	AcceptedChars                               int                `json:"accepted_chars"`
	MeanEdit                                    map[string]float64 `json:"mean_edit"`
	Untouched                                   map[string]int     `json:"untouched"`
}

// tally is the same, counted from events.
type tally struct {
	kinds         map[schemas.CodeKind]int
	acceptedChars int
	edit          map[string]float64
	observed      map[string]int
	untouched     map[string]int
}

func (c *tally) add(e *schemas.CodeEvent) {
	if c.kinds == nil {
		*c = tally{map[schemas.CodeKind]int{}, 0, map[string]float64{}, map[string]int{}, map[string]int{}}
	}
	c.kinds[e.Kind]++
	c.acceptedChars += int(e.AcceptedChars.Value) * one(e.Kind == schemas.CodeSuggestionAccepted)
	if e.Kind == schemas.CodeSurvivalObserved {
		at := strconv.Itoa(int(e.CheckpointS.Value))
		c.edit[at] += 1 - e.Survival.Value
		c.observed[at]++
		c.untouched[at] += one(e.Survival.Value == 1)
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *tally) compare(t *testing.T, of string, want truth) {
	t.Helper()
	got := [...]int{c.kinds[schemas.CodeSuggestionShown], c.kinds[schemas.CodeSuggestionReshown], c.kinds[schemas.CodeSuggestionBrowsed],
		c.kinds[schemas.CodeSuggestionAccepted], c.kinds[schemas.CodeSuggestionRejected], c.acceptedChars}
	if want := [...]int{want.Shown, want.Replay, want.Browsing, want.Accepted, want.Rejected, want.AcceptedChars}; got != want {
		t.Errorf("%s: shown, replay, browsing, accepted, rejected, accepted characters %v, want %v", of, got, want)
	}
	for at, mean := range want.MeanEdit {
		if n := c.observed[at]; n != want.Accepted || math.Abs(c.edit[at]/float64(n)-mean) > 1e-9 || c.untouched[at] != want.Untouched[at] {
			t.Errorf("%s at %s s: %d observations, mean edit %v, untouched %d; want %d, %v, %d", of, at, n, c.edit[at]/float64(n), c.untouched[at],
				want.Accepted, mean, want.Untouched[at])
		}
	}
}

func TestTheCopilotStudyGivesItsNumbers(t *testing.T) {
	content, err := os.ReadFile(shared(t, "ground_truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Study struct {
			Sessions map[string]truth
			Tasks    map[string]truth `json:"per_task"`
			Overall  truth
		} `json:"copilot_study"`
	}
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	o := options(t)
	sessions, tasks, all := map[string]*tally{}, map[string]*tally{}, &tally{}
	suggestions := map[string]bool{}
	for _, e := range replay(t, shared(t, "copilot_study.jsonl"), o) {
		code, ok := e.(*schemas.CodeEvent)
		if !ok {
			t.Fatalf("dead letter: %s", e.(*schemas.DeadLetter).Detail)
		}
		for of, counts := range map[string]map[string]*tally{code.SessionID: sessions, code.Task: tasks} {
			if counts[of] == nil {
				counts[of] = &tally{}
			}
			counts[of].add(code)
		}
		all.add(code)
		suggestions[code.SuggestionID] = true
	}
	// One session begins with the reshowing of a suggestion that was shown before.
	if len(sessions) != 14 || len(want.Study.Sessions) != 14 || len(tasks) != 7 || len(want.Study.Tasks) != 7 || len(suggestions) != 713+1 {
		t.Errorf("%d sessions, %d tasks, %d suggestions", len(sessions), len(tasks), len(suggestions))
	}
	for id, want := range want.Study.Sessions {
		sessions[studyName+"/"+id].compare(t, "session "+id, want)
	}
	for task, want := range want.Study.Tasks {
		tasks[task].compare(t, task, want)
	}
	all.compare(t, "all", want.Study.Overall)
}

func TestRealHumanEvalGivesItsNumbers(t *testing.T) {
	type counts struct{ programmers, requests, withCopy, copies, prompts int }
	got := map[string]counts{}
	programmers, copied := map[string]bool{}, map[string]bool{}
	for _, e := range replay(t, shared(t, "realhumaneval_chat.jsonl"), options(t)) {
		chat, ok := e.(*schemas.ChatEvent)
		if !ok {
			t.Fatalf("dead letter: %s", e.(*schemas.DeadLetter).Detail)
		}
		for _, of := range []string{chat.Model, "all"} {
			c := got[of]
			c.requests += one(chat.Kind == schemas.ChatReplyReceived)
			c.prompts += one(chat.Kind == schemas.ChatPromptSent)
			c.programmers += one(!programmers[of+chat.UserToken])
			if chat.Kind == schemas.ChatReplyCopied {
				c.copies++
				c.withCopy += one(!copied[of+chat.MessageID])
				copied[of+chat.MessageID] = true
			}
			programmers[of+chat.UserToken] = true
			got[of] = c
		}
	}
	for of, want := range map[string]counts{ // from the recordings' README
		"CodeLlama34b (chat)": {12, 122, 34, 47, 122},
		"CodeLlama7b (chat)":  {11, 98, 30, 37, 98},
		"GPT-3.5 (chat)":      {15, 160, 64, 87, 159}, // one of its requests has no message
		"GPT-4o (chat)":       {15, 142, 47, 61, 142},
		"all":                 {53, 522, 175, 232, 521},
	} {
		if got[of] != want {
			t.Errorf("%s: %+v, want %+v", of, got[of], want)
		}
	}
}

func BenchmarkReplay(b *testing.B) {
	path, o := shared(b, "copilot_study.jsonl"), options(b)
	events := 0
	for b.Loop() {
		events += len(replay(b, path, o))
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
