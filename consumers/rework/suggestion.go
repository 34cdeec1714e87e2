package rework

import (
	"encoding/json"
	"fmt"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/schemas/sketch"
)

// suggestion is accepted code, where it is by the latest version of its file, and what became of it so far. Its code stays
// encoded: 20 lines are some 450 bytes, and it is decoded only when its file changes.
type suggestion struct {
	Cause    string   `json:"i"`           // event id of the acceptance
	ID       string   `json:"g,omitempty"` // suggestion id
	At       int64    `json:"t"`           // time of acceptance, milliseconds
	Subject  int      `json:"s"`           // index of State.Subjects
	Code     encoded  `json:"c"`
	Tokens   int      `json:"n"`
	Lines    int      `json:"m"`
	Place    span     `json:"p"`           // where it was accepted, or what stands there now
	Parts    []span   `json:"q,omitempty"` // where else in the file code of it stands
	Away     Marks    `json:"w,omitempty"` // which tokens stand in other files
	Standing Marks    `json:"l,omitempty"` // which tokens stand in the file, where the verdict is rework
	Left     bool     `json:"a,omitempty"` // its text is looked for in the whole repository
	Replaced replaced `json:"r,omitzero"`
	Before   uint64   `json:"b,omitempty"` // hash of the file before; 0 where it isn't known
	Undone   bool     `json:"u,omitempty"` // its code went in a step that says revert
	Due      int      `json:"d"`           // the next checkpoint
	Weight   float64  `json:"v,omitempty"` // events that it stands for; 0 where the client doesn't say
	Fate     Fate     `json:"f"`
}

// encoded is a sketch that was checked.
type encoded []byte

func (e encoded) tokens() []sketch.Token {
	s, _ := sketch.Parse(e) // it was checked
	return s.Tokens
}

// UnmarshalJSON reads what encoding/json writes of bytes, and checks it.
func (e *encoded) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*[]byte)(e)); err != nil {
		return fmt.Errorf("read accepted code: %w", err)
	}
	if _, err := sketch.Parse(*e); err != nil {
		return fmt.Errorf("read accepted code: %w", err)
	}
	return nil
}

// Marks tells for each token whether something is so; a string of 0 and 1 in JSON.
type Marks []bool

// MarshalText implements encoding.TextMarshaler.
func (m Marks) MarshalText() ([]byte, error) {
	text := make([]byte, len(m))
	for i, yes := range m {
		text[i] = '0'
		if yes {
			text[i] = '1'
		}
	}
	return text, nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Marks) UnmarshalText(text []byte) error {
	*m = make(Marks, len(text))
	for i, digit := range text {
		(*m)[i] = digit == '1'
	}
	return nil
}

// Add marks what another text has, too. Marks of no text are nil.
func (m *Marks) Add(also Marks) {
	if *m == nil && also != nil {
		*m = make(Marks, len(also))
	}
	for i, yes := range also {
		(*m)[i] = (*m)[i] || yes
	}
}

// Set marks size tokens from one on.
func (m Marks) Set(from, size int) {
	for i := range size {
		m[from+i] = true
	}
}

// Count is how many tokens are marked.
func (m Marks) Count() int { return count(m) }

// Fate is what became of accepted code by the latest version of its file.
type Fate struct {
	Verdict  schemas.Verdict `json:"v"`
	Survival float64         `json:"s"` // fraction of the accepted tokens that survives anywhere
	InPlace  float64         `json:"p"` // fraction that survives where it was accepted
	FourGram float64         `json:"g"` // fraction of the runs of four tokens that stands there, names as they were
}

// replaced tells whether what an acceptance replaced is back.
type replaced struct {
	Hash   uint64   `json:"h"`
	Tokens int      `json:"n"`
	Lines  []uint32 `json:"l,omitempty"` // their hashes, until the file as a whole was seen
	Share  float64  `json:"s"`           // of the accepted tokens that would survive if it came back
}

// back reports whether the replaced tokens stand in a text that holds no more of the accepted ones than they do.
func (r replaced) back(text []sketch.Token, survival float64) bool {
	if r.Tokens == 0 || survival > r.Share+remainder {
		return false
	}
	for i := 0; i+r.Tokens <= len(text); i++ {
		if sketch.Hash(text[i:i+r.Tokens]) == r.Hash {
			return true
		}
	}
	return false
}

// Threshold is the fraction of the tokens from which code counts as still there.
const Threshold = 0.67

const (
	// remainder is the fraction up to which nothing is said to survive: what is common in a file meets by chance.
	remainder = 0.05
	// gone is the fraction below which a step that says revert has reverted the code: what comes back is often akin to what
	// goes.
	gone = 0.3
)

// judge gives the verdict on what now stands in the place.
func (s *suggestion) judge(code []sketch.Token, now *sketch.Sketch, file version, revert bool) {
	text := now.Range(s.Place.From, s.Place.To)
	found := align(code, text)
	inPlace := found.fraction()
	var apart Marks
	for _, part := range s.Parts {
		also, _, _ := moved(code, now.Range(part.From, part.To))
		apart.Add(also)
	}
	apart.Add(s.Away)
	found.add(apart)
	survival := found.fraction()
	if inPlace >= gone {
		s.Undone = false
	} else if revert && s.Fate.InPlace >= gone {
		s.Undone = true
	}
	verdict := schemas.VerdictRewritten
	s.Standing = found.runs
	switch {
	case inPlace >= Threshold:
		verdict, s.Standing = schemas.VerdictKept, nil
	case survival >= Threshold:
		verdict, s.Standing = schemas.VerdictMoved, nil
	case s.Undone || s.Replaced.back(text, inPlace) || s.Before != 0 && file.hash() == s.Before:
		verdict, survival = schemas.VerdictReverted, inPlace // what the former code has in common with it
	case inPlace <= remainder: // by chance: what survives is what went elsewhere
		verdict, survival = schemas.VerdictDeleted, max(0, survival-inPlace)
		inPlace = 0
		s.Standing = apart
	}
	s.Fate = Fate{verdict, survival, inPlace, fourGrams(code, text)}
}

// settled reports whether the verdict holds as long as nothing happens to the places: the others also depend on what
// comes back around them.
func (s *suggestion) settled() bool {
	return s.Fate.Verdict == schemas.VerdictKept || s.Fate.Verdict == schemas.VerdictMoved
}
