package consumers

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestIDWindowIsAFunctionOfTheLog holds the window against a plain search of the log, and a window that begins anywhere
// with the last size offsets against one that saw everything.
func TestIDWindowIsAFunctionOfTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 20).Draw(t, "size")
		type rec struct {
			offset int64
			id     string
		}
		var log []rec
		offset := int64(rapid.IntRange(0, 50).Draw(t, "first"))
		for range rapid.IntRange(1, 100).Draw(t, "records") {
			log = append(log, rec{offset, fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "id"))})
			offset += int64(rapid.SampledFrom([]int{1, 1, 1, 1, 2, 30}).Draw(t, "step"))
		}
		whole := newIDWindow(size)
		restart := rapid.IntRange(0, len(log)-1).Draw(t, "restart")
		late := newIDWindow(size)
		for _, r := range log[:restart] {
			if r.offset >= log[restart].offset-int64(size) {
				late.add(r.offset, r.id)
			}
		}
		for i, r := range log {
			want := false
			for _, before := range log[:i] {
				want = want || before.id == r.id && before.offset > r.offset-int64(size)
			}
			if got := whole.add(r.offset, r.id); got != want {
				t.Fatalf("offset %d: repeat is %v, want %v", r.offset, got, want)
			}
			if i >= restart {
				if got := late.add(r.offset, r.id); got != want {
					t.Fatalf("offset %d after a restart: repeat is %v, want %v", r.offset, got, want)
				}
			}
		}
	})
}

func BenchmarkIDWindow(b *testing.B) {
	ids := make([]string, 1<<18)
	for i := range ids {
		ids[i] = fmt.Sprintf("018f3c1e-7d3a-7000-8000-%012d", i)
	}
	w := newIDWindow(100_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.add(int64(i), ids[i%len(ids)])
	}
}

// TestIDWindowGrowsAndForgets is the same over windows that outgrow their first memory, against a map that forgets nothing.
func TestIDWindowGrowsAndForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(100, 3000).Draw(t, "size")
		ids := rapid.IntRange(2, 6000).Draw(t, "ids")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		w := newIDWindow(size)
		last := map[string]int64{}
		for offset := int64(rng.IntN(1000)); offset < 12000; offset += int64(1 + rng.IntN(20)/19*rng.IntN(size/10)) {
			id := fmt.Sprint(rng.IntN(ids))
			before, known := last[id]
			last[id] = offset
			if got, want := w.add(offset, id), known && before > offset-int64(size); got != want {
				t.Fatalf("offset %d: repeat is %v, want %v", offset, got, want)
			}
		}
	})
}
