package confusion

import (
	"cmp"
	"slices"
	"strings"
)

// maxStatement is how many sentences a problem statement has at most.
const maxStatement = 3

// What the sentences of a problem statement hold. A good one names the goal, what was observed and what was expected, as
// templates for bug reports ask for (Bettenburg et al. 2008).
var (
	cueGoal     = cueNamed("polite") | cueNamed("howto") | cueNamed("request")
	cueObserved = cueNamed("failure") | cueNamed("observed") | cueNamed("wrong") | cueNamed("again") | cueNamed("surprise")
	cueExpected = cueNamed("shouldbe") | cueNamed("denial") | cueNamed("belief")
	cueQuestion = cueNamed("why") | cueNamed("meaning") | cueNamed("doublecheck") | cueNamed("ununderstood") | cueNamed("unsure") | cueNamed("confused") | cueNamed("advice")
	cueCourtesy = cueNamed("content") | cueNamed("assent")
)

// Problem returns the sentences of a message that state its problem, verbatim and best first: what the writer observed,
// expected, wants and asks. Code, quotes and what programs printed are left out; a message of nothing else states nothing.
// With them comes the keyed MinHash of their words, to find messages with the same problem.
func (t *Tagger) Problem(text string) ([]Span, []int64) {
	w := t.pool.Get().(*work)
	defer t.pool.Put(w)
	w.scanner.scan(text)
	spans := statement(text, &w.scanner)
	return spans, w.scanner.minHash(text, spans, t.key)
}

type ranked struct {
	span Span
	rank float64
}

func statement(text string, s *scanner) []Span {
	var all []ranked
	for i, st := range s.sentences {
		tokens := s.tokens[st.first:st.last]
		if st.kind != prose || len(tokens) < 2 || !inWords(tokens) || strings.HasSuffix(strings.TrimRight(text[:st.start], " "), "#") {
			continue // the last is a comment of code that a blank line parts from it
		}
		r := rank(tokens, st.question)
		if i == 0 {
			r += 0.3
		}
		span := dressed(text, Span{int(st.start), int(st.end)})
		said := slices.ContainsFunc(all, func(a ranked) bool { return text[a.span.Start:a.span.End] == text[span.Start:span.End] })
		if r > 0 && !said {
			all = append(all, ranked{span, r})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	all = all[:min(len(all), maxStatement)]
	spans := make([]Span, len(all))
	for i, r := range all {
		spans[i] = r.span
	}
	return spans
}

// inWords reports whether a sentence is not data: rows of numbers, or of names alone.
func inWords(tokens []token) bool {
	words, numbers := 0, 0
	for _, t := range tokens {
		switch t.kind {
		case word:
			words++
		case number:
			numbers++
		}
	}
	return words > 0 && numbers <= len(tokens)/2
}

// rank is how much a sentence says about a problem.
func rank(tokens []token, question bool) float64 {
	cues := cuesOf(tokens)
	var r float64
	for _, part := range []struct {
		set    uint64
		weight float64
	}{{cueObserved, 1}, {cueExpected, 1}, {cueQuestion, 1}, {cueGoal, 0.6}, {cueCourtesy, -0.8}} {
		if cues&part.set != 0 {
			r += part.weight
		}
	}
	if question {
		r += 0.8
	}
	names := 0
	for _, t := range tokens {
		if t.kind == identifier || t.kind == number {
			names++
		}
	}
	r += 0.2 * float64(min(names, 2)) // what is concrete says more
	if len(tokens) < 4 {
		r -= 0.5
	}
	return r
}

// cuesOf returns the cues of a run of words.
func cuesOf(tokens []token) uint64 {
	var set uint64
	h1, h2 := uint32(0), uint32(0)
	for _, t := range tokens {
		set |= phraseCues.of(t.hash)
		two, three := join(h1, t.hash), join(h2, t.hash)
		if h1 != 0 {
			set |= phraseCues.of(two)
		}
		if h2 != 0 {
			set |= phraseCues.of(three)
		}
		h2 = 0
		if h1 != 0 {
			h2 = two
		}
		h1 = t.hash
	}
	return set & cueMask
}
