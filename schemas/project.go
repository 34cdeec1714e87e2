package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/linkedin/goavro/v2"
)

// projection reads bodies of one writer's schema as the current version of a record, by Avro's rules of schema
// resolution (https://avro.apache.org/docs/1.12.0/specification/#schema-resolution) as far as flat records need
// them: fields match by name, numbers widen, unknown symbols become the enum's default, missing fields take theirs.
type projection struct {
	name   string          // of the writer's record, without namespace
	unions map[string]bool // fields that goavro wraps as {"branch": value}
	codec  *goavro.Codec
}

type schemaText struct {
	Type, Name string
	Fields     []struct {
		Name    string
		Type    json.RawMessage
		Default json.RawMessage
	}
}

func newProjection(text string) (*projection, error) {
	var s schemaText
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.Type != "record" {
		return nil, errors.New("not the schema of a record")
	}
	codec, err := newCodec(text)
	if err != nil {
		return nil, err
	}
	p := &projection{name: s.Name[strings.LastIndexByte(s.Name, '.')+1:], codec: codec, unions: map[string]bool{}}
	for _, f := range s.Fields {
		p.unions[f.Name] = len(f.Type) > 0 && f.Type[0] == '['
	}
	return p, nil
}

// project returns the body in rec's current version. schemaID is for the error's text.
func (p *projection) project(rec *Record, schemaID int, body []byte) ([]byte, error) {
	wrong := func(reason DeadLetterReason, format string, args ...any) ([]byte, error) {
		return nil, &MalformedError{Record: rec.Name, Reason: reason, Detail: fmt.Sprintf("schema id %d: ", schemaID) + fmt.Sprintf(format, args...)}
	}
	if p.name != rec.Name {
		return wrong(DeadLetterWrongType, "its record is %s", p.name)
	}
	native, rest, err := p.codec.NativeFromBinary(body)
	switch {
	case errors.Is(err, io.ErrShortBuffer), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return wrong(DeadLetterTruncated, "ends before its last field")
	case err != nil: // goavro's text can quote the value
		return wrong(DeadLetterWrongType, "the bytes don't fit their writer's schema")
	case len(rest) > 0:
		return wrong(DeadLetterWrongType, "%v", errTrailing)
	}
	fields, ok := native.(map[string]any)
	if !ok {
		return wrong(DeadLetterWrongType, "not a record")
	}
	out := make([]byte, 0, len(body)+len(rec.Fields))
	for _, f := range rec.Fields {
		v, present := fields[f.Name]
		switch {
		case !present && !f.hasDefault:
			return wrong(DeadLetterWrongType, "field %s is missing and has no default", f.Name)
		case !present:
			v = f.fallback
		case p.unions[f.Name]:
			v = unwrap(v)
		}
		if out, err = f.appendNative(out, v); err != nil {
			return wrong(DeadLetterWrongType, "field %s: %v", f.Name, err)
		}
	}
	return out, nil
}

func unwrap(v any) any {
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		for _, inner := range m {
			return inner
		}
	}
	return v
}

// appendNative appends a value as goavro or a JSON default gives it.
func (f Field) appendNative(b []byte, v any) ([]byte, error) {
	t := f.Type
	if base, nullable := strings.CutSuffix(string(t), "?"); nullable {
		if v == nil {
			return append(b, 0), nil
		}
		b, t = append(b, 2), FieldType(base)
	}
	switch t {
	case String:
		if s, ok := asString(v); ok {
			return appendString(b, s), nil
		}
	case "bytes":
		if s, ok := asString(v); ok {
			return appendString(b, s), nil
		}
	case Int:
		if n, ok := asLong(v); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			return appendLong(b, n), nil
		}
	case Long, Time:
		if n, ok := asLong(v); ok {
			return appendLong(b, n), nil
		}
	case Double:
		if x, ok := asDouble(v); ok {
			return appendDouble(b, x), nil
		}
	case Bool:
		if x, ok := v.(bool); ok {
			return appendBool(b, x), nil
		}
	case Enum:
		if s, ok := v.(string); ok {
			return appendLong(b, int64(max(0, slices.Index(f.Symbols, s)))), nil
		}
	case Longs:
		if xs, ok := asList(v, asLong); ok {
			return appendLongs(b, xs), nil
		}
	case Strings:
		if xs, ok := asList(v, asString); ok {
			return appendStrings(b, xs), nil
		}
	case StringMap:
		if m, ok := v.(map[string]any); ok {
			out := make(map[string]string, len(m))
			for k, x := range m {
				if out[k], ok = asString(x); !ok {
					return nil, fmt.Errorf("a %T can't be read as %s", x, t)
				}
			}
			return appendMap(b, out), nil
		}
	}
	return nil, fmt.Errorf("a %T can't be read as %s", v, f.Type)
}

func asString(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case []byte:
		return string(x), true
	}
	return "", false
}

func asLong(v any) (int64, bool) {
	switch x := v.(type) {
	case int32:
		return int64(x), true
	case int64:
		return x, true
	case time.Time:
		return x.UnixMilli(), true
	}
	return 0, false
}

func asDouble(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case float32:
		return float64(x), true
	case int32:
		return float64(x), true
	case int64:
		return float64(x), true
	}
	return 0, false
}

func asList[T any](v any, elem func(any) (T, bool)) ([]T, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]T, len(list))
	for i, x := range list {
		if out[i], ok = elem(x); !ok {
			return nil, false
		}
	}
	return out, true
}
