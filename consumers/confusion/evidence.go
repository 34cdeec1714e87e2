package confusion

import "math/bits"

// evidence returns the clauses of one sentence that speak most for confusion: those of the run of words whose weights have the
// greatest sum. Where no word does, it is what a program printed, or what else there is.
func (m *Model) evidence(msg *Message, w *work) Span {
	s, head := &w.scanner, headChat
	if msg.Channel == Review {
		head = headReview
	}
	var best float32
	var in []token
	var first, last int
	for _, st := range s.sentences {
		if st.kind != prose {
			continue
		}
		tokens := s.tokens[st.first:st.last]
		m.run(tokens, st.question, head, w, func(sum float32, from, to int) {
			if sum > best {
				best, in, first, last = sum, tokens, from, to
			}
		})
	}
	if best > 0 {
		return clauses(msg.Text, in, first, last)
	}
	for _, kind := range []lineKind{trace, prose, code, quote} {
		for _, st := range s.sentences {
			if st.kind == kind {
				return dressed(msg.Text, Span{int(st.start), int(st.end)})
			}
		}
	}
	return Span{}
}

// run finds the best run of a sentence's words, from the first to the last of it (Kadane's maximum subarray).
func (m *Model) run(tokens []token, question bool, head int, w *work, found func(sum float32, from, to int)) {
	norm := [...]float32{wordGroup: inverseRoot(len(w.features.hashed[wordGroup])), questionGroup: inverseRoot(len(w.features.hashed[questionGroup]))}
	var sum float32
	from := 0
	h1, h2 := uint32(hashStart), uint32(0)
	for i, t := range tokens {
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
			sum, from = 0, i
		}
		sum += gain
		found(sum, from, i)
		h1, h2 = t.hash, two
	}
}
