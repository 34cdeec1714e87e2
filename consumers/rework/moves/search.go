package moves

import (
	"slices"

	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

const (
	// everywhere is the number of files besides its own from which a passage's run counts as common in the repository: it stands there
	// whatever becomes of the suggestion.
	everywhere = 3
	// distinct is how many different tokens, at least, must stand word for word, and in runs that aren't common: fewer meet by chance.
	distinct = 16
)

// add takes in text that came into a file, and looks for what left other files in it.
func (s *State) add(m *schemas.MoveInput, tokens []sketch.Token) {
	p := &passed{At: min(m.OccurredAt.UnixMilli(), s.Watermark), File: m.FileID, Commit: m.CommitID, Event: m.CausedBy, Code: m.Sketch}
	if p.At+memory.Milliseconds() <= s.Watermark {
		return
	}
	s.Added = append(s.Added, p)
	text := rework.NewText(tokens)
	for _, l := range s.Away {
		l.look(p, text)
	}
}

// register begins to look for a suggestion's text, in what came before first.
func (s *State) register(m *schemas.MoveInput, tokens []sketch.Token) *leaver {
	at := m.AcceptedAt.Value.UnixMilli()
	l := &leaver{ID: m.AcceptanceID, At: at, File: m.FileID, Code: m.Sketch, Due: at + memory.Milliseconds(),
		passage: rework.NewPassage(tokens)}
	for _, p := range s.Added {
		if l.mayHave(p) {
			l.look(p, rework.NewText(tokensOf(p.Code)))
		}
	}
	s.Away = append(s.Away, l)
	return l
}

// mayHave reports whether text counts for a suggestion: it came into another file within 14 days after the acceptance, or into the
// same one after that was deleted. What stood there before is where the suggestion came from, not where it went.
func (l *leaver) mayHave(p *passed) bool {
	return p.At > l.At && p.At <= l.At+lifetime.Milliseconds() && (p.File != l.File || l.Final != nil)
}

// look notes what of the suggestion stands in a text. Where too little does word for word it is code of the same form, not the same code.
func (l *leaver) look(p *passed, text *rework.Text) {
	if !l.mayHave(p) {
		return
	}
	passage := l.prepared()
	if !text.MayHold(passage) {
		return
	}
	exact := text.Exact(passage)
	if kinds(passage.Tokens, exact) < distinct {
		return
	}
	found := text.Find(passage)
	if found == nil || kinds(passage.Tokens, found, exact) < distinct {
		return
	}
	l.Found.Add(found)
	if there := (place{p.File, p.Commit, p.Event, p.At, found.Count()}); there.compare(l.Place) > 0 {
		l.Place = there
	}
}

// kinds counts the different tokens that all the marks agree on.
func kinds(tokens []sketch.Token, marks ...rework.Marks) int {
	seen := make([]sketch.Token, 0, len(tokens))
	for i, t := range tokens {
		if !slices.ContainsFunc(marks, func(m rework.Marks) bool { return !m[i] }) {
			seen = append(seen, t)
		}
	}
	slices.Sort(seen)
	return len(slices.Compact(seen))
}

// settle speaks a suggestion's last word, and lets it go.
func (s *State) settle(l *leaver, final *schemas.MoveInput) schemas.Event {
	s.remove(l)
	v := rework.Verdict(final)
	v.Source = Name
	if l.Found == nil {
		return v
	}
	rare := s.rare(l)
	if kinds(l.prepared().Tokens, l.Found, rare) < distinct {
		return v
	}
	standing, own := slices.Clone(l.Found), 0
	standing.Add(l.Standing)
	for i, yes := range rare {
		if yes && standing[i] {
			own++
		}
	}
	survival := float64(standing.Count()) / float64(len(standing))
	switch {
	case survival >= rework.Threshold && float64(own) >= rework.Threshold*float64(rare.Count()):
		v.Verdict, v.MovedTo, v.CausedBy, v.CommitID = schemas.VerdictMoved, l.Place.File, l.Place.Event, l.Place.Commit
	case v.Verdict == schemas.VerdictReverted: // its survival is what the former code has in common with it
		return v
	}
	v.Survival = schemas.Some(max(v.Survival.Or(0), survival))
	return v
}

// rare marks the tokens of runs that aren't common in the repository, by the text that came into its files.
func (s *State) rare(l *leaver) rework.Marks {
	tokens := l.prepared().Tokens
	files := map[uint64]map[string]struct{}{}
	rework.Grams(tokens, func(_, _ int, hash uint64) { files[hash] = map[string]struct{}{} })
	for _, p := range s.Added {
		if p.File == l.File {
			continue
		}
		rework.Grams(tokensOf(p.Code), func(_, _ int, hash uint64) {
			if in, of := files[hash]; of {
				in[p.File] = struct{}{}
			}
		})
	}
	marks := make(rework.Marks, len(tokens))
	rework.Grams(tokens, func(from, size int, hash uint64) {
		if len(files[hash]) < everywhere {
			marks.Set(from, size)
		}
	})
	return marks
}
