package partlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Fetch, version 11: the newest without tagged fields, known to brokers from 2.3 to 4.x.
// https://kafka.apache.org/protocol.html#The_Messages_Fetch
const (
	fetchKey     = 1
	fetchVersion = 11

	readCommitted = 1
	maxResponse   = 128 << 20
)

type fetchRequest struct {
	correlation int32
	client      string
	topic       string
	partition   int32
	offset      int64
	maxBytes    int32
	waitMs      int32
}

func (r fetchRequest) append(b []byte) []byte {
	size := len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, fetchKey)
	b = binary.BigEndian.AppendUint16(b, fetchVersion)
	b = appendInt32(b, r.correlation)
	b = appendString(b, r.client)
	b = appendInt32(b, -1) // no replica
	b = appendInt32(b, r.waitMs)
	b = appendInt32(b, 1) // byte at least
	b = appendInt32(b, r.maxBytes)
	b = append(b, readCommitted)
	b = appendInt32(b, 0)  // session id
	b = appendInt32(b, -1) // no fetch session
	b = appendInt32(b, 1)  // topic
	b = appendString(b, r.topic)
	b = appendInt32(b, 1) // partition
	b = appendInt32(b, r.partition)
	b = appendInt32(b, -1) // leader epoch unknown
	b = binary.BigEndian.AppendUint64(b, uint64(r.offset))
	b = binary.BigEndian.AppendUint64(b, ^uint64(0)) // log start offset, for replicas
	b = appendInt32(b, r.maxBytes)
	b = appendInt32(b, 0)   // no forgotten topics
	b = appendString(b, "") // no rack
	binary.BigEndian.PutUint32(b[size:], uint32(len(b)-size-4))
	return b
}

func appendInt32(b []byte, v int32) []byte { return binary.BigEndian.AppendUint32(b, uint32(v)) }

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

type fetchResponse struct {
	code          int16 // error of the partition, or of the request
	highWatermark int64
	logStart      int64
	aborted       map[int64][]int64 // producer -> first offsets of transactions that were aborted
	set           []byte
}

var errResponse = errors.New("malformed fetch response")

// readResponse reads one length-prefixed response into memory of its own.
func readResponse(r io.Reader, correlation int32) (fetchResponse, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fetchResponse{}, err
	}
	size := int32(binary.BigEndian.Uint32(head[:]))
	if size < 4 || size > maxResponse {
		return fetchResponse{}, fmt.Errorf("%w: %d bytes long", errResponse, size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return fetchResponse{}, err
	}
	return parseResponse(body, correlation)
}

func parseResponse(body []byte, correlation int32) (out fetchResponse, err error) {
	c := wire{data: body}
	if c.int32() != correlation {
		return out, fmt.Errorf("%w: to another request", errResponse)
	}
	c.int32() // throttle time: the broker has waited already
	out.code = c.int16()
	c.int32() // session
	if c.int32() == 1 {
		c.take(int(c.int16())) // topic
		if c.int32() == 1 {
			c.int32() // partition
			if code := c.int16(); code != 0 {
				out.code = code
			}
			out.highWatermark = c.int64()
			c.int64() // last stable offset
			out.logStart = c.int64()
			for n := c.int32(); n > 0 && !c.bad; n-- {
				producer, first := c.int64(), c.int64()
				if out.aborted == nil {
					out.aborted = map[int64][]int64{}
				}
				out.aborted[producer] = append(out.aborted[producer], first)
			}
			c.int32() // preferred replica
			if n := c.int32(); n > 0 {
				out.set = c.take(int(n))
			}
		}
	} else if out.code == 0 {
		return out, fmt.Errorf("%w: without the partition", errResponse)
	}
	if c.bad {
		return out, fmt.Errorf("%w: cut short", errResponse)
	}
	return out, nil
}

// wire reads big-endian numbers; what runs out of data sets bad and reads as zero.
type wire struct {
	data []byte
	bad  bool
}

func (w *wire) take(n int) []byte {
	if n < 0 || n > len(w.data) {
		w.bad = true
		return nil
	}
	b := w.data[:n:n]
	w.data = w.data[n:]
	return b
}

func (w *wire) int16() int16 {
	if b := w.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (w *wire) int32() int32 {
	if b := w.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (w *wire) int64() int64 {
	if b := w.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}
