package schemas

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"
)

// Avro's binary encoding: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding

// MalformedError says why bytes are not a value of a record. It never quotes the bytes.
type MalformedError struct {
	Record string
	Reason DeadLetterReason
	Detail string
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Record, e.Reason, e.Detail)
}

var (
	errTruncated = errors.New("ends before its last field")
	errVarint    = errors.New("integer longer than its type")
	errLength    = errors.New("length out of range")
	errUnion     = errors.New("no such branch of the union")
	errBoolean   = errors.New("boolean is neither 0 nor 1")
	errSymbol    = errors.New("no such symbol of the enum")
	errUTF8      = errors.New("string is not UTF-8")
	errTrailing  = errors.New("bytes left over after the last field")
)

// reader decodes one body. The first error sticks and names its field; reads after it return zero values.
type reader struct {
	buf   []byte
	pos   int
	field int // index of the field being read, counted by begin
	err   error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
		r.pos = len(r.buf)
	}
}

// finish returns the error of the whole read, with the name of the field where it struck.
func (r *reader) finish(rec *Record) error {
	if r.err == nil && r.pos == len(r.buf) {
		return nil
	}
	reason := DeadLetterWrongType
	switch {
	case r.err == nil:
		return &MalformedError{Record: rec.Name, Reason: reason, Detail: errTrailing.Error()}
	case r.err == errTruncated:
		reason = DeadLetterTruncated
	}
	name := "?"
	if r.field > 0 && r.field <= len(rec.Fields) {
		name = rec.Fields[r.field-1].Name
	}
	return &MalformedError{Record: rec.Name, Reason: reason, Detail: fmt.Sprintf("field %s: %v", name, r.err)}
}

func (r *reader) varint() int64 {
	if r.pos < len(r.buf) && r.buf[r.pos] < 0x80 { // one byte: most lengths, all branches and symbols
		u := uint64(r.buf[r.pos])
		r.pos++
		return int64(u>>1) ^ -int64(u&1)
	}
	u, n := binary.Uvarint(r.buf[r.pos:])
	switch {
	case n == 0:
		r.fail(errTruncated)
		return 0
	case n < 0:
		r.fail(errVarint)
		return 0
	}
	r.pos += n
	return int64(u>>1) ^ -int64(u&1)
}

// raw returns a length-prefixed run of bytes that points into the body.
func (r *reader) raw() []byte {
	n := r.varint()
	if n < 0 {
		r.fail(errLength)
		return nil
	}
	if n > int64(len(r.buf)-r.pos) {
		r.fail(errTruncated)
		return nil
	}
	b := r.buf[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// view returns a string that shares the body's memory.
func (r *reader) view() string {
	b := r.raw()
	if !utf8.Valid(b) {
		r.fail(errUTF8)
		return ""
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (r *reader) present() bool {
	switch r.varint() {
	case 0:
		return false
	case 1:
		return true
	}
	r.fail(errUnion)
	return false
}

func (r *reader) int32() int32 {
	v := r.varint()
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.fail(errVarint)
		return 0
	}
	return int32(v)
}

func (r *reader) int64() int64 { return r.varint() }

func (r *reader) float64() float64 {
	if len(r.buf)-r.pos < 8 {
		r.fail(errTruncated)
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.buf[r.pos:]))
	r.pos += 8
	return v
}

func (r *reader) bool() bool {
	if r.pos >= len(r.buf) {
		r.fail(errTruncated)
		return false
	}
	c := r.buf[r.pos]
	r.pos++
	if c > 1 {
		r.fail(errBoolean)
	}
	return c == 1
}

func symbol[S ~string](r *reader, symbols []S) S {
	i := r.varint()
	if i < 0 || i >= int64(len(symbols)) {
		r.fail(errSymbol)
		return ""
	}
	return symbols[i]
}

// blocks calls item for every element of an array or map. Elements take at least one byte each, which bounds
// what a lying count can cost.
func (r *reader) blocks(item func()) {
	for r.err == nil {
		n := r.varint()
		if n == 0 {
			return
		}
		if n < 0 { // a block with its size in bytes
			if n == math.MinInt64 {
				r.fail(errLength)
				return
			}
			n = -n
			if size := r.varint(); size < 0 || size > int64(len(r.buf)-r.pos) {
				r.fail(errTruncated)
				return
			}
		}
		if n > int64(len(r.buf)-r.pos) {
			r.fail(errTruncated)
			return
		}
		for range n {
			if item(); r.err != nil {
				return
			}
		}
	}
}

func optional[T any](r *reader, read func() T) Opt[T] {
	if !r.present() {
		return Opt[T]{}
	}
	return Some(read())
}

// str returns a string with memory of its own.
func (r *reader) str() string { return strings.Clone(r.view()) }

func (r *reader) nullStr() string {
	if !r.present() {
		return ""
	}
	return r.str()
}

func (r *reader) nullView() string {
	if !r.present() {
		return ""
	}
	return r.view()
}

func (r *reader) nullBytes() []byte {
	if !r.present() {
		return nil
	}
	return slices.Clone(r.raw())
}

// nullRaw returns bytes as a string that shares the body's memory; they need not be UTF-8.
func (r *reader) nullRaw() string {
	if !r.present() {
		return ""
	}
	b := r.raw()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (r *reader) time() time.Time { return time.UnixMilli(r.varint()).UTC() }
