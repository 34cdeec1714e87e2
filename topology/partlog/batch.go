package partlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go/compress"
)

// Record batches, version 2: https://kafka.apache.org/documentation/#recordbatch

const (
	batchOverhead = 61 // of a batch before its records
	maxInflated   = 64 << 20

	attrCompression   = 0x07
	attrLogAppendTime = 0x08
	attrTransactional = 0x10
	attrControl       = 0x20
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errBatch  = errors.New("malformed record batch")
	errRecord = errors.New("malformed record")
)

// batch is the head of one record batch and its records, still compressed.
type batch struct {
	base, last int64 // offsets
	attributes int16
	first, max int64 // timestamps
	producer   int64
	count      int32
	payload    []byte
}

// nextBatch splits the first batch off a record set. ok is false when what is left is the beginning of one: brokers cut
// the set at the size that was asked for.
func nextBatch(set []byte) (b batch, rest []byte, ok bool, err error) {
	if len(set) < 12 {
		return b, nil, false, nil
	}
	length := int64(int32(binary.BigEndian.Uint32(set[8:])))
	if length > int64(len(set)-12) {
		return b, nil, false, nil
	}
	if length < batchOverhead-12 {
		return b, nil, false, fmt.Errorf("%w: %d bytes long", errBatch, length)
	}
	whole := set[:12+length]
	if magic := whole[16]; magic != 2 {
		return b, nil, false, fmt.Errorf("%w: format version %d, only 2 is read (Kafka 0.11 and later)", errBatch, magic)
	}
	if crcOf(whole[21:]) != binary.BigEndian.Uint32(whole[17:]) {
		return b, nil, false, fmt.Errorf("%w: checksum mismatch", errBatch)
	}
	b = batch{
		base:       int64(binary.BigEndian.Uint64(whole)),
		attributes: int16(binary.BigEndian.Uint16(whole[21:])),
		first:      int64(binary.BigEndian.Uint64(whole[27:])),
		max:        int64(binary.BigEndian.Uint64(whole[35:])),
		producer:   int64(binary.BigEndian.Uint64(whole[43:])),
		count:      int32(binary.BigEndian.Uint32(whole[57:])),
		payload:    whole[batchOverhead:],
	}
	b.last = b.base + int64(int32(binary.BigEndian.Uint32(whole[23:])))
	return b, set[12+length:], true, nil
}

// crcOf is the checksum of a batch, which begins behind the checksum itself.
func crcOf(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

var inflateBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// inflate returns the batch's records, uncompressed, in memory of their own.
func (b *batch) inflate() ([]byte, error) {
	kind := compress.Compression(b.attributes & attrCompression)
	if kind == compress.None {
		return b.payload, nil
	}
	codec := kind.Codec()
	if codec == nil {
		return nil, fmt.Errorf("%w: unknown compression %d", errBatch, kind)
	}
	r := codec.NewReader(bytes.NewReader(b.payload))
	defer r.Close()
	buffer := inflateBuffers.Get().(*bytes.Buffer)
	defer inflateBuffers.Put(buffer)
	buffer.Reset()
	n, err := buffer.ReadFrom(io.LimitReader(r, maxInflated+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: decompress: %w", errBatch, err)
	case n > maxInflated:
		return nil, fmt.Errorf("%w: more than %d bytes when decompressed", errBatch, maxInflated)
	}
	return slices.Clone(buffer.Bytes()), nil
}

// records appends the batch's records from offset on.
func (b *batch) records(to []Record, offset int64) ([]Record, error) {
	if b.last < offset {
		return to, nil
	}
	data, err := b.inflate()
	if err != nil {
		return to, err
	}
	if b.count < 0 || int(b.count) > len(data) { // a record takes more than a byte
		return to, fmt.Errorf("%w: %d records in %d bytes", errBatch, b.count, len(data))
	}
	to = slices.Grow(to, int(b.count))
	c := cursor{data: data}
	for range b.count {
		r := Record{Time: b.max}
		body := cursor{data: c.bytes(c.varint())}
		body.skip(1) // attributes: none are defined
		delta := body.varint()
		if b.attributes&attrLogAppendTime == 0 {
			r.Time = b.first + delta
		}
		r.Offset = b.base + body.varint()
		r.Key = body.bytes(body.varint())
		r.Value = body.bytes(body.varint())
		r.headers = body.data[min(body.pos, len(body.data)):]
		if c.bad || body.bad {
			return to, fmt.Errorf("%w at offset %d", errRecord, r.Offset)
		}
		if r.Offset >= offset {
			to = append(to, r)
		}
	}
	return to, nil
}

// aborts reports whether a control batch ends its producer's transaction by aborting it.
func (b *batch) aborts() (bool, error) {
	markers, err := b.records(nil, b.base)
	if err != nil || len(markers) != 1 || len(markers[0].Key) < 4 {
		return false, fmt.Errorf("%w: control batch without a marker: %w", errBatch, err)
	}
	return binary.BigEndian.Uint16(markers[0].Key[2:]) == 0, nil
}

// cursor reads a record; what runs out of data sets bad and reads as empty.
type cursor struct {
	data []byte
	pos  int
	bad  bool
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.data[min(c.pos, len(c.data)):])
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.pos += n
	return v
}

// bytes returns the next n bytes, nil where n is -1.
func (c *cursor) bytes(n int64) []byte {
	if n < 0 {
		c.bad = c.bad || n != -1
		return nil
	}
	if c.bad || n > int64(len(c.data)-c.pos) {
		c.bad = true
		return nil
	}
	b := c.data[c.pos : c.pos+int(n) : c.pos+int(n)]
	c.pos += int(n)
	return b
}

func (c *cursor) skip(n int64) { c.bytes(n) }
