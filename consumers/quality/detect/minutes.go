package detect

import (
	"encoding/json"
	"fmt"
	"slices"
)

// minutes are in order of time, one entry for each minute that has observations.
type minutes []Minute

// add counts observations in their minute.
func (ms *minutes) add(m Minute) {
	i := len(*ms)
	for i > 0 && (*ms)[i-1].T > m.T { // late ones are few and near the end
		i--
	}
	if i == 0 || (*ms)[i-1].T != m.T {
		*ms = slices.Insert(*ms, i, m)
		return
	}
	at := &(*ms)[i-1]
	at.Add(m.Counts)
	at.First = min(at.First, m.First)
}

// minuteFields is how many numbers a minute has in JSON.
const minuteFields = 4

// MarshalJSON writes one flat list of small numbers: minutes and offsets as differences.
func (ms minutes) MarshalJSON() ([]byte, error) {
	flat := make([]int64, 0, minuteFields*len(ms))
	var t, first int64
	for _, m := range ms {
		flat = append(flat, m.T-t, m.First-first, m.N, m.K)
		t, first = m.T, m.First
	}
	return json.Marshal(flat)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (ms *minutes) UnmarshalJSON(raw []byte) error {
	var flat []int64
	if err := json.Unmarshal(raw, &flat); err != nil {
		return fmt.Errorf("read minutes: %w", err)
	}
	if len(flat)%minuteFields != 0 {
		return fmt.Errorf("read minutes: %d numbers aren't whole minutes of %d", len(flat), minuteFields)
	}
	*ms = (*ms)[:0]
	var t, first int64
	for f := range slices.Chunk(flat, minuteFields) {
		t, first = t+f[0], first+f[1]
		*ms = append(*ms, Minute{T: t, First: first, Counts: Counts{N: f[2], K: f[3]}})
	}
	return nil
}
