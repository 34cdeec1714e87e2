package partlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"
	"pgregory.net/rapid"
)

// encode writes records as kafka-go does: the oracle of what a batch looks like.
func encode(t interface{ Fatal(...any) }, compression compress.Compression, base int64, records []kafka.Record) []byte {
	var b bytes.Buffer
	set := protocol.RecordSet{Version: 2, Attributes: protocol.Attributes(compression), Records: protocol.NewRecordReader(records...)}
	if _, err := set.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()[4:] // without the length of the set
	binary.BigEndian.PutUint64(out, uint64(base))
	return out
}

func drawRecords(t *rapid.T) []kafka.Record {
	records := make([]kafka.Record, rapid.IntRange(1, 20).Draw(t, "records"))
	optional := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOf(rapid.Byte()))
	for i := range records {
		r := kafka.Record{Time: time.UnixMilli(rapid.Int64Range(1, 1<<41).Draw(t, "time"))}
		if b := optional.Draw(t, "key"); b != nil {
			r.Key = kafka.NewBytes(b)
		}
		if b := optional.Draw(t, "value"); b != nil {
			r.Value = kafka.NewBytes(b)
		}
		for range rapid.IntRange(0, 3).Draw(t, "headers") {
			r.Headers = append(r.Headers, kafka.Header{Key: rapid.String().Draw(t, "header"), Value: rapid.SliceOf(rapid.Byte()).Draw(t, "header value")})
		}
		records[i] = r
	}
	return records
}

func content(t interface{ Fatal(...any) }, b kafka.Bytes) []byte {
	if b == nil {
		return nil
	}
	all, err := io.ReadAll(b.(io.Reader))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestChunkReadsWhatKafkaGoWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set []byte
		var want []kafka.Record
		base := rapid.Int64Range(0, 1<<40).Draw(t, "base")
		first := base
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			records := drawRecords(t)
			compression := rapid.SampledFrom([]compress.Compression{compress.None, compress.Gzip, compress.Snappy, compress.Lz4, compress.Zstd}).Draw(t, "compression")
			set = append(set, encode(t, compression, base, records)...)
			want = append(want, records...)
			base += int64(len(records))
		}
		from := rapid.IntRange(0, len(want)-1).Draw(t, "from")
		cut := slices.Concat(set, set[:rapid.IntRange(0, 60).Draw(t, "cut")]) // a broker cuts the last batch short
		res := fetchResponse{highWatermark: base, set: cut}
		c, err := res.chunk(first + int64(from))
		if err != nil {
			t.Fatal(err)
		}
		if c.Next != base || c.Missing != 0 || len(c.Records) != len(want)-from {
			t.Fatalf("got %d records, next %d, missing %d; want %d, %d", len(c.Records), c.Next, c.Missing, len(want)-from, base)
		}
		for i, got := range c.Records {
			w := want[from+i]
			if got.Offset != first+int64(from+i) || got.Time != w.Time.UnixMilli() {
				t.Fatalf("record %d: offset %d, time %d", i, got.Offset, got.Time)
			}
			rewind(w.Key)
			rewind(w.Value)
			if !bytes.Equal(got.Key, content(t, w.Key)) || !bytes.Equal(got.Value, content(t, w.Value)) || (got.Value == nil) != (w.Value == nil) {
				t.Fatalf("record %d: key %q, value %q", i, got.Key, got.Value)
			}
			if h := got.Headers(); fmt.Sprint(h) != fmt.Sprint(w.Headers) {
				t.Fatalf("record %d: headers %v, want %v", i, h, w.Headers)
			}
			for _, h := range w.Headers {
				if _, ok := got.Header(h.Key); !ok {
					t.Fatalf("no header %q", h.Key)
				}
			}
			if _, ok := got.Header("\x00none"); ok {
				t.Fatal("a header that is not there")
			}
		}
	})
}

func rewind(b kafka.Bytes) {
	if s, ok := b.(io.Seeker); ok {
		_, _ = s.Seek(0, io.SeekStart)
	}
}

func TestDamagedBatchesAreErrors(t *testing.T) {
	good := encode(t, compress.None, 5, []kafka.Record{{Value: kafka.NewBytes([]byte("hello"))}})
	for name, damage := range map[string]func([]byte){
		"bit":     func(b []byte) { b[len(b)-2] ^= 1 },
		"version": func(b []byte) { b[16] = 1 },
		"length":  func(b []byte) { binary.BigEndian.PutUint32(b[8:], 10) },
	} {
		bad := slices.Clone(good)
		damage(bad)
		if _, err := (&fetchResponse{set: bad}).chunk(5); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLogAppendTimeAndGaps(t *testing.T) {
	set := encode(t, compress.None, 8, []kafka.Record{{Time: time.UnixMilli(1000), Value: kafka.NewBytes([]byte("x"))}})
	set[22] |= attrLogAppendTime
	binary.BigEndian.PutUint64(set[35:], 99)
	checksum(set)
	c, err := (&fetchResponse{set: set}).chunk(5)
	if err != nil || c.Records[0].Time != 99 || c.Missing != 3 || c.Next != 9 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func FuzzChunk(f *testing.F) {
	f.Add(encode(f, compress.Lz4, 3, []kafka.Record{{Key: kafka.NewBytes([]byte("k")), Value: kafka.NewBytes([]byte("v")), Headers: []kafka.Header{{Key: "h"}}}}))
	f.Fuzz(func(t *testing.T, set []byte) {
		if len(set) > 61 { // let it in behind the checksum
			checksum(set)
		}
		c, err := (&fetchResponse{set: set}).chunk(0)
		if err != nil {
			return
		}
		for _, r := range c.Records {
			r.Headers()
			r.Header("h")
		}
	})
}

func FuzzResponse(f *testing.F) {
	f.Add(make([]byte, 80))
	f.Fuzz(func(t *testing.T, body []byte) {
		if res, err := parseResponse(body, 0); err == nil {
			_, _ = res.chunk(0)
		}
	})
}

func checksum(set []byte) {
	length := int(int32(binary.BigEndian.Uint32(set[8:])))
	if length >= batchOverhead-12 && length <= len(set)-12 {
		binary.BigEndian.PutUint32(set[17:], crcOf(set[21:12+length]))
	}
}
