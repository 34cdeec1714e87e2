package confusion

import "math/bits"

// evidence returns the bytes of the words that speak most for confusion: the run of words of one sentence whose weights
// have the greatest sum. Where no word does, it is what a program printed, or nothing.
func (m *Model) evidence(msg *Message, w *work) (start, end int) {
	s, head := &w.scanner, headChat
	if msg.Channel == Review {
		head = headReview
	}
	var best float32
	for _, st := range s.sentences {
		if st.kind != prose {
			continue
		}
		m.run(s.tokens[st.first:st.last], st.question, head, w, func(sum float32, from, to int) {
			if sum > best {
				best, start, end = sum, from, to
			}
		})
	}
	if best > 0 {
		return start, end
	}
	for _, kind := range []lineKind{trace, prose} {
		for _, st := range s.sentences {
			if st.kind == kind {
				return int(st.start), int(st.end)
			}
		}
	}
	return 0, 0
}

// run finds the best run of a sentence's words (Kadane's maximum subarray).
func (m *Model) run(tokens []token, question bool, head int, w *work, found func(sum float32, from, to int)) {
	norm := [...]float32{wordGroup: inverseRoot(len(w.features.hashed[wordGroup])), questionGroup: inverseRoot(len(w.features.hashed[questionGroup]))}
	var sum float32
	from := 0
	h1, h2 := uint32(hashStart), uint32(0)
	for _, t := range tokens {
		two, three := join(h1, t.hash), join(h2, t.hash)
		var gain float32
		cues := uint64(0)
		for n, h := range [...]uint32{t.hash, two, three} {
			if n == 2 && h2 == 0 {
				break
			}
			gain += m.weight(bucket(wordGroup, h), head) * norm[wordGroup]
			if question {
				gain += m.weight(bucket(questionGroup, h), head) * norm[questionGroup]
			}
			cues |= phraseCues.of(h)
		}
		for set := cues & cueMask; set != 0; set &= set - 1 {
			c := bits.TrailingZeros64(set)
			gain += m.header.Dense[denseCue+c][head] + m.header.Dense[denseCueShare+c][head]
			if question {
				gain += m.header.Dense[denseCueAsked+c][head]
			}
		}
		if sum <= 0 {
			sum, from = 0, int(t.start)
		}
		sum += gain
		found(sum, from, int(t.end))
		h1, h2 = t.hash, two
	}
}
