package schemas

import (
	"encoding/binary"
	"math"
	"slices"
	"time"
)

func appendLong(b []byte, v int64) []byte {
	return binary.AppendUvarint(b, uint64(v<<1)^uint64(v>>63))
}

func appendString(b []byte, s string) []byte { return append(appendLong(b, int64(len(s))), s...) }

func appendDouble(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendNullString(b []byte, s string) []byte {
	if s == "" {
		return append(b, 0)
	}
	return appendString(append(b, 2), s)
}

func appendNullBytes(b, v []byte) []byte {
	if len(v) == 0 {
		return append(b, 0)
	}
	return append(appendLong(append(b, 2), int64(len(v))), v...)
}

func appendOpt[T any](b []byte, o Opt[T], put func([]byte, T) []byte) []byte {
	if !o.Set {
		return append(b, 0)
	}
	return put(append(b, 2), o.Value)
}

func appendInt(b []byte, v int32) []byte { return appendLong(b, int64(v)) }

func appendLongs(b []byte, vs []int64) []byte {
	if len(vs) > 0 {
		b = appendLong(b, int64(len(vs)))
		for _, v := range vs {
			b = appendLong(b, v)
		}
	}
	return append(b, 0)
}

func appendStrings(b []byte, vs []string) []byte {
	if len(vs) > 0 {
		b = appendLong(b, int64(len(vs)))
		for _, v := range vs {
			b = appendString(b, v)
		}
	}
	return append(b, 0)
}

func appendMap(b []byte, m map[string]string) []byte {
	if len(m) > 0 {
		b = appendLong(b, int64(len(m)))
		for k, v := range m {
			b = appendString(appendString(b, k), v)
		}
	}
	return append(b, 0)
}

func appendTime(b []byte, t time.Time) []byte { return appendLong(b, t.UnixMilli()) }

func appendSymbol[S ~string](b []byte, s S, symbols []S) []byte {
	if i := slices.Index(symbols, s); i > 0 {
		return appendLong(b, int64(i))
	}
	return append(b, 0) // the first symbol is every enum's default
}
