package privacy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"sync"
)

// tokenBytes are kept of each HMAC: 128 bits make a collision among 2^40 values a one in 2^49 event.
const tokenBytes = 16

// tokenEncoding is base32 in lower case: one word to select with a double click, safe in URLs and file names.
var tokenEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Token replaces an identity (a user, repository, path, session, ...) by 26 characters that are the same
// whenever organisation, kind and value are, and that tell nothing of the value to who has no keyring:
// HMAC-SHA256 under a key per organisation, which is itself an HMAC of the organisation under the keyring's
// token key.
func (k *Keyring) Token(org, kind, value string) string {
	pool := k.tokenPool(org)
	mac := pool.Get().(*tokenHash)
	token := mac.token(kind, value)
	pool.Put(mac)
	return token
}

func (k *Keyring) tokenPool(org string) *sync.Pool {
	if pool, ok := k.tokenKeys.Load(org); ok {
		return pool.(*sync.Pool)
	}
	derive := hmac.New(sha256.New, k.current.Load().root)
	derive.Write([]byte("tokens\x00" + org))
	key := derive.Sum(nil)
	pool, _ := k.tokenKeys.LoadOrStore(org, &sync.Pool{New: func() any { return &tokenHash{mac: hmac.New(sha256.New, key)} }})
	return pool.(*sync.Pool)
}

// tokenHash is a keyed hash with the buffers that one token needs.
type tokenHash struct {
	mac  hash.Hash
	text []byte
	sum  [sha256.Size]byte
}

func (h *tokenHash) token(kind, value string) string {
	// The kind has no NUL byte, so no two (kind, value) pairs read the same.
	h.text = append(append(append(h.text[:0], kind...), 0), value...)
	h.mac.Reset()
	h.mac.Write(h.text)
	var encoded [26]byte
	tokenEncoding.Encode(encoded[:], h.mac.Sum(h.sum[:0])[:tokenBytes])
	return string(encoded[:])
}
