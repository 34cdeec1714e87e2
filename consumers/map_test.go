package consumers

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

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
		plain, err := b.config.Sealer.Open(l.Org, l.SealKeyID, l.Sealed, []byte(l.EventID))
		if err != nil {
			t.Fatal(err)
		}
		var o Original
		if err := json.Unmarshal(plain, &o); err != nil || string(o.Value) != string(values[l.OriginOffset]) {
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

func TestALargeOriginalSpansLetters(t *testing.T) {
	value := []byte(strings.Repeat("x", 2<<20))
	b := newBench(t, echoService)
	l := letterOf{place: place{"assistant.chat", 0}, record: &record{offset: 7, logTime: day.UnixMilli(), value: value}, reason: schemas.DeadLetterNotAvro, org: UnknownOrg}
	letters, err := l.letters("echo", b.config.Sealer)
	if err != nil {
		t.Fatal(err)
	}
	b.publish(letters...)
	var whole []byte
	for _, e := range b.read(topology.DeadLetters) {
		part := e.(*schemas.DeadLetter)
		plain, err := b.config.Sealer.Open(part.Org, part.SealKeyID, part.Sealed, []byte(part.EventID))
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, plain...)
	}
	var o Original
	if err := json.Unmarshal(whole, &o); err != nil || string(o.Value) != string(value) {
		t.Errorf("%d letters don't add up to the original: %v", len(letters), err)
	}
}
