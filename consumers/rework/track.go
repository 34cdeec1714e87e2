package rework

import (
	"github.com/assayhq/assay/schemas/sketch"
)

// span is the lines [From, To) of a version, by index.
type span struct{ From, To int }

// version is what is remembered of a file as it was last seen: for each line with meaningful tokens its number and a hash.
type version struct {
	numbers []int
	hashes  []uint32
}

func versionOf(s *sketch.Sketch) version {
	v := version{make([]int, len(s.Lines)), make([]uint32, len(s.Lines))}
	for i, l := range s.Lines {
		v.numbers[i] = l.Number
		v.hashes[i] = lineHash(s.Line(i))
	}
	return v
}

func lineHash(tokens []sketch.Token) uint32 { return uint32(sketch.Hash(tokens) >> 32) }

// hash identifies the file's content.
func (v version) hash() uint64 {
	h := uint64(14695981039346656037)
	for _, l := range v.hashes {
		h = (h ^ uint64(l)) * 1099511628211
	}
	return h
}

// mapping is where the lines of one version are in the next.
type mapping struct {
	to    []int  // new index by old one, -1 for lines that went
	added []bool // by new index
	size  int    // of the next version
}

func follow(old, new version) mapping {
	m := mapping{make([]int, len(old.hashes)), make([]bool, len(new.hashes)), len(new.hashes)}
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
// its own outermost line went.
func (m mapping) span(s span) span {
	next := span{0, m.size}
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

// Fate is what became of a suggestion by the latest version of its file.
type Fate struct {
	Verdict  Verdict
	Survival float64 // fraction of the accepted tokens that survives anywhere
	InPlace  float64 // fraction that survives where it was accepted
}

// Verdict is a word for it; the words are those of schemas.Verdict.
type Verdict string

// The verdicts.
const (
	Kept      Verdict = "kept"
	Moved     Verdict = "moved"
	Rewritten Verdict = "rewritten"
	Deleted   Verdict = "deleted"
	Reverted  Verdict = "reverted"
)

// threshold is the fraction of tokens from which code counts as still there.
const threshold = 0.67
