// Package sketch is the form in which code travels when it may not travel itself: for every line, its meaningful tokens
// in order, each as a keyed hash. Two sketches made under the same key can be diffed and aligned token by token; neither
// can be read. The package holds the values and their encoding. It must not see code or keys: sketches are made in
// producers/privacy/fingerprint, and that package says what they tell to whom.
package sketch

// Token is one meaningful token: 31 bits of a keyed hash of its text, and in the lowest bit whether it is a name, which
// can be renamed, or something that can't (keyword, number, operator, word of a string).
type Token uint32

// NewToken returns the token with the hash's upper 31 bits.
func NewToken(hash uint32, name bool) Token {
	t := Token(hash &^ 1)
	if name {
		t |= 1
	}
	return t
}

// Name reports whether the token is a name.
func (t Token) Name() bool { return t&1 != 0 }

// Line is a line with at least one meaningful token. Its tokens end before End and begin where the line before ends.
type Line struct {
	Number int // in the file, from 1
	End    int // in Sketch.Tokens
}

// Sketch is a piece of code, or a whole file. Lines without meaningful tokens are not part of it.
type Sketch struct {
	Tokens []Token
	Lines  []Line
}

// Line returns the tokens of the i-th line.
func (s *Sketch) Line(i int) []Token { return s.Range(i, i+1) }

// Range returns the tokens of the lines [from, to).
func (s *Sketch) Range(from, to int) []Token { return s.Tokens[s.Start(from):s.Start(to)] }

// Start returns where the tokens of the i-th line begin.
func (s *Sketch) Start(i int) int {
	if i == 0 {
		return 0
	}
	return s.Lines[i-1].End
}

// Cut returns the lines whose numbers are within [first, last], numbered from 1 = first.
func (s *Sketch) Cut(first, last int) Sketch {
	from := s.Find(first)
	to := max(from, s.Find(last+1))
	start := s.Start(from)
	cut := Sketch{Tokens: s.Range(from, to), Lines: make([]Line, 0, to-from)}
	for _, l := range s.Lines[from:to] {
		cut.Lines = append(cut.Lines, Line{l.Number - first + 1, l.End - start})
	}
	return cut
}

// Find returns the index of the first line whose number is at least n.
func (s *Sketch) Find(n int) int {
	low, high := 0, len(s.Lines)
	for low < high {
		if mid := (low + high) / 2; s.Lines[mid].Number < n {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// Hash identifies a sequence of tokens, line breaks aside. The empty sequence has the hash 0 and no other one has.
func Hash(tokens []Token) uint64 {
	if len(tokens) == 0 {
		return 0
	}
	h := uint64(len(tokens))
	for _, t := range tokens {
		h = (h ^ uint64(t)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return max(1, h)
}
