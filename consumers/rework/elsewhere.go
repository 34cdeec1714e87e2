package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

const (
	// shape is the length of the runs by which a place is found that may hold accepted code.
	shape = 6
	// verbatim is the shortest run, renamings applied, that counts as moved: shorter ones stand everywhere.
	verbatim = 10
	// share is the least part of the accepted code, in percent, that tells of a move: the rest is commonplace in a code base.
	share = 15
	// margin is how much longer than the accepted code its new place may be, in percent.
	margin = 25
)

// addition is text that a step added: to the file, line by line, or to other files.
type addition struct {
	tokens []sketch.Token
	lines  []int // of each token, by index in the version; nil for other files
	shapes hashSet
}

// additionOf collects the lines of a version that the one before hadn't.
func additionOf(now *sketch.Sketch, m mapping) *addition {
	a, size := new(addition), 0
	for i, came := range m.added {
		if came {
			size += len(now.Line(i))
		}
	}
	a.tokens, a.lines = make([]sketch.Token, 0, size), make([]int, 0, size)
	for i, came := range m.added {
		if !came {
			continue
		}
		for _, t := range now.Line(i) {
			a.tokens, a.lines = append(a.tokens, t), append(a.lines, i)
		}
	}
	return a
}

// AppendAdded appends to a sketch the lines of a version of a file that the one before hadn't, numbered on: what clients send
// of the other files of a commit.
func AppendAdded(dst, was, now *sketch.Sketch) {
	number := 0
	if n := len(dst.Lines); n > 0 {
		number = dst.Lines[n-1].Number
	}
	for i, came := range follow(versionOf(was), versionOf(now)).added {
		if came {
			number++
			dst.Tokens = append(dst.Tokens, now.Line(i)...)
			dst.Lines = append(dst.Lines, sketch.Line{Number: number, End: len(dst.Tokens)})
		}
	}
}

// longEnough reports whether the text could hold a part of so many accepted tokens that tells of a move.
func (a *addition) longEnough(accepted int) bool { return len(a.tokens) >= enough(accepted) }

// mayHold reports whether enough of the accepted code could be in the text for it to be worth a closer look.
func (a *addition) mayHold(accepted []sketch.Token) bool {
	if !a.longEnough(len(accepted)) {
		return false
	}
	need := enough(len(accepted)) - shape + 1
	a.prepare()
	for i := 0; i+shape <= len(accepted); i++ {
		if a.shapes.has(shapeHash(accepted[i : i+shape])) {
			if need--; need <= 0 {
				return true
			}
		}
	}
	return false
}

func (a *addition) prepare() {
	if a.shapes.slots == nil {
		a.shapes = setOf(runHashes(a.tokens, true))
	}
}

// enough is how many of so many accepted tokens tell of a move.
func enough(accepted int) int { return max(verbatim, accepted*share/100) }

// look notes where in the file, but not in its place, code of the suggestion was added.
func (s *suggestion) look(accepted []sketch.Token, a *addition) (news bool) {
	if !a.mayHold(accepted) {
		return false
	}
	before, _ := slices.BinarySearch(a.lines, s.Place.From)
	after, _ := slices.BinarySearch(a.lines, s.Place.To)
	for _, side := range [2]span{{0, before}, {after, len(a.tokens)}} {
		found, from, to := moved(accepted, a.tokens[side.From:side.To])
		if count(found) >= enough(len(accepted)) {
			s.Parts = append(s.Parts, span{a.lines[side.From+from], a.lines[side.From+to-1] + 1})
			news = true
		}
	}
	return news
}

// lookAway notes what of the suggestion was added to other files.
func (s *suggestion) lookAway(accepted []sketch.Token, a *addition) (news bool) {
	if !a.mayHold(accepted) {
		return false
	}
	found, _, _ := moved(accepted, a.tokens)
	if count(found) < enough(len(accepted)) {
		return false
	}
	s.Away.Add(found)
	return true
}

// judgeAway gives the verdict where only other files changed. What stands in place isn't at hand, so the survival is
// the least that it can be.
func (s *suggestion) judgeAway() {
	s.Fate.Survival = max(s.Fate.Survival, float64(count(s.Away))/float64(len(s.Away)))
	if s.Fate.InPlace < Threshold && s.Fate.Survival >= Threshold {
		s.Fate.Verdict, s.Standing = schemas.VerdictMoved, nil
	}
}

// moved marks the accepted tokens that stand in a text in long runs, and tells the part of the text that holds them. It is
// looked for as it was and, as all names may have changed, by everything but names.
func moved(accepted, text []sketch.Token) (found []bool, from, to int) {
	best := 0
	for _, namesAlike := range [2]bool{true, false} {
		known := setOf(runHashes(accepted, namesAlike))
		begin, end := densest(known, len(accepted), runHashes(text, namesAlike))
		if end == begin {
			continue
		}
		marks, first, last := standing(accepted, text[begin:end])
		if n := count(marks); n > best {
			best, found, from, to = n, marks, begin+first, begin+last
		}
	}
	return found, from, to
}

// standing marks the accepted tokens that stand in a text in long runs.
func standing(accepted, text []sketch.Token) (found []bool, from, to int) {
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

// densest finds the part of a text, as long as the accepted code or a little longer, that shares the most runs with it.
func densest(accepted hashSet, size int, text []uint64) (from, to int) {
	size += size * margin / 100
	hits, most := 0, 0
	hit := func(i int) int {
		if accepted.has(text[i]) {
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

// runHashes hashes every run of shape tokens, with all names alike or as they are; entry i is the run that begins at token i.
func runHashes(tokens []sketch.Token, namesAlike bool) []uint64 {
	if !namesAlike {
		return gramHashes(tokens, shape)
	}
	if len(tokens) < shape {
		return nil
	}
	hashes := make([]uint64, len(tokens)-shape+1)
	for i := range hashes {
		hashes[i] = shapeHash(tokens[i : i+shape])
	}
	return hashes
}

// shapeHash hashes a run of shape tokens with all names alike.
func shapeHash(run []sketch.Token) uint64 {
	var alike [shape]sketch.Token
	for i, t := range run {
		if t.Name() {
			t = anyName
		}
		alike[i] = t
	}
	return sketch.Hash(alike[:])
}
