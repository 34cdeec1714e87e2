package clients_test

import (
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// facts say how a fact that an index states about a file is read from its events.
var facts = map[string]func(intake.Result) any{
	"accepts":                func(r intake.Result) any { return decisions(r)["accept"] },
	"rejects":                func(r intake.Result) any { return decisions(r)["reject"] },
	"by_source":              func(r intake.Result) any { return words(r, "source") },
	"by_decision":            func(r intake.Result) any { return words(r, "decision") },
	"cost_usd":               func(r intake.Result) any { return chatEvents(r)[0].CostUSD.Value },
	"input_tokens":           sumChat(func(e *schemas.ChatEvent) int64 { return e.PromptTokens.Value }),
	"output_tokens":          sumChat(func(e *schemas.ChatEvent) int64 { return e.CompletionTokens.Value }),
	"cached_tokens":          sumChat(func(e *schemas.ChatEvent) int64 { return e.CacheReadTokens.Value }),
	"model_added_lines":      sumCode("", func(e *schemas.CodeEvent) int64 { return int64(e.LinesAdded.Value) }),
	"model_removed_lines":    sumCode("", func(e *schemas.CodeEvent) int64 { return int64(e.LinesRemoved.Value) }),
	"user_added_lines":       sumCode("", attribute("user_added_lines")),
	"user_removed_lines":     sumCode("", attribute("user_removed_lines")),
	"lines_added_accepted":   sumCode(schemas.CodeSuggestionAccepted, func(e *schemas.CodeEvent) int64 { return int64(e.LinesAdded.Value) }),
	"lines_removed_accepted": sumCode(schemas.CodeSuggestionAccepted, func(e *schemas.CodeEvent) int64 { return int64(e.LinesRemoved.Value) }),
	"accepted":               countCode(schemas.CodeSuggestionAccepted),
	"rejected":               countCode(schemas.CodeSuggestionRejected),
	"shown":                  countCode(schemas.CodeSuggestionShown),
	"positive":               countRated(schemas.RatingUp),
	"negative":               countRated(schemas.RatingDown),
	"elapsed_ms":             func(r intake.Result) any { return codeEvents(r)[0].DecisionMs.Value },
	"feedback":               func(r intake.Result) any { return chatEvents(r)[0].Rating == schemas.RatingUp },
	"decisions":              func(r intake.Result) any { return toolDecisions(r) },
	"succeeded":              func(r intake.Result) any { return chatEvents(r)[len(chatEvents(r))-1].Succeeded.Value },
}

// decisions counts accepts and rejects of tools and edits.
func decisions(r intake.Result) map[string]int {
	counts := map[string]int{}
	for _, e := range codeEvents(r) {
		counts[map[schemas.CodeKind]string{schemas.CodeSuggestionAccepted: "accept", schemas.CodeSuggestionRejected: "reject"}[e.Kind]]++
	}
	for _, e := range chatEvents(r) {
		if e.Kind == schemas.ChatToolDecided {
			counts[e.Attributes["decision"]]++
		}
	}
	return counts
}

// words counts an attribute of decisions.
func words(r intake.Result, key string) map[string]int {
	counts := map[string]int{}
	for _, e := range codeEvents(r) {
		counts[e.Attributes[key]]++
	}
	for _, e := range chatEvents(r) {
		if e.Kind == schemas.ChatToolDecided {
			counts[e.Attributes[key]]++
		}
	}
	return counts
}

// toolDecisions counts what was decided on calls that end in one record, or that nothing was.
func toolDecisions(r intake.Result) map[string]int {
	counts := map[string]int{}
	for _, e := range chatEvents(r) {
		if e.Kind == schemas.ChatToolCalled {
			counts[cmp.Or(e.Attributes["decision"], "absent")]++
		}
	}
	return counts
}

func sumChat(of func(*schemas.ChatEvent) int64) func(intake.Result) any {
	return func(r intake.Result) any {
		sum := int64(0)
		for _, e := range chatEvents(r) {
			sum += of(e)
		}
		return sum
	}
}

func sumCode(kind schemas.CodeKind, of func(*schemas.CodeEvent) int64) func(intake.Result) any {
	return func(r intake.Result) any {
		sum := int64(0)
		for _, e := range codeEvents(r) {
			if kind == "" || e.Kind == kind {
				sum += of(e)
			}
		}
		return sum
	}
}

func countCode(kind schemas.CodeKind) func(intake.Result) any {
	return sumCode(kind, func(*schemas.CodeEvent) int64 { return 1 })
}

func countRated(rating schemas.Rating) func(intake.Result) any {
	return sumChat(func(e *schemas.ChatEvent) int64 {
		if e.Kind == schemas.ChatReplyRated && e.Rating == rating {
			return 1
		}
		return 0
	})
}

func attribute(key string) func(*schemas.CodeEvent) int64 {
	return func(e *schemas.CodeEvent) int64 {
		n, _ := strconv.ParseInt(e.Attributes[key], 10, 64)
		return n
	}
}

// outcomeOf is the outcome of a request's only suggestion or tool call, or null.
func outcomeOf(r intake.Result) any {
	if d := decisions(r); d["accept"]+d["reject"] == 1 {
		return d["accept"] == 1
	}
	return nil
}

func checkFacts(t *testing.T, files []entry, byFile map[string]intake.Result) {
	t.Helper()
	sent := map[string]map[string]*schemas.CodeEvent{} // by temporality and event id
	for _, e := range files {
		r := byFile[e.File]
		for name, want := range e.facts {
			of, ok := facts[name]
			if !ok {
				continue
			}
			if isOutcome := string(want) == "null" || string(want) == "true" || string(want) == "false"; name == "accepted" && isOutcome {
				of = outcomeOf
			}
			got := canonical(t, of(r))
			if expect := canonical(t, json.RawMessage(want)); !reflect.DeepEqual(got, expect) {
				t.Errorf("%s: %s is %v, want %v", e.File, name, got, expect)
			}
		}
		var temporality string
		if json.Unmarshal(e.facts["temporality"], &temporality) != nil {
			continue
		}
		if sent[temporality] == nil {
			sent[temporality] = map[string]*schemas.CodeEvent{}
		}
		before := totals(sent[temporality])
		for _, c := range codeEvents(r) {
			if !c.Reported || c.Kind != schemas.CodeUsageReported {
				t.Errorf("%s: a metric becomes %s", e.File, c.Kind)
			}
			sent[temporality][c.EventID] = c
		}
		after := totals(sent[temporality])
		var want map[string]float64
		if json.Unmarshal(e.facts["session_totals_after_both"], &want) == nil {
			for series, value := range want {
				metric, kind, _ := strings.Cut(strings.TrimPrefix(series, "claude_code."), "|")
				if got := pick(after, metric, kind); math.Abs(got-value) > 1e-9 {
					t.Errorf("%s: total of %s is %v, want %v", e.File, series, got, value)
				}
			}
		}
		var moved float64
		if json.Unmarshal(e.facts["lines_added_delta"], &moved) == nil {
			if got := pick(after, "lines.changed", "added") - pick(before, "lines.changed", "added"); got != moved {
				t.Errorf("%s: lines added moved by %v, want %v", e.File, got, moved)
			}
		}
	}
}

// total is one breakdown of a metric.
type total struct{ metric, breakdown string }

// totals adds up reported aggregates by the rule that otlp.Mapping.Metrics states.
func totals(events map[string]*schemas.CodeEvent) map[total]float64 {
	type period struct {
		series string
		start  int64
	}
	longest := map[period]*schemas.CodeEvent{}
	for _, e := range events {
		p := period{e.Attributes["series"], e.OccurredAt.UnixMilli()}
		if l := longest[p]; l == nil || l.PeriodS.Value < e.PeriodS.Value {
			longest[p] = e
		}
	}
	sums := map[total]float64{}
	for _, e := range longest {
		sums[total{e.Metric, e.Breakdown}] += e.Value.Value
	}
	return sums
}

// pick adds up the breakdowns of a metric that have the word as a value, or all of them.
func pick(sums map[total]float64, metric, word string) float64 {
	sum := 0.0
	for t, value := range sums {
		if t.metric == metric && (word == "" || strings.Contains(t.breakdown+",", "="+word+",")) {
			sum += value
		}
	}
	return sum
}

func canonical(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	var out any
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func codeEvents(r intake.Result) []*schemas.CodeEvent {
	var events []*schemas.CodeEvent
	for _, d := range r.Drafts {
		if e, ok := d.Event.(*schemas.CodeEvent); ok {
			events = append(events, e)
		}
	}
	return events
}

func chatEvents(r intake.Result) []*schemas.ChatEvent {
	var events []*schemas.ChatEvent
	for _, d := range r.Drafts {
		if e, ok := d.Event.(*schemas.ChatEvent); ok {
			events = append(events, e)
		}
	}
	return events
}
