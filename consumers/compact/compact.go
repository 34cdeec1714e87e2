// Package compact writes and reads values for the binary state of Folds: strings with their length, numbers as varints. It must not
// know what they mean.
package compact

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
)

// AppendString appends a string.
func AppendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// AppendID appends an id: one that schemas.DerivedID made takes 17 bytes instead of 23, and no compression finds those.
func AppendID(dst []byte, id string) []byte {
	if len(id) == derivedChars {
		at := len(dst)
		dst = append(dst, make([]byte, 1+derivedBytes)...)
		if n, err := ids.Decode(dst[at+1:], []byte(id)); err == nil && n == derivedBytes {
			return dst
		}
		dst = dst[:at]
	}
	return append(binary.AppendUvarint(dst, uint64(len(id))+1), id...)
}

const (
	derivedChars = 22
	derivedBytes = 16
)

var ids = base64.RawURLEncoding.Strict()

// AppendFloat appends a number of 8 bytes.
func AppendFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

// AppendHashes appends hashes, which no varint makes smaller.
func AppendHashes(dst []byte, hashes []int64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(hashes)))
	for _, h := range hashes {
		dst = binary.BigEndian.AppendUint64(dst, uint64(h))
	}
	return dst
}

var errShort = errors.New("it ends too early")

// Reader reads what was appended, in the same order. After an error all that it reads is zero.
type Reader struct {
	rest []byte
	err  error
}

// NewReader returns a reader of data.
func NewReader(data []byte) *Reader { return &Reader{rest: data} }

// Finish returns the first error; also where something is left.
func (r *Reader) Finish() error {
	if r.err == nil && len(r.rest) > 0 {
		return errors.New("something is left at its end")
	}
	return r.err
}

func (r *Reader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *Reader) fail() {
	if r.err == nil {
		r.err = errShort
	}
	r.rest = nil
}

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// Uint reads what binary.AppendUvarint wrote.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Int reads what binary.AppendVarint wrote.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Count reads how many things follow, each of at least size bytes: damaged data must not ask for more memory than it has.
func (r *Reader) Count(size int) int {
	n := r.Uint()
	if n > uint64(len(r.rest)/max(1, size)) {
		r.fail()
		return 0
	}
	return int(n)
}

// Uint64 reads 8 bytes.
func (r *Reader) Uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Float reads what AppendFloat wrote.
func (r *Reader) Float() float64 { return math.Float64frombits(r.Uint64()) }

// String reads what AppendString wrote.
func (r *Reader) String() string { return string(r.take(r.Uint())) }

// ID reads what AppendID wrote.
func (r *Reader) ID() string {
	n := r.Uint()
	if n > 0 {
		return string(r.take(n - 1))
	}
	raw := r.take(derivedBytes)
	if raw == nil {
		return ""
	}
	return ids.EncodeToString(raw)
}

// Hashes reads what AppendHashes wrote; nil for none.
func (r *Reader) Hashes() []int64 {
	n := r.Count(8)
	if n == 0 {
		return nil
	}
	hashes := make([]int64, n)
	for i := range hashes {
		hashes[i] = int64(r.Uint64())
	}
	return hashes
}
