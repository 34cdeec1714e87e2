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
		m.run(msg.Text, s.tokens[st.first:st.last], st.question, head, &w.features, func(sum float32, from, to int) {
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
func (m *Model) run(text string, tokens []token, question bool, head int, all *features, found func(sum float32, from, to int)) {
	var sum float32
	from := 0
	one := new(features)
	var count, asked [cueCount]uint8
	for i := range tokens {
		one.reset()
		one.ngrams(text, tokens[max(0, i-1):i+1], question, &count, &asked)
		one.forget()
		var gain float32
		for g, group := range one.hashed {
			norm := inverseRoot(len(all.hashed[g]))
			for _, b := range group {
				gain += m.weight(b, head) * norm
			}
		}
		for set := one.cues; set != 0; set &= set - 1 {
			c := bits.TrailingZeros64(set)
			gain += m.header.Dense[denseCue+c][head] + m.header.Dense[denseCueShare+c][head]
			if question {
				gain += m.header.Dense[denseCueAsked+c][head]
			}
		}
		if sum <= 0 {
			sum, from = 0, int(tokens[i].start)
		}
		sum += gain
		found(sum, from, int(tokens[i].end))
	}
}
