package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

const (
	// shape is the length of the runs, names aside, by which a place is found that may hold accepted code.
	shape = 6
	// verbatim is the shortest run, renamings applied, that counts as moved: shorter ones stand everywhere.
	verbatim = 6
	// margin is how much longer than the accepted code the place may be, as a fraction.
	margin = 0.25
)

// shapes hashes every run of shape tokens with all names alike; entry i is the run that begins at token i.
func shapes(tokens []sketch.Token) []uint64 {
	if len(tokens) < shape {
		return nil
	}
	alike := make([]sketch.Token, len(tokens))
	for i, t := range tokens {
		if t.Name() {
			t = anyName
		}
		alike[i] = t
	}
	hashes := make([]uint64, len(tokens)-shape+1)
	for i := range hashes {
		hashes[i] = sketch.Hash(alike[i : i+shape])
	}
	return hashes
}

// window finds the part of a text, as long as the accepted code or a little longer, that shares the most shapes with it.
func window(accepted map[uint64]struct{}, size int, text []uint64) (from, to int) {
	size += int(margin * float64(size))
	hits, most := 0, 0
	hit := func(i int) int {
		if _, ok := accepted[text[i]]; ok {
			return 1
		}
		return 0
	}
	for i := range text {
		hits += hit(i)
		if i >= size {
			hits -= hit(i - size)
		}
		if hits > most {
			most, from, to = hits, max(0, i-size+1), i+shape
		}
	}
	return from, to
}

// moved marks the accepted tokens that stand in a text in long runs, and tells the part of the text that holds them.
func moved(accepted, text []sketch.Token) (found []bool, from, to int) {
	found = make([]bool, len(accepted))
	known := make(map[uint64]struct{}, len(accepted))
	for _, h := range shapes(accepted) {
		known[h] = struct{}{}
	}
	from, to = window(known, len(accepted), shapes(text))
	if to == from {
		return found, 0, 0
	}
	text = text[from:to]
	first, last := len(text), 0
	for _, b := range blocks(renamed(accepted, text), text, verbatim) {
		for i := range b.size {
			found[b.a+i] = true
		}
		first, last = min(first, b.b), max(last, b.b+b.size)
	}
	if last == 0 || !slices.Contains(found, true) {
		return found, 0, 0
	}
	return found, from + first, from + last
}
