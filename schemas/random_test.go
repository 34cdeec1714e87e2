package schemas

import (
	"reflect"
	"time"

	"pgregory.net/rapid"
)

// drawEvent fills every field of a new event of the record by reflection, so that a field added to a schema is
// tested without anybody thinking of it.
func drawEvent(t *rapid.T, rec *Record) Event {
	e := rec.New()
	v := reflect.ValueOf(e).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if v.Type().Field(i).Anonymous {
			for j := range f.NumField() {
				drawValue(t, rec, f.Type().Field(j).Name, f.Field(j))
			}
			continue
		}
		drawValue(t, rec, v.Type().Field(i).Name, f)
	}
	return e
}

var millis = rapid.Int64Range(-1<<42, 1<<43)

func drawValue(t *rapid.T, rec *Record, name string, f reflect.Value) {
	switch x := f.Addr().Interface().(type) {
	case *string:
		*x = rapid.String().Draw(t, name)
	case *[]byte:
		if b := rapid.SliceOf(rapid.Byte()).Draw(t, name); len(b) > 0 {
			*x = b
		}
	case *int32:
		*x = rapid.Int32().Draw(t, name)
	case *int64:
		*x = rapid.Int64().Draw(t, name)
	case *float64:
		*x = rapid.Float64().Draw(t, name)
	case *bool:
		*x = rapid.Bool().Draw(t, name)
	case *time.Time:
		*x = time.UnixMilli(millis.Draw(t, name)).UTC()
	case *Opt[int32]:
		*x = drawOpt(t, name, rapid.Int32())
	case *Opt[int64]:
		*x = drawOpt(t, name, rapid.Int64())
	case *Opt[float64]:
		*x = drawOpt(t, name, rapid.Float64())
	case *Opt[bool]:
		*x = drawOpt(t, name, rapid.Bool())
	case *Opt[time.Time]:
		if rapid.Bool().Draw(t, name) {
			*x = Some(time.UnixMilli(millis.Draw(t, name)).UTC())
		}
	case *[]int64:
		if s := rapid.SliceOf(rapid.Int64()).Draw(t, name); len(s) > 0 {
			*x = s
		}
	case *[]string:
		if s := rapid.SliceOf(rapid.String()).Draw(t, name); len(s) > 0 {
			*x = s
		}
	case *map[string]string:
		*x = rapid.MapOf(rapid.String(), rapid.String()).Draw(t, name)
	default:
		if f.Kind() != reflect.String {
			t.Fatalf("%s.%s: no generator for %s", rec.Name, name, f.Type())
		}
		for _, field := range rec.Fields { // an enum: any of the symbols of the field with this Go name
			if field.Type == Enum && goName(field.Name) == name {
				f.SetString(rapid.SampledFrom(field.Symbols).Draw(t, name))
			}
		}
	}
}

func drawOpt[T any](t *rapid.T, name string, g *rapid.Generator[T]) Opt[T] {
	if !rapid.Bool().Draw(t, name+" set") {
		return Opt[T]{}
	}
	return Some(g.Draw(t, name))
}

// goName is the Go name of an enum field.
func goName(field string) string {
	b := []byte(field)
	up := true
	out := b[:0]
	for _, c := range b {
		if c == '_' {
			up = true
			continue
		}
		if up {
			c -= 'a' - 'A'
		}
		out, up = append(out, c), false
	}
	return string(out)
}
