package compact

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/schemas"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, f := rapid.String().Draw(t, "string"), rapid.Float64().Draw(t, "float")
		i, u, h := rapid.Int64().Draw(t, "int"), rapid.Uint64().Draw(t, "uint"), rapid.SliceOf(rapid.Int64()).Draw(t, "hashes")
		id := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9_-]{22}`), rapid.Map(rapid.String(), func(s string) string { return schemas.DerivedID(s) })).Draw(t, "id")
		data := AppendID(AppendHashes(AppendFloat(AppendString([]byte{7}, s), f), h), id)
		data = binary.AppendUvarint(binary.AppendVarint(data, i), u)
		r := NewReader(data)
		if r.Byte() != 7 || r.String() != s || r.Float() != f || !slices.Equal(r.Hashes(), h) || r.ID() != id || r.Int() != i || r.Uint() != u || r.Finish() != nil {
			t.Fatalf("%x is read otherwise: %v", data, r.Finish())
		}
		cut := rapid.IntRange(0, len(data)-1).Draw(t, "cut")
		r = NewReader(data[:cut])
		r.Byte()
		_, _, _, _, _, _ = r.String(), r.Float(), r.Hashes(), r.ID(), r.Int(), r.Uint()
		if r.Finish() == nil {
			t.Fatalf("%d bytes of %x were enough", cut, data)
		}
	})
	if NewReader([]byte{1}).Finish() == nil {
		t.Error("something left over isn't noticed")
	}
}

func TestDerivedIDsAreShort(t *testing.T) {
	if n := len(AppendID(nil, schemas.DerivedID("a"))); n != 17 {
		t.Errorf("%d bytes", n)
	}
}

// Damaged data gives errors, and no more memory than it has.
func FuzzReader(f *testing.F) {
	f.Add(AppendHashes(AppendString(nil, "x"), []int64{1, 2}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(data)
		if s, h := r.String(), r.Hashes(); len(s)+8*len(h) > len(data) {
			t.Errorf("%d bytes became %d", len(data), len(s)+8*len(h))
		}
	})
}
