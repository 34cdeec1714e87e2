package rework

import "slices"

// span is the lines [From, To) of a version, by index.
type span struct {
	From int `json:"f"`
	To   int `json:"t"`
}

// splice moves a place when the lines [from, to) make way for size others.
func (s span) splice(from, to, size int) span {
	if s.From == from && to == from && s.To > s.From { // inserted before it
		return span{s.From + size, s.To + size}
	}
	move := func(at int, end bool) int {
		switch {
		case at <= from:
			return at
		case at >= to:
			return at + size - (to - from)
		case end:
			return from + size
		}
		return from
	}
	return span{move(s.From, false), move(s.To, true)}
}

// mapping is where the lines of one version are in the next.
type mapping struct {
	to    []int  // new index by old one, -1 for lines that went
	added []bool // by new index
}

// follow pairs the lines of two versions by a longest common subsequence of their hashes.
func follow(old, new version) mapping {
	m := mapping{make([]int, len(old.hashes)), make([]bool, len(new.hashes))}
	for i := range m.to {
		m.to[i] = -1
	}
	for i := range m.added {
		m.added[i] = true
	}
	for _, p := range common(old.hashes, new.hashes) {
		m.to[p.a] = p.b
		m.added[p.b] = false
	}
	return m
}

// span follows a place: it ends where the lines around it begin. What was added beside it belongs to it only where
// its own outermost line went, or where it was empty.
func (m mapping) span(s span) span {
	next := span{0, len(m.added)}
	for i := s.From - 1; i >= 0; i-- {
		if m.to[i] >= 0 {
			next.From = m.to[i] + 1
			break
		}
	}
	for i := s.To; i < len(m.to); i++ {
		if m.to[i] >= 0 {
			next.To = m.to[i]
			break
		}
	}
	if s.To > s.From {
		if first := m.to[s.From]; first >= 0 {
			next.From = first
		}
		if last := m.to[s.To-1]; last >= 0 {
			next.To = last + 1
		}
	}
	return next
}

// untouched reports whether nothing within a place went or came.
func (m mapping) untouched(s span) bool {
	for i := s.From; i < s.To; i++ {
		if m.to[i] < 0 || i > s.From && m.to[i] != m.to[i-1]+1 {
			return false
		}
	}
	return s.To > s.From
}

// spans follows places, and reports whether all are untouched. Places where nothing is left are dropped.
func (m mapping) spans(places []span) (next []span, untouched bool) {
	untouched = true
	for i, p := range places {
		untouched = untouched && m.untouched(p)
		places[i] = m.span(p)
	}
	return slices.DeleteFunc(places, func(p span) bool { return p.From >= p.To }), untouched
}
