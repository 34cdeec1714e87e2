package rework

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/schemas/sketch"
)

// lengthOf is the length of a longest common subsequence by the book.
func lengthOf(a, b []int) int {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

func TestCommonIsALongestCommonSubsequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.IntRange(1, rapid.SampledFrom([]int{2, 5, 60}).Draw(t, "letters"))
		a := rapid.SliceOfN(letters, 0, 200).Draw(t, "a")
		b := rapid.SliceOfN(letters, 0, 200).Draw(t, "b")
		pairs := common(a, b)
		if want := lengthOf(a, b); len(pairs) != want {
			t.Fatalf("%d pairs, want %d", len(pairs), want)
		}
		for i, p := range pairs {
			if a[p.a] != b[p.b] || i > 0 && (p.a <= pairs[i-1].a || p.b <= pairs[i-1].b) {
				t.Fatalf("pair %d of %v is wrong", i, pairs)
			}
		}
	})
}

func TestBlocksAreRunsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.Custom(func(t *rapid.T) sketch.Token { return sketch.Token(rapid.IntRange(2, 6).Draw(t, "token")) })
		a := rapid.SliceOfN(token, 0, 80).Draw(t, "a")
		b := rapid.SliceOfN(token, 0, 80).Draw(t, "b")
		least := rapid.IntRange(1, 5).Draw(t, "least")
		endA, endB := 0, 0
		for _, run := range blocks(a, b, least) {
			if run.a < endA || run.b < endB || run.size < least {
				t.Fatalf("%+v follows %d, %d", run, endA, endB)
			}
			for i := range run.size {
				if a[run.a+i] != b[run.b+i] {
					t.Fatalf("%+v: token %d differs", run, i)
				}
			}
			endA, endB = run.a+run.size, run.b+run.size
		}
		if len(a) >= least {
			if whole := blocks(a, a, least); len(a) > 0 && (len(whole) != 1 || whole[0].size != len(a)) {
				t.Fatalf("a text and itself share %v", whole)
			}
		}
	})
}

func TestRenamed(t *testing.T) {
	for name, c := range map[string]struct {
		accepted, now string
		same          bool // all tokens survive
	}{
		"one name":          {"var Total = 0 ; Total += X", "var Sum = 0 ; Sum += X", true},
		"two names":         {"for V = range Vs { T += V }", "for W = range Ws { T += W }", true},
		"not throughout":    {"A = 1 + A ; B = A + 2", "C = 1 + C ; B = D + 2", false},
		"the old one stays": {"A = 1 + A ; B = A", "C = 1 + C ; B = A", false},
		"keyword":           {"for X in Y", "while X in Y", false},
	} {
		a, b := code(c.accepted), code(c.now)
		got := align(a.Tokens, b.Tokens).fraction()
		if same := got == 1; same != c.same {
			t.Errorf("%s: survival %.2f", name, got)
		}
	}
}
