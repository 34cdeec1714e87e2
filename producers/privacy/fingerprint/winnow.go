package fingerprint

import (
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

// Fingerprints are hashes of gram consecutive tokens, of which every window of consecutive hashes keeps its least: two
// texts that share gram+window-1 = 10 tokens in a row share a fingerprint, and about 2/(window+1) of all are kept.
const (
	gram   = 6
	window = 5
)

// Winnow selects fingerprints of a sketch by winnowing (Schleimer, Wilkerson and Aiken: Winnowing: Local Algorithms for
// Document Fingerprinting, SIGMOD 2003), sorted and without repeats. A text shorter than a gram has one. They inherit the key
// of the tokens.
func Winnow(s *sketch.Sketch) []int64 {
	if len(s.Tokens) == 0 {
		return nil
	}
	size := min(gram, len(s.Tokens))
	grams := make([]uint64, len(s.Tokens)-size+1)
	for i := range grams {
		grams[i] = sketch.Hash(s.Tokens[i : i+size])
	}
	var selected []int64
	last := -1
	for from := 0; from == 0 || from+window <= len(grams); from++ {
		least := from
		for i := from; i < min(from+window, len(grams)); i++ {
			if grams[i] <= grams[least] { // the rightmost of equals: it stays the least the longest
				least = i
			}
		}
		if least != last {
			selected = append(selected, int64(grams[least]))
			last = least
		}
	}
	slices.Sort(selected)
	return slices.Compact(selected)
}
