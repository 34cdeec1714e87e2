package sketch

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func draw(t *rapid.T) Sketch {
	s := Sketch{Tokens: []Token{}, Lines: []Line{}}
	number := 0
	for range rapid.IntRange(0, 40).Draw(t, "lines") {
		number += rapid.IntRange(1, 300).Draw(t, "step")
		few := rapid.SampledFrom([]Token{1, 2, 5, 0xFFFFFFFF})
		any := rapid.Custom(func(t *rapid.T) Token { return Token(rapid.Uint32().Draw(t, "token")) })
		s.Tokens = append(s.Tokens, rapid.SliceOfN(rapid.OneOf(few, any), 1, 20).Draw(t, "tokens")...)
		s.Lines = append(s.Lines, Line{number, len(s.Tokens)})
	}
	return s
}

func TestWhatWasEncodedIsParsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		got, err := Parse(s.Append(nil))
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("got %v, %v, want %v", got, err, s)
		}
	})
}

func TestCutKeepsLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		first, last := rapid.IntRange(0, 4000).Draw(t, "first"), rapid.IntRange(0, 4000).Draw(t, "last")
		cut := s.Cut(first, last)
		at := 0
		for i, l := range s.Lines {
			if l.Number < first || l.Number > last {
				continue
			}
			if cut.Lines[at].Number != l.Number-first+1 || !reflect.DeepEqual(cut.Line(at), s.Line(i)) {
				t.Fatalf("line %d is %v, want %v", l.Number, cut.Line(at), s.Line(i))
			}
			at++
		}
		if at != len(cut.Lines) {
			t.Fatalf("%d lines, want %d", len(cut.Lines), at)
		}
	})
}

func FuzzParse(f *testing.F) {
	s := Sketch{Tokens: []Token{7, 8, 7}, Lines: []Line{{2, 2}, {5, 3}}}
	f.Add(s.Append(nil))
	f.Add([]byte{version})
	f.Add([]byte{version, 1, 200, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Parse(raw)
		if err != nil {
			return
		}
		again, err := Parse(s.Append(nil))
		if err != nil || !bytes.Equal(again.Append(nil), s.Append(nil)) {
			t.Fatalf("%x: parsed to %v, then %v, %v", raw, s, again, err)
		}
	})
}
