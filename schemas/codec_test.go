package schemas

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"
	"pgregory.net/rapid"
)

// goavroCodec is the independent oracle; it must be built from the text without logical types, which it turns into
// time.Time with its own idea of precision.
func goavroCodec(t testing.TB, rec *Record) *goavro.Codec {
	codec, err := goavro.NewCodec(strings.ReplaceAll(rec.Schema, `,"logicalType":"timestamp-millis"`, ""))
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func TestRoundTripAgreesWithGoavro(t *testing.T) {
	for _, rec := range Records() {
		t.Run(rec.Name, func(t *testing.T) {
			codec := goavroCodec(t, rec)
			rapid.Check(t, func(rt *rapid.T) {
				in := drawEvent(rt, rec)
				body := in.AppendAvro(nil)

				out := rec.New()
				if err := out.DecodeAvro(body); err != nil {
					rt.Fatalf("decode: %v", err)
				}
				if !reflect.DeepEqual(in, out) {
					rt.Fatalf("in  %+v\nout %+v", in, out)
				}

				native, rest, err := codec.NativeFromBinary(body)
				if err != nil || len(rest) > 0 {
					rt.Fatalf("goavro: %v, %d bytes left", err, len(rest))
				}
				theirs, err := codec.BinaryFromNative(nil, native)
				if err != nil {
					rt.Fatal(err)
				}
				again := rec.New()
				if err := again.DecodeAvro(theirs); err != nil || !reflect.DeepEqual(in, again) {
					rt.Fatalf("goavro's bytes decode to %+v, %v", again, err)
				}
			})
		})
	}
}

func TestColumnsHoldWhatTheEventHolds(t *testing.T) {
	for _, rec := range Records() {
		t.Run(rec.Name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				events := make([]Event, rapid.IntRange(1, 5).Draw(rt, "rows"))
				cols := rec.NewColumns()
				for i := range events {
					events[i] = drawEvent(rt, rec)
					body := events[i].AppendAvro(nil)
					if err := cols.AppendAvro(body[:rapid.IntRange(0, len(body)-1).Draw(rt, "cut")]); err == nil {
						rt.Fatal("a cut body was accepted")
					}
					if err := cols.AppendAvro(body); err != nil {
						rt.Fatal(err)
					}
					id, at, org := cols.Last()
					if env := events[i].Env(); id != env.EventID || at != env.OccurredAt.UnixMilli() || org != env.Org {
						rt.Fatalf("Last() = %q, %d, %q for %+v", id, at, org, env)
					}
				}
				if cols.Len() != len(events) {
					rt.Fatalf("%d rows for %d events", cols.Len(), len(events))
				}
				codec := goavroCodec(t, rec)
				for i, e := range events {
					native, _, err := codec.NativeFromBinary(e.AppendAvro(nil))
					if err != nil {
						rt.Fatal(err)
					}
					for j, f := range rec.Fields {
						want := native.(map[string]any)[f.Name]
						if strings.HasSuffix(string(f.Type), "?") {
							want = unwrap(want)
						}
						if got := cell(cols.Slices()[j], i); !equalNative(got, want) {
							rt.Fatalf("row %d, %s: got %#v, want %#v", i, f.Name, got, want)
						}
					}
				}
			})
		})
	}
}

func cell(slice any, i int) any {
	v := reflect.ValueOf(slice).Index(i)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

// equalNative compares a cell with goavro's value; null strings and bytes are "" in a column.
func equalNative(got, want any) bool {
	switch w := want.(type) {
	case nil:
		return got == nil || got == ""
	case []byte:
		return got == string(w)
	case float64:
		return math.Float64bits(got.(float64)) == math.Float64bits(w)
	}
	return fmt.Sprint(got) == fmt.Sprint(want)
}

func TestMalformedBodies(t *testing.T) {
	good := (&Outcome{Envelope: Envelope{EventID: "e", OccurredAt: time.UnixMilli(1), Org: "o"}, Domain: "d"}).AppendAvro(nil)
	kindAt := slices.Index(good, byte(2)) // the event id's length, as a place to break
	for name, c := range map[string]struct {
		body   []byte
		reason DeadLetterReason
	}{
		"empty":           {nil, DeadLetterTruncated},
		"cut":             {good[:len(good)-1], DeadLetterTruncated},
		"trailing":        {append(slices.Clone(good), 0), DeadLetterWrongType},
		"negative length": {append([]byte{1}, good[1:]...), DeadLetterWrongType},
		"huge length":     {append([]byte{0xfe, 0xff, 0xff, 0xff, 0x0f}, good[1:]...), DeadLetterTruncated},
		"not UTF-8":       {slices.Concat(good[:kindAt+1], []byte{0xff}, good[kindAt+2:]), DeadLetterWrongType},
		"endless varint":  {slices.Repeat([]byte{0xff}, 11), DeadLetterWrongType},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{new(Outcome).DecodeAvro(c.body), OutcomeRecord.NewColumns().AppendAvro(c.body)} {
				var m *MalformedError
				if !errors.As(err, &m) || m.Reason != c.reason {
					t.Errorf("got %v, want reason %s", err, c.reason)
				}
			}
		})
	}
}

// FuzzDecode holds the positional decoder against goavro on arbitrary bytes: what we accept, goavro must accept with
// the same meaning. (The other way round goavro is laxer: it accepts strings that are not UTF-8.)
func FuzzDecode(f *testing.F) {
	codecs := map[string]*goavro.Codec{}
	for i, rec := range Records() {
		codecs[rec.Name] = goavroCodec(f, rec)
		e := rec.New()
		*e.Env() = Envelope{EventID: "id", OccurredAt: time.UnixMilli(1700000000000), Source: "s", Org: "o"}
		f.Add(uint8(i), e.AppendAvro(nil))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		rec := records[int(which)%len(records)]
		e := rec.New()
		err := e.DecodeAvro(body)
		cols := rec.NewColumns()
		if colErr := cols.AppendAvro(body); (err == nil) != (colErr == nil) || (cols.Len() == 1) != (err == nil) {
			t.Fatalf("event: %v, columns: %v", err, colErr)
		}
		if err != nil {
			return
		}
		native, rest, err := codecs[rec.Name].NativeFromBinary(body)
		if err != nil || len(rest) > 0 {
			t.Fatalf("we accept what goavro refuses: %v, %d bytes left", err, len(rest))
		}
		theirs, err := codecs[rec.Name].BinaryFromNative(nil, native)
		if err != nil {
			t.Skip("goavro does not write back what it read") // e.g. NaN payloads
		}
		again := rec.New()
		if err := again.DecodeAvro(theirs); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", e) != fmt.Sprintf("%+v", again) {
			t.Fatalf("ours  %+v\ntheirs %+v", e, again)
		}
	})
}
