package simulate

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/replay"
	"github.com/assayhq/assay/schemas"
)

var update = flag.Bool("update", false, "write tables_gen.go from the recordings")

const tablesFile = "tables_gen.go"

// TestTablesAreTheRecordings computes the distributions from the recordings again, and holds the tables to them:
// go test ./producers/simulate -run TestTables -update writes them.
func TestTablesAreTheRecordings(t *testing.T) {
	study, conversations := recorded(t, "copilot_study.jsonl"), recorded(t, "realhumaneval_chat.jsonl")
	m := measurements{samples: map[string][]float64{}, shown: map[string]int{}, accepted: map[string]int{}}
	for _, events := range bySession(study) {
		m.session(events)
	}
	for _, events := range bySession(conversations) {
		m.programmer(events)
	}
	want, err := format.Source(m.source())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(tablesFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(tablesFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the recordings give: run this test with -update and look at the difference", tablesFile)
	}
}

// recorded replays a recording, which lies beside the repository and is never copied into it.
func recorded(t *testing.T, name string) []schemas.Event {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "telemetry", name)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: CI needs the recordings", path)
		}
		t.Skipf("%s is missing: this test compares with the real recordings", path)
	}
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := replay.Open(path, replay.Options{Org: "test", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var events []schemas.Event
	for e, err := range file.Events() {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func bySession(events []schemas.Event) map[string][]schemas.Event {
	sessions := map[string][]schemas.Event{}
	for _, e := range events {
		session := ""
		switch e := e.(type) {
		case *schemas.CodeEvent:
			session = e.SessionID
		case *schemas.ChatEvent:
			session = e.SessionID
		}
		sessions[session] = append(sessions[session], e)
	}
	return sessions
}

// measurements are samples by the names of their tables, and counts.
type measurements struct {
	samples         map[string][]float64
	shown, accepted map[string]int // by task
	decided, copied int
}

func (m *measurements) add(table string, value float64) {
	m.samples[table] = append(m.samples[table], value)
}

func (m *measurements) session(events []schemas.Event) {
	shown, reshown, ended := 0, 0, time.Time{}
	for _, e := range events {
		e := e.(*schemas.CodeEvent)
		switch e.Kind {
		case schemas.CodeSuggestionShown:
			if shown > 0 {
				m.add("reshowings", float64(reshown))
			}
			shown, reshown = shown+1, 0
			m.shown[e.Task]++
			m.add("latencyMs", float64(e.LatencyMs.Value))
			m.add("suggestionChars", float64(e.Chars.Value))
			if !ended.IsZero() {
				m.add("pauseMs", float64(e.OccurredAt.Sub(ended).Milliseconds()))
			}
			ended = time.Time{}
		case schemas.CodeSuggestionReshown:
			reshown++
		case schemas.CodeSuggestionAccepted:
			m.accepted[e.Task]++
			m.decided++
			m.add("acceptanceMs", float64(e.DecisionMs.Value))
			ended = e.OccurredAt
		case schemas.CodeSuggestionRejected:
			m.decided++
			m.add("rejectionMs", float64(e.DecisionMs.Value))
			ended = e.OccurredAt
		case schemas.CodeSurvivalObserved:
			if left := e.Survival.Value; e.CheckpointS.Value == int32(survivalAfter.Seconds()) && left < 0.5 {
				m.add("survivalLost", left)
			} else if e.CheckpointS.Value == int32(survivalAfter.Seconds()) {
				m.add("survivalKept", left)
			}
		}
	}
	m.add("reshowings", float64(reshown))
	m.add("suggestionsPerSession", float64(shown))
}

func (m *measurements) programmer(events []schemas.Event) {
	exchanges, last := map[string]int{}, map[string]time.Time{}
	copied := map[string]bool{}
	for _, e := range events {
		e := e.(*schemas.ChatEvent)
		switch e.Kind {
		case schemas.ChatPromptSent:
			m.add("promptChars", float64(e.Chars.Value))
		case schemas.ChatReplyReceived:
			m.add("replyChars", float64(e.Chars.Value))
			if before, ok := last[e.ConversationID]; ok {
				m.add("exchangePauseMs", float64(e.OccurredAt.Sub(before).Milliseconds()))
			}
			last[e.ConversationID] = e.OccurredAt
			exchanges[e.ConversationID]++
		case schemas.ChatReplyCopied:
			copied[e.MessageID] = true
		}
	}
	m.copied += len(copied)
	for _, n := range exchanges {
		m.add("exchangesPerConversation", float64(n))
	}
}

func (m *measurements) source() []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated by TestTablesAreTheRecordings -update; DO NOT EDIT.\n\npackage simulate\n\n// Distributions and shares of the Copilot study and RealHumanEval.\nvar (\n")
	for _, table := range slices.Sorted(maps.Keys(m.samples)) {
		values := slices.Sorted(slices.Values(m.samples[table]))
		fmt.Fprintf(&b, "%s = quantiles{", table)
		for i := range steps + 1 {
			if i%20 == 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%.6g, ", values[i*(len(values)-1)/steps])
		}
		fmt.Fprintf(&b, "\n} // of %d\n\n", len(values))
	}
	b.WriteString("tasks = []task{\n")
	shown := 0
	for _, n := range m.shown {
		shown += n
	}
	for _, name := range slices.SortedFunc(maps.Keys(m.shown), func(a, b string) int {
		return cmp.Or(cmp.Compare(m.shown[b], m.shown[a]), cmp.Compare(a, b))
	}) {
		folder := strings.ReplaceAll(strings.ToLower(name), " ", "_")
		fmt.Fprintf(&b, "{%q, %q, %.6g, %.6g},\n", name, folder, float64(m.shown[name])/float64(shown), float64(m.accepted[name])/float64(m.shown[name]))
	}
	fmt.Fprintf(&b, "}\n)\n\nconst (\ndecidedShare = %.6g // of showings: accepted or rejected\ncopiedShare = %.6g // of replies: copied from at least once\n)\n",
		float64(m.decided)/float64(shown), float64(m.copied)/float64(len(m.samples["replyChars"])))
	return b.Bytes()
}
