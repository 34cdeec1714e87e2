package rework

import (
	"math/bits"
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

// hashSet is a set of hashes, none of them 0, by open addressing: one allocation, which a map of a hundred would be several of.
type hashSet struct {
	slots []uint64
	shift int
}

func setOf(hashes []uint64) hashSet {
	shift := tableShift(len(hashes))
	s := hashSet{make([]uint64, 1<<(64-shift)), shift}
	for _, h := range hashes {
		s.slots[s.slot(h)] = h
	}
	return s
}

// slot is where a hash is, or belongs.
func (s hashSet) slot(h uint64) int {
	at := spread(h, s.shift)
	for s.slots[at] != 0 && s.slots[at] != h {
		at = (at + 1) & (len(s.slots) - 1)
	}
	return at
}

func (s hashSet) has(h uint64) bool { return len(s.slots) > 0 && s.slots[s.slot(h)] == h }

// element is what sequences are made of: hashes of lines, tokens, numbers.
type element interface{ ~int | ~uint32 | ~uint64 }

// numbering gives the elements of a sequence numbers from 1, in the order in which they are asked for.
type numbering[T element] struct {
	keys    []T
	numbers []int32 // by slot: 0 is free, -1 has no number yet
	shift   int
	last    int32
}

// number prepares numbers for the elements of a sequence.
func number[T element](sequence []T) numbering[T] {
	shift := tableShift(len(sequence))
	n := numbering[T]{make([]T, 1<<(64-shift)), make([]int32, 1<<(64-shift)), shift, 0}
	for _, v := range sequence {
		at := n.slot(v)
		n.keys[at], n.numbers[at] = v, -1
	}
	return n
}

func (n *numbering[T]) slot(v T) int {
	at := spread(uint64(v), n.shift)
	for n.numbers[at] != 0 && n.keys[at] != v {
		at = (at + 1) & (len(n.keys) - 1)
	}
	return at
}

// of returns the element's number, and gives it one; 0 where the sequence doesn't have it.
func (n *numbering[T]) of(v T) int32 {
	at := n.slot(v)
	if n.numbers[at] == -1 {
		n.last++
		n.numbers[at] = n.last
	}
	return n.numbers[at]
}

// known returns the element's number, 0 where it has none.
func (n *numbering[T]) known(v T) int32 { return max(0, n.numbers[n.slot(v)]) }

// tableShift is by how much a spread hash is shifted to be a slot of a table that n elements fill by half at most.
func tableShift(n int) int { return 64 - max(1, bits.Len(uint(2*n-min(n, 1)))) }

func spread(h uint64, shift int) int { return int(h * 0x9E3779B97F4A7C15 >> shift) }

// namesOf returns the names among the tokens, sorted, each once.
func namesOf(tokens []sketch.Token) []sketch.Token {
	names := make([]sketch.Token, 0, len(tokens)/2)
	for _, t := range tokens {
		if t.Name() {
			names = append(names, t)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// without returns what is in only one of two sorted sets, by set.
func without(a, b []sketch.Token) (onlyA, onlyB []sketch.Token) {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			onlyA = append(onlyA, a[i])
			i++
		case a[i] > b[j]:
			onlyB = append(onlyB, b[j])
			j++
		default:
			i++
			j++
		}
	}
	return append(onlyA, a[i:]...), append(onlyB, b[j:]...)
}
