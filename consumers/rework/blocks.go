package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

// block is a run of tokens that stands in both texts: a's from a on, b's from b on.
type block struct{ a, b, size int }

// blocks cuts two texts into what they share in order, the longest run first, then the longest ones on either side of it
// (Ratcliff and Obershelp: Pattern Matching: The Gestalt Approach, 1988), down to runs of least tokens.
func blocks(a, b []sketch.Token, least int) []block {
	m := matcher{a: a, places: make(map[sketch.Token][]int32, len(b)), least: least,
		last: make([]int32, len(b)+1), next: make([]int32, len(b)+1)}
	for j, t := range b {
		m.places[t] = append(m.places[t], int32(j))
	}
	m.split(0, len(a), 0, len(b))
	slices.SortFunc(m.found, func(x, y block) int { return x.a - y.a })
	return m.found
}

type matcher struct {
	a          []sketch.Token
	places     map[sketch.Token][]int32
	least      int
	last, next []int32 // length of the run that ends at b[j-1], for a's previous and current token
	found      []block
}

func (m *matcher) split(aFrom, aTo, bFrom, bTo int) {
	if aTo-aFrom < m.least || bTo-bFrom < m.least {
		return
	}
	best := m.longest(aFrom, aTo, bFrom, bTo)
	if best.size < m.least {
		return
	}
	m.found = append(m.found, best)
	m.split(aFrom, best.a, bFrom, best.b)
	m.split(best.a+best.size, aTo, best.b+best.size, bTo)
}

// longest returns the first of the longest runs within the ranges.
func (m *matcher) longest(aFrom, aTo, bFrom, bTo int) (best block) {
	for i := aFrom; i < aTo; i++ {
		places := m.places[m.a[i]]
		at, _ := slices.BinarySearch(places, int32(bFrom))
		for _, j := range places[at:] {
			if int(j) >= bTo {
				break
			}
			run := m.last[j] + 1
			m.next[j+1] = run
			if int(run) > best.size {
				best = block{i + 1 - int(run), int(j) + 1 - int(run), int(run)}
			}
		}
		if i > aFrom {
			m.wipe(m.last, m.a[i-1], bFrom, bTo)
		}
		m.last, m.next = m.next, m.last
	}
	if aTo > aFrom {
		m.wipe(m.last, m.a[aTo-1], bFrom, bTo)
	}
	return best
}

// wipe clears what a token wrote, so that the slices needn't be cleared as a whole.
func (m *matcher) wipe(runs []int32, t sketch.Token, bFrom, bTo int) {
	places := m.places[t]
	at, _ := slices.BinarySearch(places, int32(bFrom))
	for _, j := range places[at:] {
		if int(j) >= bTo {
			return
		}
		runs[j+1] = 0
	}
}
