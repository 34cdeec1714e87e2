package schemas

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// DerivedID is the event id of what follows from the given parts, e.g. cause, service and rule: whoever derives
// it again gets the same id, and the log's consumers recognise the repeat. 22 characters, 128 bits of SHA-256 over
// the length-prefixed parts.
func DerivedID(parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}
