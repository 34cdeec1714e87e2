package rework

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

// version is what is remembered of a file as it was last seen: for each line with meaningful tokens its number and a hash.
type version struct {
	numbers []int32
	hashes  []uint32
}

func versionOf(s *sketch.Sketch) version {
	v := version{make([]int32, len(s.Lines)), make([]uint32, len(s.Lines))}
	for i, l := range s.Lines {
		v.numbers[i] = int32(l.Number)
		v.hashes[i] = uint32(sketch.Hash(s.Line(i)) >> 32)
	}
	return v
}

// find returns the index of the first line whose number is at least n.
func (v version) find(n int) int {
	at, _ := slices.BinarySearch(v.numbers, int32(n))
	return at
}

// nearest returns where the lines stand in a row, closest to the given index; -1 where they don't.
func (v version) nearest(lines []uint32, want int) int {
	for away := 0; away <= len(v.hashes); away++ {
		for _, at := range [2]int{want - away, want + away} {
			if at >= 0 && at+len(lines) <= len(v.hashes) && slices.Equal(v.hashes[at:at+len(lines)], lines) {
				return at
			}
		}
	}
	return -1
}

// hash identifies the content of the file; 0 is an empty one.
func (v version) hash() uint64 { return hashLines(v.hashes) }

// hashLines hashes the parts of a file one after the other.
func hashLines(parts ...[]uint32) uint64 {
	h := uint64(0)
	for _, part := range parts {
		for _, l := range part {
			h = (h ^ uint64(l) ^ 0xCBF29CE484222325) * 0x100000001B3
		}
	}
	return h
}

// MarshalJSON writes the lines as one string of bytes: the differences of numbers as varints, the hashes as they are.
func (v version) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 5*len(v.hashes))
	last := int32(0)
	for i, h := range v.hashes {
		raw = binary.AppendVarint(raw, int64(v.numbers[i]-last))
		raw = binary.LittleEndian.AppendUint32(raw, h)
		last = v.numbers[i]
	}
	return json.Marshal(raw)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *version) UnmarshalJSON(text []byte) error {
	var raw []byte
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	*v = version{make([]int32, 0, len(raw)/5), make([]uint32, 0, len(raw)/5)}
	last := int64(0)
	for len(raw) > 0 {
		step, n := binary.Varint(raw)
		if n <= 0 || len(raw) < n+4 {
			return errors.New("read version: cut short")
		}
		last += step
		v.numbers = append(v.numbers, int32(last))
		v.hashes = append(v.hashes, binary.LittleEndian.Uint32(raw[n:]))
		raw = raw[n+4:]
	}
	return nil
}
