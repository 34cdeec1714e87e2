package main

import (
	"path/filepath"
	"testing"
)

// TestConfusionOfRecordedChats replays real chats and reads their tags by SQL.
func TestConfusionOfRecordedChats(t *testing.T) {
	recording := shared(t, "telemetry/realhumaneval_chat.jsonl")
	data := filepath.Join(t.TempDir(), "data")
	r := assayJSON[report](t, "up", "--data", data, "--replay", recording, "--once", "--json")
	if !r.Ledger.Balanced || r.Lag != 0 || r.DeadLetters != 0 {
		t.Errorf("ledger %v, lag %d, dead letters %d", r.Ledger.Problems, r.Lag, r.DeadLetters)
	}
	rows := query(t, data, `
		WITH (SELECT groupArray(event_id) FROM chat_events WHERE kind = 'prompt_sent') AS prompts
		SELECT
			toUInt8(count() = length(prompts) AND uniqExact(caused_by) = count()) AS "every prompt has one tag",
			toUInt8(countIf(NOT has(prompts, caused_by)) = 0) AS "every tag is of a prompt",
			toUInt8(countIf(kind = 'not_tagged' OR score IS NULL OR tagger = '') = 0) AS "all were read",
			toUInt8(countIf(kind = 'confused') BETWEEN count() / 20 AND count() / 3) AS "some writers are confused, not all",
			toUInt8(countIf(kind = 'confused' AND (empty(reasons) OR empty(clarification))) = 0) AS "who is confused is so for a reason",
			toUInt8(countIf(span_start >= span_end) = 0) AS "evidence is not empty",
			toUInt8(countIf(weak_label = 're_asked') > 0) AS "asking again shows in the behaviour"
		FROM confusion_tags`)
	if len(rows) != 1 || len(rows[0]) != 7 {
		t.Fatalf("got %v", rows)
	}
	for what, ok := range rows[0] {
		if ok != float64(1) {
			t.Errorf("not so: %s (%v)", what, ok)
		}
	}
}
