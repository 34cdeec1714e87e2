// Package fingerprint turns code into what may leave the machine instead of it: a sketch, by which later stages follow
// the text through edits, and winnowed fingerprints, by which they look it up.
//
// What a reader without the key learns from a sketch: how many meaningful tokens each line has, which tokens are equal,
// within a file and between files of one organisation, and which are names. The commonest tokens can be told by their
// frequency, as in any substitution cipher, so keywords and operators are as good as public; and who holds both a file's
// text and its sketch knows the hashes of that file's names. Names and literals that stand in no known text stay secret:
// without the key a guess can't be tried. A sketch is thus a pseudonym of code: it is kept from those who may not
// see the repository's structure, it expires with the events, and another key makes all former sketches strangers.
//
// The package must not keep, log or return text, and it holds no key but the one that it is given.
package fingerprint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/dchest/siphash"

	"github.com/assayhq/assay/schemas/sketch"
)

// Hasher gives tokens their hashes. Its methods may be called from many goroutines, except on one of Clear's.
type Hasher struct {
	hash func(text []byte) uint32
}

// New returns a hasher under a secret, which is best derived per organisation (privacy.Keyring.Token): SipHash-2-4
// (Aumasson and Bernstein, 2012), whose key is an HMAC of the secret.
func New(secret []byte) *Hasher {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("assay code sketch 1"))
	key := mac.Sum(nil)
	k0, k1 := binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:])
	return &Hasher{hash: func(text []byte) uint32 { return uint32(siphash.Hash(k0, k1, text) >> 32) }}
}

// Clear returns a hasher that gives every text a number of its own, so that tokens are equal where their texts are and
// nowhere else. It is for measuring what hashing costs, never for what is sent.
func Clear() *Hasher {
	numbers := map[string]uint32{}
	return &Hasher{hash: func(text []byte) uint32 {
		n, known := numbers[string(text)]
		if !known {
			n = uint32(len(numbers)+1) << 1
			numbers[string(text)] = n
		}
		return n
	}}
}

// Sketch returns the sketch of a file or a piece of one. The language is a VS Code id; what is unknown is read like C.
// A piece within a string or comment that it doesn't contain should be cut from its file's sketch instead.
func (h *Hasher) Sketch(code, language string) sketch.Sketch {
	// Code has a meaningful token every five bytes or so.
	s := sketch.Sketch{Tokens: make([]sketch.Token, 0, len(code)/5), Lines: make([]sketch.Line, 0, len(code)/32)}
	l := lexer{syntax: syntaxOf(language), text: []byte(code)}
	l.emit = func(text []byte, name bool, line int) {
		s.Tokens = append(s.Tokens, sketch.NewToken(h.hash(text), name))
		if n := len(s.Lines); n > 0 && s.Lines[n-1].Number == line {
			s.Lines[n-1].End++
		} else {
			s.Lines = append(s.Lines, sketch.Line{Number: line, End: len(s.Tokens)})
		}
	}
	l.run()
	return s
}
