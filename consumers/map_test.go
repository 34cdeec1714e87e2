package consumers

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

func TestMapDerivesOncePerEvent(t *testing.T) {
	b := newBench(t, echoService)
	b.publish(prompts(500)...)
	b.publish(prompts(100)...) // a producer that repeats itself
	b.untilDrained(echoService)
	b.publish(prompt(500), prompt(3)) // and does so again after a restart, with a window read from the log
	b.untilDrained(echoService)

	out := b.read("quality.outcomes")
	if ids := distinct(out); len(out) != 501 || len(ids) != 501 {
		t.Errorf("%d outcomes with %d ids, want 501", len(out), len(ids))
	}
}

func TestWhatCannotBeUsedBecomesADeadLetter(t *testing.T) {
	b := newBench(t, echoService)
	id := uint32(b.ids["ChatEvent"])
	frame := func(e *schemas.ChatEvent) []byte { return schemas.AppendFrame(nil, int(id), e) }
	good := frame(prompt(1))
	year2500 := prompt(2)
	year2500.OccurredAt = time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC)
	refuse, panics := prompt(3), prompt(4)
	refuse.ConversationID, panics.ConversationID = "refuse", "panic"
	wrongEnum := append(binary.BigEndian.AppendUint32([]byte{0}, id), prompt(5).AppendAvro(nil)...)
	wrongEnum[len(wrongEnum)-1] = 3 // a negative block count where the empty map ended

	values := [][]byte{
		[]byte("not avro at all"), nil, good[:len(good)-4], append(binary.BigEndian.AppendUint32([]byte{0}, 4711), 1, 2, 3),
		frame(year2500), frame(refuse), frame(panics), wrongEnum,
		schemas.AppendFrame(nil, b.ids["Outcome"], &schemas.Outcome{Envelope: prompt(1).Envelope}),
		good,
	}
	b.send("assistant.chat", values...)
	b.untilDrained(echoService)

	want := map[int64]schemas.DeadLetterReason{
		0: schemas.DeadLetterNotAvro, 1: schemas.DeadLetterNotAvro, 2: schemas.DeadLetterTruncated, 3: schemas.DeadLetterUnknownSchema,
		4: schemas.DeadLetterInvalid, 5: schemas.DeadLetterRefusedByService, 6: schemas.DeadLetterRefusedByService, 7: schemas.DeadLetterTruncated, 8: schemas.DeadLetterWrongType,
	}
	letters := b.read(topology.DeadLetters)
	for _, e := range letters {
		l := e.(*schemas.DeadLetter)
		if l.Kind != want[l.OriginOffset] {
			t.Errorf("offset %d: reason %s, want %s (%s)", l.OriginOffset, l.Kind, want[l.OriginOffset], l.Detail)
		}
		if strings.Contains(l.Detail, "secret") {
			t.Errorf("the letter quotes the input: %s", l.Detail)
		}
		o, err := deadletter.Unwrap(b.config.Keys, []*schemas.DeadLetter{l})
		if err != nil || string(o.Value) != string(values[l.OriginOffset]) {
			t.Errorf("offset %d: the original is not whole: %v", l.OriginOffset, err)
		}
		delete(want, l.OriginOffset)
	}
	if len(want) > 0 {
		t.Errorf("no letter for offsets %v", want)
	}
	if out := b.read("quality.outcomes"); len(out) != 1 {
		t.Errorf("%d outcomes, want that of the one good record", len(out))
	}
}
