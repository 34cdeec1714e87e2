package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

// File follows the suggestions that were accepted into one file.
type File struct {
	version
	seen        bool // the version is that of the whole file, not only of what was accepted
	suggestions []*suggestion
}

// Acceptance is accepted code as its event tells it.
type Acceptance struct {
	Accepted sketch.Sketch // its lines count from 1
	Replaced sketch.Sketch // what it replaced, likewise
	Start    int           // number of its first line in the file
	End      int           // number of its last line
}

// Accept puts accepted code into the file.
func (f *File) Accept(a Acceptance) *suggestion {
	s := &suggestion{tokens: a.Accepted.Tokens, fate: Fate{Kept, 1, 1}}
	s.replaced = replaced{sketch.Hash(a.Replaced.Tokens), len(a.Replaced.Tokens), align(a.Accepted.Tokens, a.Replaced.Tokens).fraction()}
	if f.seen {
		s.before = f.version.hash()
	}
	piece := versionOf(&a.Accepted)
	at := f.position(a)
	till := min(len(f.hashes), at+len(a.Replaced.Lines))
	shift := len(piece.numbers) - (till - at) // lines without tokens are not known of
	for i := range piece.numbers {
		piece.numbers[i] += a.Start - 1
	}
	for i := till; i < len(f.numbers); i++ {
		f.numbers[i] += shift
	}
	f.numbers = slices.Replace(f.numbers, at, till, piece.numbers...)
	f.hashes = slices.Replace(f.hashes, at, till, piece.hashes...)
	s.place = span{at, at + len(piece.hashes)}
	for _, other := range f.suggestions {
		other.place = other.place.splice(at, till, len(piece.hashes))
		for i := range other.parts {
			other.parts[i] = other.parts[i].splice(at, till, len(piece.hashes))
		}
	}
	f.suggestions = append(f.suggestions, s)
	return s
}

// splice moves a place when the lines [from, to) are replaced by size others.
func (s span) splice(from, to, size int) span {
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
	if s.From == from && to == from && s.To > s.From { // inserted before it
		return span{s.From + size, s.To + size}
	}
	return span{move(s.From, false), move(s.To, true)}
}

// position finds the index at which accepted code belongs: where the lines that it replaced are, nearest to its number.
func (f *File) position(a Acceptance) int {
	want := f.find(a.Start)
	old := versionOf(&a.Replaced).hashes
	if len(old) == 0 {
		return want
	}
	for away := 0; away <= len(f.hashes); away++ {
		for _, at := range [2]int{want - away, want + away} {
			if at >= 0 && at+len(old) <= len(f.hashes) && slices.Equal(f.hashes[at:at+len(old)], old) {
				return at
			}
		}
	}
	return want
}

func (v version) find(number int) int {
	at, _ := slices.BinarySearch(v.numbers, number)
	return at
}

// Step is a later version of the file.
type Step struct {
	Now       *sketch.Sketch // the whole file; nil: it didn't change
	Elsewhere *sketch.Sketch // what the step added to other files; nil: nothing
	Revert    bool           // the step says that it reverts something
}

// Step judges all suggestions anew.
func (f *File) Step(step Step) {
	now := step.Now
	if step.Elsewhere != nil && len(step.Elsewhere.Tokens) > 0 {
		for _, s := range f.suggestions {
			s.lookAway(step.Elsewhere.Tokens)
		}
	}
	if now == nil {
		for _, s := range f.suggestions {
			s.judge(nil, f.version, step.Revert)
		}
		return
	}
	next := versionOf(now)
	m := follow(f.version, next)
	text, lines := added(now, m)
	for _, s := range f.suggestions {
		if !f.seen {
			from, to := next.find(f.numbers[s.place.From]), next.find(f.numbers[s.place.To-1]+1)
			s.place = span{from, to}
		} else {
			s.place = m.span(s.place)
		}
		for i := range s.parts {
			s.parts[i] = m.span(s.parts[i])
		}
		s.look(text, lines)
		s.judge(now, next, step.Revert)
	}
	f.version, f.seen = next, true
}

// added returns the tokens of the lines that came, and the line of each token.
func added(now *sketch.Sketch, m mapping) (text []sketch.Token, lines []int) {
	for i, is := range m.added {
		if !is {
			continue
		}
		for _, t := range now.Line(i) {
			text, lines = append(text, t), append(lines, i)
		}
	}
	return text, lines
}

// look notes where in the file, but not in its place, code of the suggestion was added.
func (s *suggestion) look(text []sketch.Token, lines []int) {
	// The place is left out.
	first, _ := slices.BinarySearch(lines, s.place.From)
	end, _ := slices.BinarySearch(lines, s.place.To)
	for _, side := range [2][2]int{{0, first}, {end, len(text)}} {
		found, from, to := moved(s.tokens, text[side[0]:side[1]])
		if count(found) >= s.enough() {
			s.parts = append(s.parts, span{lines[side[0]+from], lines[side[0]+to-1] + 1})
		}
	}
}

// lookAway notes what of the suggestion was added to other files.
func (s *suggestion) lookAway(text []sketch.Token) {
	found, _, _ := moved(s.tokens, text)
	if count(found) < s.enough() {
		return
	}
	if s.away == nil {
		s.away = make([]bool, len(s.tokens))
	}
	for i, yes := range found {
		s.away[i] = s.away[i] || yes
	}
}

// AppendAdded appends to a sketch what the latter version of a file has and the former doesn't, line by line, numbered on.
func AppendAdded(dst, was, now *sketch.Sketch) {
	text, lines := added(now, follow(versionOf(was), versionOf(now)))
	number := 0
	if n := len(dst.Lines); n > 0 {
		number = dst.Lines[n-1].Number
	}
	for i, t := range text {
		dst.Tokens = append(dst.Tokens, t)
		if i == len(text)-1 || lines[i+1] != lines[i] {
			number++
			dst.Lines = append(dst.Lines, sketch.Line{Number: number, End: len(dst.Tokens)})
		}
	}
}

// Fates are the latest judgements, in order of acceptance.
func (f *File) Fates() []Fate {
	fates := make([]Fate, len(f.suggestions))
	for i, s := range f.suggestions {
		fates[i] = s.fate
	}
	return fates
}

// enough is how many tokens tell of a move: what is commonplace in a code base is not the accepted code.
func (s *suggestion) enough() int { return max(verbatim, len(s.tokens)*15/100) }
