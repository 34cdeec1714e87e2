package partlog

import "github.com/segmentio/kafka-go"

// Record is one record of a partition's log. Its bytes share memory with the other records of its chunk.
type Record struct {
	Offset int64
	// Time is when the broker received the record where the topic keeps that (message.timestamp.type=LogAppendTime, as
	// Assay's topics do), else what the producer said; milliseconds since 1970.
	Time  int64
	Key   []byte // nil where there is none
	Value []byte // nil in a tombstone

	headers []byte
}

// Header returns the value of the last header with the name; ok is false where there is none.
func (r *Record) Header(name string) (value []byte, ok bool) {
	c := cursor{data: r.headers}
	for n := c.varint(); n > 0 && !c.bad; n-- {
		key := c.bytes(c.varint())
		v := c.bytes(c.varint())
		if !c.bad && string(key) == name {
			value, ok = v, true
		}
	}
	return value, ok
}

// Headers returns all headers.
func (r *Record) Headers() []kafka.Header {
	c := cursor{data: r.headers}
	var out []kafka.Header
	for n := c.varint(); n > 0 && !c.bad; n-- {
		h := kafka.Header{Key: string(c.bytes(c.varint())), Value: c.bytes(c.varint())}
		if !c.bad {
			out = append(out, h)
		}
	}
	return out
}

// Size is how many bytes of memory the record's contents take.
func (r *Record) Size() int { return len(r.Key) + len(r.Value) + len(r.headers) }
