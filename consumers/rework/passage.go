package rework

import "github.com/assayhq/assay/schemas/sketch"

// Passage is accepted code, prepared to be looked for in many texts.
type Passage struct {
	Tokens []sketch.Token
	shapes []uint64
}

// NewPassage prepares accepted code.
func NewPassage(tokens []sketch.Token) *Passage { return &Passage{tokens, runHashes(tokens, true)} }

// Text is text that passages are looked for in.
type Text struct {
	addition
	exact hashSet // of runs with names as they are; made when it is needed
}

// NewText prepares a text.
func NewText(tokens []sketch.Token) *Text {
	t := &Text{addition: addition{tokens: tokens}}
	t.prepare()
	return t
}

// MayHold reports whether enough of the passage could stand in the text, names changed or not, for it to be worth a closer look. All but few
// pairs of texts and passages have nothing in common, which costs a look-up per token of the passage.
func (t *Text) MayHold(p *Passage) bool {
	need := enough(len(p.Tokens)) - shape + 1
	if !t.longEnough(len(p.Tokens)) {
		return false
	}
	for _, h := range p.shapes {
		if t.shapes.has(h) {
			need--
		}
	}
	return need <= 0
}

// Find marks what of the passage stands in the text in long runs, names changed throughout or not; nil where too little does to tell of a
// move.
func (t *Text) Find(p *Passage) Marks {
	found, _, _ := moved(p.Tokens, t.tokens)
	if count(found) < enough(len(p.Tokens)) {
		return nil
	}
	return found
}

// Exact marks what of the passage stands in the text word for word, in runs that tell texts apart.
func (t *Text) Exact(p *Passage) Marks {
	if t.exact.slots == nil {
		t.exact = setOf(gramHashes(t.tokens, shape))
	}
	marks := make(Marks, len(p.Tokens))
	Grams(p.Tokens, func(from, size int, hash uint64) {
		if t.exact.has(hash) {
			marks.Set(from, size)
		}
	})
	return marks
}

// Grams calls visit with every run of tokens that tells texts apart: where it begins, its length and its hash, names as they are.
func Grams(tokens []sketch.Token, visit func(from, size int, hash uint64)) {
	for i, h := range gramHashes(tokens, shape) {
		visit(i, shape, h)
	}
}
