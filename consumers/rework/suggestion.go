package rework

import "github.com/assayhq/assay/schemas/sketch"

// suggestion is accepted code and where it is by the latest version of its file.
type suggestion struct {
	tokens   []sketch.Token
	place    span     // where it was accepted, or what stands there now
	parts    []span   // where else in the file code from it stands
	away     []bool   // which tokens stand in other files; nil: none
	replaced replaced // what stood there before
	before   uint64   // hash of the file before; 0 where it is not known
	undone   bool     // its code went in a step that says revert
	fate     Fate
}

// replaced tells whether what an acceptance replaced is back.
type replaced struct {
	hash  uint64
	count int
	share float64 // of the accepted tokens that survived if it came back
}

// back reports whether the replaced tokens stand in a text that holds no more of the accepted ones than they do.
func (r replaced) back(text []sketch.Token, survival float64) bool {
	if r.count == 0 || survival > r.share+remainder {
		return false
	}
	for i := 0; i+r.count <= len(text); i++ {
		if sketch.Hash(text[i:i+r.count]) == r.hash {
			return true
		}
	}
	return false
}

// remainder is the fraction of tokens up to which nothing is said to survive: names that are common in a file meet by
// chance.
const remainder = 0.05

// gone is the fraction of tokens in place below which a commit that says revert has reverted the code: what it brings back
// is often akin to what it takes away.
const gone = 0.3

// judge gives the verdict on the place's present tokens.
func (s *suggestion) judge(now *sketch.Sketch, whole version, revert bool) {
	text := now.Range(s.place.From, s.place.To)
	here := align(s.tokens, text)
	inPlace := here.fraction()
	for _, part := range s.parts {
		found, _, _ := moved(s.tokens, now.Range(part.From, part.To))
		here.add(found)
	}
	if s.away != nil {
		here.add(s.away)
	}
	survival := here.fraction()
	if inPlace >= gone {
		s.undone = false
	} else if revert && s.fate.InPlace >= gone {
		s.undone = true
	}
	verdict := Rewritten
	switch {
	case inPlace >= threshold:
		verdict = Kept
	case survival >= threshold:
		verdict = Moved
	case s.undone || s.replaced.back(text, inPlace) || s.before != 0 && whole.hash() == s.before:
		verdict = Reverted
	case len(text) == 0 || inPlace <= remainder:
		verdict = Deleted
	}
	if verdict == Deleted {
		inPlace, survival = 0, 0
	}
	s.fate = Fate{verdict, survival, inPlace}
}
