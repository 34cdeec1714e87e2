package sketch

import (
	"encoding/binary"
	"errors"
	"math"
)

// version is the first byte of every encoding.
const version = 1

// Append encodes the sketch: the version, then for each line the difference of line numbers, the count of tokens, and
// the tokens. A token that stood before is the varint 1 + index among the distinct ones, a new one is 0 and four bytes.
// Hashes can't be compressed, but code repeats itself: a file takes about 1.7 bytes a token.
func (s *Sketch) Append(dst []byte) []byte {
	dst = append(dst, version)
	index := make(map[Token]uint64, len(s.Tokens)/4)
	number := 0
	for i, l := range s.Lines {
		tokens := s.Line(i)
		dst = binary.AppendUvarint(dst, uint64(l.Number-number))
		dst = binary.AppendUvarint(dst, uint64(len(tokens)))
		number = l.Number
		for _, t := range tokens {
			at, known := index[t]
			if !known {
				at = uint64(len(index)) + 1
				index[t] = at
				dst = binary.LittleEndian.AppendUint32(append(dst, 0), uint32(t))
				continue
			}
			dst = binary.AppendUvarint(dst, at)
		}
	}
	return dst
}

var errMalformed = errors.New("parse sketch: the bytes are not a sketch of this version: they must come from the SDK's fingerprint package")

// Parse decodes what Append wrote. It takes no more memory than eight times the bytes.
func Parse(raw []byte) (Sketch, error) {
	if len(raw) == 0 || raw[0] != version {
		return Sketch{}, errMalformed
	}
	raw = raw[1:]
	s := Sketch{Tokens: make([]Token, 0, len(raw)*2/3), Lines: make([]Line, 0, len(raw)/16)}
	known := make([]Token, 0, len(raw)/6)
	number := uint64(0)
	next := func() (uint64, bool) {
		v, n := binary.Uvarint(raw)
		if n <= 0 {
			return 0, false
		}
		raw = raw[n:]
		return v, true
	}
	for len(raw) > 0 {
		step, ok := next()
		count, also := next()
		number += step
		if !ok || !also || step == 0 || number > math.MaxInt32 || count == 0 || count > uint64(len(raw)) {
			return Sketch{}, errMalformed
		}
		for range count {
			at, ok := next()
			switch {
			case !ok || at > uint64(len(known)):
				return Sketch{}, errMalformed
			case at > 0:
				s.Tokens = append(s.Tokens, known[at-1])
				continue
			case len(raw) < 4:
				return Sketch{}, errMalformed
			}
			t := Token(binary.LittleEndian.Uint32(raw))
			raw = raw[4:]
			known = append(known, t)
			s.Tokens = append(s.Tokens, t)
		}
		s.Lines = append(s.Lines, Line{int(number), len(s.Tokens)})
	}
	return s, nil
}
