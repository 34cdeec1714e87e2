package consumers

import (
	"errors"
	"testing"

	"github.com/assayhq/assay/schemas"
)

// highest is the greatest turn so far, in a byte.
type highest struct {
	turn   byte
	steady bool
}

func (h *highest) Steady() bool                   { return h.steady }
func (h *highest) MarshalBinary() ([]byte, error) { return []byte{h.turn}, nil }
func (h *highest) UnmarshalBinary(data []byte) error {
	if len(data) != 1 {
		return errors.New("not a byte")
	}
	h.turn = data[0]
	return nil
}

func TestSteadyStatesAreNotWritten(t *testing.T) {
	s := NewFold(tallyService.Service, func(h *highest, in Input) (*highest, []schemas.Event, error) {
		if h == nil {
			h = new(highest)
		}
		turn := byte(in.Event.(*schemas.ChatEvent).Turn.Value)
		h.steady = turn <= h.turn
		h.turn = max(h.turn, turn)
		return h, nil, nil
	})
	b := newBench(t, s)
	w := &worker{service: &s, config: &b.config, place: place{"assistant.chat", 0}, stop: t.Context(), hard: t.Context(),
		session: session{client: b.client}, metrics: discarded(t), log: b.config.Logger}
	k := newKeyedState(w)
	for offset, turn := range []int32{0, 5, 3, 5, 7, 1} {
		clear(k.touched)
		e := prompt(0)
		e.Turn = schemas.Some(turn)
		if _, err := w.applied(k, Input{Event: e, Offset: int64(offset)}); err != nil {
			t.Fatal(err)
		}
		entry := k.entries[e.ConversationID]
		if written, want := len(k.touched) == 1, offset == 0 || turn == 5 && offset == 1 || turn == 7; written != want || written != (entry.applied == int64(offset)) {
			t.Errorf("turn %d at %d: to be written %v, applied %d", turn, offset, written, entry.applied)
		}
	}
	raw, err := s.folder.marshal(&highest{turn: 9})
	if err != nil || string(raw) != "\x09" {
		t.Fatalf("%x, %v", raw, err)
	}
	if state, err := s.folder.unmarshal(raw); err != nil || state.(*highest).turn != 9 {
		t.Errorf("%v, %v", state, err)
	}
	if _, err := s.folder.unmarshal(nil); err == nil {
		t.Error("nothing was a state")
	}
}
