package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

// File follows the code that was accepted into one file, from one version to the next.
type File struct {
	Version version `json:"v"`
	// Seen tells that the version is that of the whole file. Until then it holds only what was accepted.
	Seen bool          `json:"o,omitempty"`
	Live []*suggestion `json:"s"`
}

// Acceptance is accepted code as its event tells it.
type Acceptance struct {
	Accepted sketch.Sketch // whole lines, counted from 1
	Replaced sketch.Sketch // what they replaced, likewise
	Start    int           // number of the first accepted line in the file
	End      int           // number of the last one
}

// Accept puts accepted code into the file. There must be at least one token of it.
func (f *File) Accept(a Acceptance) { f.accept(a) }

func (f *File) accept(a Acceptance) *suggestion {
	tokens := a.Accepted.Tokens
	s := &suggestion{Code: a.Accepted.Append(nil), Tokens: len(tokens), Fate: Fate{schemas.VerdictKept, 1, 1, 1}}
	piece, old := versionOf(&a.Accepted), versionOf(&a.Replaced)
	s.Replaced = replaced{Hash: sketch.Hash(a.Replaced.Tokens), Tokens: len(a.Replaced.Tokens), Share: align(tokens, a.Replaced.Tokens).fraction()}
	if f.Seen {
		s.Before = f.Version.hash()
	} else {
		s.Replaced.Lines = old.hashes
	}
	at := f.Version.find(a.Start)
	if near := f.Version.nearest(old.hashes, at); near >= 0 {
		at = near
	}
	till := min(len(f.Version.hashes), at+len(old.hashes))
	if !f.Seen {
		till = f.Version.find(a.Start + lastNumber(old))
	}
	shift := int32(max(0, a.End-a.Start+1) - lastNumber(old))
	for i := range piece.numbers {
		piece.numbers[i] += int32(a.Start - 1)
	}
	for i := till; i < len(f.Version.numbers); i++ {
		f.Version.numbers[i] += shift
	}
	f.Version.numbers = slices.Replace(f.Version.numbers, at, till, piece.numbers...)
	f.Version.hashes = slices.Replace(f.Version.hashes, at, till, piece.hashes...)
	for _, other := range f.Live {
		other.Place = other.Place.splice(at, till, len(piece.hashes))
		for i := range other.Parts {
			other.Parts[i] = other.Parts[i].splice(at, till, len(piece.hashes))
		}
	}
	s.Place = span{at, at + len(piece.hashes)}
	f.Live = append(f.Live, s)
	return s
}

// lastNumber is how many lines a piece has, as far as those without tokens at its end aren't missed.
func lastNumber(v version) int {
	if len(v.numbers) == 0 {
		return 0
	}
	return int(v.numbers[len(v.numbers)-1])
}

// Step is something that happened to the file, or beside it in the same commit.
type Step struct {
	Now       *sketch.Sketch // the whole file afterwards; nil: it didn't change
	Elsewhere *sketch.Sketch // what was added to other files; nil: nothing
	Revert    bool           // the commit says that it reverts something
}

// Step judges all live suggestions anew. It returns the tokens that came into the file, none where nobody knows what was there before.
func (f *File) Step(step Step) (came []sketch.Token) {
	away := new(addition)
	if step.Elsewhere != nil {
		away.tokens = step.Elsewhere.Tokens
	}
	if step.Now == nil {
		for _, s := range f.Live {
			if s.lookAway(s.Code.tokens(), away) {
				s.judgeAway()
			}
		}
		return nil
	}
	next := versionOf(step.Now)
	m := follow(f.Version, next)
	added := new(addition)
	if f.Seen { // otherwise nobody knows what was there before
		added = additionOf(step.Now, m)
	}
	for _, s := range f.Live {
		untouched := f.Seen && m.untouched(s.Place)
		if f.Seen {
			var intact bool
			s.Place = m.span(s.Place)
			s.Parts, intact = m.spans(s.Parts)
			untouched = untouched && intact
		} else {
			s.locate(f.Version, next)
		}
		if untouched && s.settled() && !added.longEnough(s.Tokens) && !away.longEnough(s.Tokens) {
			continue
		}
		code := s.Code.tokens()
		// Both look: what they find is news for the judgement.
		here, there := s.look(code, added), s.lookAway(code, away)
		if here || there || !untouched || !s.settled() {
			s.judge(code, step.Now, next, step.Revert)
		}
	}
	f.Version, f.Seen = next, true
	return added.tokens
}

// locate finds the place in the first version of the whole file, and from it what the file was before.
func (s *suggestion) locate(pieces, next version) {
	lines := pieces.hashes[s.Place.From:s.Place.To]
	from, to := len(next.numbers), len(next.numbers)
	if s.Place.From < len(pieces.numbers) {
		from = next.find(int(pieces.numbers[s.Place.From]))
		to = from
	}
	if len(lines) > 0 { // it may have been replaced before the file was saved
		to = next.find(int(pieces.numbers[s.Place.To-1]) + 1)
	}
	if at := next.nearest(lines, from); at >= 0 {
		from, to = at, at+len(lines)
	}
	s.Place = span{from, to}
	s.Before = hashLines(next.hashes[:from], s.Replaced.Lines, next.hashes[to:])
	s.Replaced.Lines = nil
}

// Fates are the latest judgements, in order of acceptance.
func (f *File) Fates() []Fate {
	fates := make([]Fate, len(f.Live))
	for i, s := range f.Live {
		fates[i] = s.Fate
	}
	return fates
}
