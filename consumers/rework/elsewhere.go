package rework

import "github.com/assayhq/assay/schemas/sketch"

const (
	// shape is the length of the runs, names aside, by which a place is found that may hold accepted code.
	shape = 6
	// verbatim is the shortest run, renamings applied, that counts as moved: shorter ones stand everywhere.
	verbatim = 10
	// margin is how much longer than the accepted code the place may be, as a fraction.
	margin = 0.25
)

// runHashes hashes every run of shape tokens, with all names alike or as they are; entry i is the run that begins at token i.
func runHashes(tokens []sketch.Token, namesAlike bool) []uint64 {
	if len(tokens) < shape {
		return nil
	}
	alike := make([]sketch.Token, len(tokens))
	for i, t := range tokens {
		if namesAlike && t.Name() {
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

// window finds the part of a text, as long as the accepted code or a little longer, that shares the most runs with it.
func window(accepted map[uint64]struct{}, size int, text []uint64, run int) (from, to int) {
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
			most, from, to = hits, max(0, i-size+1), i+run
		}
	}
	return from, to
}

// moved marks the accepted tokens that stand in a text in long runs, and tells the part of the text that holds them.
func moved(accepted, text []sketch.Token) (found []bool, from, to int) {
	best := 0
	for _, alike := range [2]bool{true, false} {
		known := make(map[uint64]struct{}, len(accepted))
		for _, h := range runHashes(accepted, alike) {
			known[h] = struct{}{}
		}
		begin, end := window(known, len(accepted), runHashes(text, alike), shape)
		if end == begin {
			continue
		}
		marks, first, last := verbatimIn(accepted, text[begin:end])
		if n := count(marks); n > best {
			best, found, from, to = n, marks, begin+first, begin+last
		}
	}
	return found, from, to
}

// verbatimIn marks the accepted tokens that stand in a text in long runs.
func verbatimIn(accepted, text []sketch.Token) (found []bool, from, to int) {
	found = make([]bool, len(accepted))
	from = len(text)
	for _, b := range blocks(renamed(accepted, text), text, verbatim) {
		for i := range b.size {
			found[b.a+i] = true
		}
		from, to = min(from, b.b), max(to, b.b+b.size)
	}
	return found, from, to
}
