package confusion

import (
	"math"
	"math/bits"
)

// Buckets is how many weights n-grams are hashed to.
const Buckets = 1 << bucketBits

const bucketBits = 17

// The groups of hashed features. A feature of a group of n has the value 1/sqrt(n), so that long messages don't outweigh.
const (
	wordGroup     = iota // n-grams of 1 to 3 words
	questionGroup        // the same, of sentences that end with a question mark
	charGroup            // n-grams of 3 to 5 characters within words: inflections, typing errors
	meaningGroup         // words, weighted by what they mean: see package train
	pairGroup            // pairs of cues in one sentence
	groups
)

var groupSalt = [groups]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822}

// dense is a feature with a value.
type dense struct {
	id    int
	value float32
}

// features are what the model sees of a message. They are reused.
type features struct {
	hashed [groups][]uint32 // distinct Buckets
	dense  []dense
	seen   [Buckets / 64]uint64
	cues   uint64 // that occur
}

func (f *features) reset() {
	for g := range f.hashed {
		f.hashed[g] = f.hashed[g][:0]
	}
	f.dense = f.dense[:0]
	f.cues = 0
}

// add adds a hashed feature once.
func (f *features) add(group int, h uint32) {
	b := bucket(group, h)
	if bit := uint64(1) << (b & 63); f.seen[b>>6]&bit == 0 {
		f.seen[b>>6] |= bit
		f.hashed[group] = append(f.hashed[group], b)
	}
}

func bucket(group int, h uint32) uint32 {
	return (h ^ groupSalt[group]) * 0x9e3779b1 >> (32 - bucketBits)
}

// forget clears what add remembers. It takes time in the features, not in the Buckets.
func (f *features) forget() {
	for _, group := range f.hashed {
		for _, b := range group {
			f.seen[b>>6] = 0
		}
	}
}

func (f *features) put(id int, value float32) {
	if value != 0 {
		f.dense = append(f.dense, dense{id, value})
	}
}

func (f *features) flag(id int, on bool) {
	if on {
		f.dense = append(f.dense, dense{id, 1})
	}
}

// extract computes a message's features from its scan.
func (f *features) extract(m *Message, s *scanner, key Key) {
	f.reset()
	var count, asked [cueCount]uint8
	words := 0
	for i := range s.sentences {
		st := &s.sentences[i]
		if st.kind != prose {
			continue
		}
		words += int(st.last - st.first)
		f.ngrams(m.Text, s.tokens[st.first:st.last], st.question, &count, &asked)
	}
	f.forget()
	root := float32(math.Sqrt(float64(max(1, words))))
	for set := f.cues; set != 0; set &= set - 1 {
		c := bits.TrailingZeros64(set)
		f.put(denseCue+c, 1)
		f.put(denseCueShare+c, min(1, 3*float32(count[c])/root))
		f.flag(denseCueAsked+c, asked[c] > 0)
	}
	f.shape(m, s, words)
	if m.User.Bytes > 0 || m.Assistant.Bytes > 0 {
		f.turn(m, s, words, key)
	}
}

// ngrams adds the n-grams of one sentence and counts its cues.
func (f *features) ngrams(text string, tokens []token, question bool, count, asked *[cueCount]uint8) {
	var here uint64
	h1, h2 := uint32(hashStart), uint32(0) // the n-grams of 1 and 2 words that end before the token
	for i := range tokens {
		t := &tokens[i]
		two, three := join(h1, t.hash), uint32(0)
		f.add(wordGroup, t.hash)
		if t.kind == word {
			f.add(meaningGroup, t.hash)
		}
		f.add(wordGroup, two)
		if question {
			f.add(questionGroup, t.hash)
			f.add(questionGroup, two)
		}
		set := phraseCues.of(t.hash) | phraseCues.of(two)
		if h2 != 0 {
			three = join(h2, t.hash)
			f.add(wordGroup, three)
			if question {
				f.add(questionGroup, three)
			}
			set |= phraseCues.of(three)
		}
		set &= cueMask
		here |= set
		for ; set != 0; set &= set - 1 {
			c := bits.TrailingZeros64(set)
			count[c] = min(count[c]+1, 200)
			if question {
				asked[c] = 1
			}
		}
		if t.kind == word || t.kind == identifier {
			f.chars(text[t.start:t.end])
		}
		h1, h2 = t.hash, two
	}
	f.cues |= here
	here |= 1 << (cueCount + opener(tokens[0]))
	if question {
		here |= 1 << (cueCount + openers)
	}
	f.pairs(here)
}

// pairs adds the pairs of a sentence's cues, of its beginning and its question mark.
func (f *features) pairs(set uint64) {
	for ; set != 0; set &= set - 1 {
		a := uint32(bits.TrailingZeros64(set))
		for rest := set & (set - 1); rest != 0; rest &= rest - 1 {
			f.add(pairGroup, mix(a<<8|uint32(bits.TrailingZeros64(rest))+1))
		}
	}
}

// maxChars is how much of a word has n-grams of characters.
const maxChars = 14

// chars adds the n-grams of 3 to 5 characters of a word with a blank at both ends.
func (f *features) chars(w string) {
	n := min(len(w), maxChars) + 2
	var b [maxChars + 2]byte
	b[0], b[n-1] = ' ', ' '
	for i := range n - 2 {
		c := w[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b[i+1] = c
	}
	for i := 0; i+3 <= n; i++ {
		h := uint32(b[i])<<16 | uint32(b[i+1])<<8 | uint32(b[i+2])
		h *= 0x85ebca6b
		f.add(charGroup, h^h>>15)
		for j := i + 3; j < n && j < i+5; j++ {
			h = (h ^ uint32(b[j])) * 0xc2b2ae35
			f.add(charGroup, h^h>>15)
		}
	}
}
