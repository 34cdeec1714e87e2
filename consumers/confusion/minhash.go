package confusion

import "math"

// sketchSize is the number of values of a MinHash: the share of equal values of two estimates the Jaccard similarity of
// their sets of words with a standard error of about 0.18 (Broder 1997).
const sketchSize = 32

// minHash returns the keyed MinHash of the words of the spans that carry meaning; nil where there are none.
func (s *scanner) minHash(text string, spans []Span, key Key) []int64 {
	var least [sketchSize]uint32
	for i := range least {
		least[i] = math.MaxUint32
	}
	none := true
	for _, t := range s.tokens {
		if t.kind == question || t.kind == stop || phraseCues.of(t.hash)&functionWord != 0 || !within(spans, t) {
			continue
		}
		none = false
		w := keyed(t, text, key)
		for i := range least {
			w = mix(w + 0x9e3779b9)
			least[i] = min(least[i], mix(w^uint32(i)*0x85ebca6b))
		}
	}
	if none {
		return nil
	}
	out := make([]int64, sketchSize)
	for i, v := range least {
		out[i] = int64(v)
	}
	return out
}

func within(spans []Span, t token) bool {
	for _, s := range spans {
		if int(t.start) >= s.Start && int(t.end) <= s.End {
			return true
		}
	}
	return false
}
