package confusion

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/dchest/siphash"
)

// Words and n-grams are known by 32-bit hashes only: FNV-1a with a final mix (Appleby's from MurmurHash3). The model file
// depends on them, so changing one means training again.
const (
	hashSeed  = 2166136261
	hashPrime = 16777619

	hashNumber   = 0x3c6ef372
	hashQuestion = 0xa54ff53a
	hashStop     = 0x510e527f
	hashStart    = 0x9b05688c // stands before a sentence's first word
)

func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// hashWord is the hash of a word in lower case, as the scanner computes it.
func hashWord(w string) uint32 {
	h := uint32(hashSeed)
	for i := 0; i < len(w); i++ {
		h = (h ^ uint32(w[i])) * hashPrime
	}
	return mix(h)
}

// join is the hash of an n-gram of which h is the beginning.
func join(h, next uint32) uint32 { return mix(h*0x9e3779b1 + next) }

// Key keys the hashes of words that are kept. The zero key is that of training and evaluation, where nothing is kept.
type Key struct{ k0, k1 uint64 }

// NewKey derives a key.
func NewKey(secret []byte) Key {
	h := sha256.Sum256(append([]byte("assay confusion words\n"), secret...))
	return Key{binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:])}
}

// hash is the keyed hash of a word's hash: SipHash-2-4, cut to 32 bits.
func (k Key) hash(h uint32) uint32 {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], h)
	return uint32(siphash.Hash(k.k0, k.k1, b[:]))
}

// The classes of bytes in words.
const (
	inNone uint8 = iota
	inWord
	inNumber
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= 0x80:
			t[c] = inWord
		case c >= '0' && c <= '9':
			t[c] = inNumber
		}
	}
	return t
}()
