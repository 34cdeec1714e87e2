package confusion

import "slices"

// Sketch is what is kept of a message to compare the next one with: keyed hashes of its words and a few facts. It holds
// no text, and words can't be guessed from it without the key.
type Sketch struct {
	Words   []uint32 `json:"w,omitempty"` // that carry meaning: distinct, ascending
	Bytes   int      `json:"b,omitempty"`
	Code    bool     `json:"c,omitempty"`
	Trace   bool     `json:"t,omitempty"`
	Asks    bool     `json:"q,omitempty"` // has a question
	Apology bool     `json:"a,omitempty"`
}

// maxSketch bounds the words of a sketch.
const maxSketch = 160

// apologies are the words of an assistant that was told of an error.
var apologies = []uint32{hashWord("apologize"), hashWord("apologies"), hashWord("apologise"), hashWord("sorry"), hashWord("mistake"), hashWord("oversight")}

// sketched is how much of a message is sketched, in bytes: what it is about stands at its beginning.
const sketched = 600

// sketch makes a sketch of a text.
func (s *scanner) sketch(text string, key Key) Sketch {
	if len(text) > sketched {
		text = text[:boundary(text, sketched)]
	}
	s.scan(text)
	sk := Sketch{Bytes: len(text), Code: s.bytes[code] > 0, Trace: s.bytes[trace] > 0}
	if len(text) == 0 {
		return sk
	}
	sk.Words = make([]uint32, 0, min(maxSketch, len(s.tokens)))
	for _, st := range s.sentences {
		if st.kind == quote {
			continue
		}
		if st.kind == prose {
			sk.Asks = sk.Asks || st.question
		}
		for _, t := range s.tokens[st.first:st.last] {
			if t.kind == question || t.kind == stop {
				continue
			}
			sk.Apology = sk.Apology || st.kind == prose && slices.Contains(apologies, t.hash)
			if len(sk.Words) < maxSketch && phraseCues.of(t.hash)&functionWord == 0 {
				sk.Words = append(sk.Words, keyed(t, text, key))
			}
		}
	}
	slices.Sort(sk.Words)
	sk.Words = slices.Compact(sk.Words)
	return sk
}

// keyed is a token's hash in sketches. Numbers count by their digits there: other numbers are another request.
func keyed(t token, text string, key Key) uint32 {
	h := t.hash
	if t.kind == number {
		h = hashWord(text[t.start:t.end])
	}
	return key.hash(h)
}

// has reports whether a keyed word is in the sketch.
func (s *Sketch) has(w uint32) bool {
	_, ok := slices.BinarySearch(s.Words, w)
	return ok
}
