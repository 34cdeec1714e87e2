package clickhouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// sketchLike is the MinHash of a problem with the first of its values replaced by the person's own.
func sketchLike(problem, person, different int) []int64 {
	sketch := make([]int64, 32)
	for i := range sketch {
		sketch[i] = int64(problem*1000 + i)
		if i < different {
			sketch[i] = int64(person*1_000_000 + problem*1000 + i)
		}
	}
	return sketch
}

// confusionTags are tags as the service confusion writes them: six people state problem 1, two of them twice; four people state
// problem 2, one of them three times; five people state problem 3 in words that have hardly anything in common.
func confusionTags() []schemas.Event {
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var events []schemas.Event
	add := func(kind schemas.ConfusionKind, person int, sketch []int64, reasons ...string) {
		tag := &schemas.ConfusionTag{
			Envelope: schemas.Envelope{EventID: fmt.Sprint("tag", len(events)), OccurredAt: day.Add(time.Duration(len(events)) * time.Minute), Source: "confusion", Org: "acme"},
			Kind:     kind, ConversationID: "c", Model: "m", Feature: "chat", Language: "go", TeamToken: "t", UserToken: fmt.Sprint("u", person), Channel: "chat",
			Reasons: reasons, ProblemSketch: sketch,
		}
		if kind != schemas.ConfusionNotTagged {
			tag.Score = schemas.Some(0.5)
		}
		events = append(events, tag)
	}
	for _, person := range []int{1, 2, 3, 4, 5, 6, 1, 2} {
		add(schemas.ConfusionConfused, person, sketchLike(1, person, 8), "unclear_explanation", "missing_context")
	}
	for _, person := range []int{1, 2, 3, 4, 4, 4} {
		add(schemas.ConfusionConfused, person, sketchLike(2, person, 0), "unsure_how")
	}
	for person := range 5 {
		add(schemas.ConfusionConfused, person, sketchLike(3, person, 28), "unsure_how")
	}
	for range 20 {
		add(schemas.ConfusionNotConfused, 1, nil)
	}
	add(schemas.ConfusionAbstained, 1, nil)
	add(schemas.ConfusionNotTagged, 1, nil)
	return events
}

// TestConfusionViews compares the views with figures worked out by hand.
func TestConfusionViews(t *testing.T) {
	db := embeddedtest.New(t)
	events := confusionTags()
	b := batchOf(t, events)
	insert(t, db, b)
	again := batchOf(t, events[:9]) // derived again after a crash, at other offsets
	again.From, again.To = 500, 509
	for i := range again.Offsets {
		again.Offsets[i] = 500 + int64(i)
	}
	insert(t, db, again)
	expect(t, db, "SELECT decided, confused, abstained, not_tagged, round(rate, 6), expected FROM confusion_daily", "39 19 1 1 0.487179 20")
	expect(t, db, "SELECT messages FROM confusion_reasons_daily WHERE why = 'missing_context' AND model = 'm' AND team_token = 't'", "8")
	expect(t, db, "SELECT count(), uniqExact(event_id) FROM confusion_bands", fmt.Sprint(19*8, 19))
	expect(t, db, "SELECT example_event_id, people, messages, dateDiff('minute', first_seen, last_seen), has(why, 'missing_context'), models FROM confusion_problems", "tag06 8 7 1 [m]")
}
