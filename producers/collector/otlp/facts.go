package otlp

import (
	"math"
	"strconv"
	"strings"

	common "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// Facts reads attributes by type. What is absent, empty or an empty value is unknown; what has a wrong type is a problem, and
// the first problem makes a dead letter of the record. Reasons name attributes and quote no values.
type Facts struct {
	own, resource []*common.KeyValue
	typed         bool
	problem       string
	withheld      []string
}

func find(attributes []*common.KeyValue, key string) *common.AnyValue {
	for _, a := range attributes {
		if a.GetKey() == key && !isEmpty(a.GetValue()) {
			return a.GetValue()
		}
	}
	return nil
}

// isEmpty also holds for "", which stands for unknown.
func isEmpty(v *common.AnyValue) bool {
	switch v := v.GetValue().(type) {
	case nil:
		return true
	case *common.AnyValue_StringValue:
		return v.StringValue == ""
	}
	return false
}

func textOf(v *common.AnyValue) string { return v.GetStringValue() }

func (f *Facts) find(key string) *common.AnyValue {
	if v := find(f.own, key); v != nil {
		return v
	}
	return find(f.resource, key)
}

// Fail makes a dead letter of the record, with the first reason given.
func (f *Facts) Fail(reason string) {
	if f.problem == "" {
		f.problem = reason
	}
}

// Has says whether an attribute has a value.
func (f *Facts) Has(key string) bool { return f.find(key) != nil }

// Text returns the first of the attributes that is there, in the clear: for identity and content only.
func (f *Facts) Text(keys ...string) string {
	for _, key := range keys {
		if v := f.find(key); v != nil {
			text := plain(v)
			if text == "" {
				f.Fail(key + " is no text")
			}
			return text
		}
	}
	return ""
}

// Own is Text of the record alone, for what stands for something else on the resource.
func (f *Facts) Own(key string) string { return textOf(find(f.own, key)) }

// OfResource is Text of the resource alone.
func (f *Facts) OfResource(key string) string { return textOf(find(f.resource, key)) }

// Content is Text for what is sealed. Clients may blacken it themselves; what has a structure comes as JSON.
func (f *Facts) Content(keys ...string) string {
	for _, key := range keys {
		v := f.find(key)
		if v == nil {
			continue
		}
		switch text := plain(v); text {
		case "<REDACTED>", "[REDACTED]":
			return ""
		case "":
			return string(compact(v))
		default:
			return text
		}
	}
	return ""
}

// Name returns the first of the attributes that is there as a technical name. What doesn't look like one is withheld, and
// the event says so.
func (f *Facts) Name(keys ...string) string { return f.named(terms.Name, keys) }

// Word is Name for single words.
func (f *Facts) Word(keys ...string) string { return f.named(terms.Word, keys) }

// Language returns the first of the attributes that is there as a VS Code language id.
func (f *Facts) Language(keys ...string) string { return terms.Language(f.Text(keys...)) }

func (f *Facts) named(as func(string) string, keys []string) string {
	for _, key := range keys {
		v := f.find(key)
		if v == nil {
			continue
		}
		name := as(plain(v))
		if name == "" {
			f.withheld = append(f.withheld, key)
		}
		return name
	}
	return ""
}

// plain writes a simple value as text.
func plain(v *common.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	case *common.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *common.AnyValue_DoubleValue:
		return strconv.FormatFloat(v.DoubleValue, 'g', -1, 64)
	}
	return ""
}

// Words returns those of the attributes that are there and are single words, numbers or booleans, for an event's attributes.
func (f *Facts) Words(keys ...string) map[string]string {
	var words map[string]string
	for _, key := range keys {
		if word := f.Word(key); word != "" {
			if words == nil {
				words = make(map[string]string, len(keys))
			}
			words[strings.ReplaceAll(key, ".", "_")] = word
		}
	}
	return words
}

// Number returns a number from 0 on. NaN and infinities, which protobuf's JSON can write, would poison every sum.
func (f *Facts) Number(key string) schemas.Opt[float64] {
	v := f.find(key)
	if v == nil {
		return schemas.Opt[float64]{}
	}
	n, ok := 0.0, false
	switch v := v.GetValue().(type) {
	case *common.AnyValue_IntValue:
		n, ok = float64(v.IntValue), true
	case *common.AnyValue_DoubleValue:
		n, ok = v.DoubleValue, true
	case *common.AnyValue_StringValue:
		if !f.typed {
			var err error
			n, err = strconv.ParseFloat(v.StringValue, 64)
			ok = err == nil
		}
	}
	switch {
	case !ok || math.IsNaN(n) || math.IsInf(n, 0):
		f.Fail(key + " is no number")
	case n < 0:
		f.Fail(key + " is negative")
	default:
		return schemas.Some(n)
	}
	return schemas.Opt[float64]{}
}

// Int returns a whole number from 0 on.
func (f *Facts) Int(key string) schemas.Opt[int64] {
	if v, ok := f.find(key).GetValue().(*common.AnyValue_IntValue); ok && v.IntValue >= 0 {
		return schemas.Some(v.IntValue)
	}
	n := f.Number(key)
	if !n.Set {
		return schemas.Opt[int64]{}
	}
	if n.Value != math.Trunc(n.Value) || n.Value >= 1<<53 {
		f.Fail(key + " is no whole number")
		return schemas.Opt[int64]{}
	}
	return schemas.Some(int64(n.Value))
}

// Int32 is Int for the smaller type.
func (f *Facts) Int32(key string) schemas.Opt[int32] {
	n := f.Int(key)
	if n.Value > math.MaxInt32 {
		f.Fail(key + " is too large")
		return schemas.Opt[int32]{}
	}
	return schemas.Opt[int32]{Value: int32(n.Value), Set: n.Set}
}

// Millis is a duration in milliseconds, of which exporters also send fractions.
func (f *Facts) Millis(key string) schemas.Opt[int64] {
	n := f.Number(key)
	if n.Value >= 1<<53 {
		f.Fail(key + " is too large")
		return schemas.Opt[int64]{}
	}
	return schemas.Opt[int64]{Value: int64(math.Round(n.Value)), Set: n.Set}
}

// Fraction returns a number from 0 to 1.
func (f *Facts) Fraction(key string) schemas.Opt[float64] {
	n := f.Number(key)
	if n.Value > 1 {
		f.Fail(key + " is above 1")
		return schemas.Opt[float64]{}
	}
	return n
}

// Bool returns a boolean.
func (f *Facts) Bool(key string) schemas.Opt[bool] {
	v := f.find(key)
	if v == nil {
		return schemas.Opt[bool]{}
	}
	switch v := v.GetValue().(type) {
	case *common.AnyValue_BoolValue:
		return schemas.Some(v.BoolValue)
	case *common.AnyValue_StringValue:
		if !f.typed && (v.StringValue == "true" || v.StringValue == "false") {
			return schemas.Some(v.StringValue == "true")
		}
	}
	f.Fail(key + " is neither true nor false")
	return schemas.Opt[bool]{}
}

// OneOf returns what the attribute's word means; other words are a problem, and absence is where the word is required.
func OneOf[T any](f *Facts, key string, required bool, words map[string]T) (meaning T, given bool) {
	v := f.find(key)
	if v == nil {
		if required {
			f.Fail(key + " is missing")
		}
		return meaning, false
	}
	if meaning, given = words[plain(v)]; !given {
		f.Fail(key + " is none of the words known for it")
	}
	return meaning, given
}

// ErrorClass is the class of an error: the client's own, else by its status.
func ErrorClass(class, status string) string {
	if class == "" && status != "" {
		return "status_" + status
	}
	return class
}
