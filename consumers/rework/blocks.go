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
	runs := make([]int32, 2*len(b)+2)
	m := matcher{a: a, places: placesOf(a, b), least: least, last: runs[:len(b)+1], next: runs[len(b)+1:]}
	m.split(0, len(a), 0, len(b))
	slices.SortFunc(m.found, func(x, y block) int { return x.a - y.a })
	return m.found
}

type matcher struct {
	a          []sketch.Token
	places     places
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
		for _, j := range m.places.of(i, bFrom, bTo) {
			run := m.last[j] + 1
			m.next[j+1] = run
			if int(run) > best.size {
				best = block{i + 1 - int(run), int(j) + 1 - int(run), int(run)}
			}
		}
		if i > aFrom {
			m.wipe(m.last, i-1, bFrom, bTo)
		}
		m.last, m.next = m.next, m.last
	}
	if aTo > aFrom {
		m.wipe(m.last, aTo-1, bFrom, bTo)
	}
	return best
}

// wipe clears what a's i-th token wrote, so that the slices needn't be cleared as a whole.
func (m *matcher) wipe(runs []int32, i, bFrom, bTo int) {
	for _, j := range m.places.of(i, bFrom, bTo) {
		runs[j+1] = 0
	}
}

// places tells where the tokens of one text stand in another one.
type places struct {
	number []int32 // of a's tokens, from 1; 0: b doesn't have it
	from   []int32 // by number, where its places begin; they end where those of the next number begin
	all    []int32 // b's places by number, in order
}

func placesOf(a, b []sketch.Token) places {
	numbers := number(b)
	room := make([]int32, len(a)+3*len(b)+2)
	inB, room := room[:len(b)], room[len(b):]
	for j, t := range b {
		inB[j] = numbers.of(t)
	}
	p := places{number: room[:len(a)], all: room[len(a) : len(a)+len(b)], from: room[len(a)+len(b):][:numbers.last+2]}
	for i, t := range a {
		p.number[i] = numbers.known(t)
	}
	for _, k := range inB { // counted, then summed up to where each number's places end, then filled in from behind
		p.from[k]++
	}
	for k := 1; k < len(p.from); k++ {
		p.from[k] += p.from[k-1]
	}
	for j := len(b) - 1; j >= 0; j-- {
		p.from[inB[j]]--
		p.all[p.from[inB[j]]] = int32(j)
	}
	return p
}

// of returns the places of a's i-th token within [from, to) of b.
func (p *places) of(i, from, to int) []int32 {
	k := p.number[i]
	if k == 0 {
		return nil
	}
	list := p.all[p.from[k]:p.from[k+1]]
	if int(list[0]) >= from && int(list[len(list)-1]) < to { // as most are, which are few
		return list
	}
	first, _ := slices.BinarySearch(list, int32(from))
	list = list[first:]
	end, _ := slices.BinarySearch(list, int32(to))
	return list[:end]
}
