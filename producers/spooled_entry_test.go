package producers

import (
	"fmt"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
)

// What one process kept another one publishes.
func TestEntriesOutliveTheProcess(t *testing.T) {
	events := []schemas.Event{}
	for i := range 3 {
		events = append(events, &schemas.ChatEvent{
			Envelope: schemas.Envelope{EventID: fmt.Sprint("e", i), OccurredAt: time.UnixMilli(1e12).UTC(), Source: "s", Org: "o", Environment: schemas.EnvironmentCanary},
			Kind:     schemas.ChatPromptSent, ConversationID: "c", Chars: schemas.Some(int32(i)), Attributes: map[string]string{},
		}, &schemas.CodeEvent{
			Envelope: schemas.Envelope{EventID: fmt.Sprint("f", i), OccurredAt: time.UnixMilli(1e12).UTC(), Source: "s", Org: "o", Environment: schemas.EnvironmentCanary},
			Kind:     schemas.CodeSuggestionShown, FileID: "f", Sealed: []byte{1, 2}, SealKeyID: "k", Attributes: map[string]string{"a": "b"},
		})
	}
	got, err := decodeEvents(t.Context(), encodeEvents(events))
	if err != nil || len(got) != len(events) {
		t.Fatalf("%d events, %v", len(got), err)
	}
	for i := range events {
		if string(got[i].AppendAvro(nil)) != string(events[i].AppendAvro(nil)) || got[i].Record() != events[i].Record() {
			t.Errorf("event %d: got %+v, want %+v", i, got[i], events[i])
		}
	}
}

// Every version of every record can be read: the process that kept it may be older.
func TestEntriesOfOlderVersions(t *testing.T) {
	for _, record := range schemas.Records() {
		for version := range record.History {
			if _, err := (history{record}).SchemaByID(t.Context(), version+1); err != nil {
				t.Errorf("%s version %d: %v", record.Name, version+1, err)
			}
		}
		if _, err := (history{record}).SchemaByID(t.Context(), len(record.History)+1); err == nil {
			t.Errorf("%s has a version that it doesn't have", record.Name)
		}
	}
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add(encodeEvents([]schemas.Event{&schemas.CodeEvent{Envelope: schemas.Envelope{EventID: "e"}, FileID: "f"}}))
	f.Add([]byte{1, 'x', 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, entry []byte) {
		events, err := decodeEvents(t.Context(), entry)
		if err != nil {
			return
		}
		if _, err := decodeEvents(t.Context(), encodeEvents(events)); err != nil {
			t.Errorf("%d events are read and can't be again: %v", len(events), err)
		}
	})
}
