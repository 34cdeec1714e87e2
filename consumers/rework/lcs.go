package rework

import "math/bits"

// pair says that element a of one sequence and element b of the other are the same.
type pair struct{ a, b int }

// maxCells bounds the work and memory of one comparison: 16 MB of bits. Beyond it, nothing is said to be common.
const maxCells = 128 << 20

// common returns a longest common subsequence as pairs in order. It works on 64 cells of the table at a time (Hyyrö:
// Bit-parallel LCS-length computation revisited, AWOCA 2004), after what begins and ends the same and what the other side
// doesn't have is set aside.
func common[T element](a, b []T) []pair {
	head, tail := ends(a, b)
	pairs := make([]pair, 0, head+tail+16)
	for i := range head {
		pairs = append(pairs, pair{i, i})
	}
	pairs = between(pairs, a[head:len(a)-tail], b[head:len(b)-tail], head)
	for i := tail; i > 0; i-- {
		pairs = append(pairs, pair{len(a) - i, len(b) - i})
	}
	return pairs
}

// between appends the pairs of two sequences that begin and end differently, moved by offset.
func between[T element](pairs []pair, a, b []T, offset int) []pair {
	if len(a) == 0 || len(b) == 0 {
		return pairs
	}
	// The elements that the other side has: places, and numbers.
	numbers := number(b)
	shared := make([]int32, 2*len(a)+2*len(b))
	as, inA := shared[:0:len(a)], shared[len(a):len(a):2*len(a)]
	shared = shared[2*len(a):]
	bs, inB := shared[:0:len(b)], shared[len(b):len(b):2*len(b)]
	for i, v := range a {
		if k := numbers.of(v); k > 0 {
			as, inA = append(as, int32(i)), append(inA, k)
		}
	}
	for i, v := range b {
		if k := numbers.known(v); k > 0 {
			bs, inB = append(bs, int32(i)), append(inB, k)
		}
	}
	head, tail := ends(inA, inB)
	for i := range head {
		pairs = append(pairs, pair{int(as[i]) + offset, int(bs[i]) + offset})
	}
	midA, midB := inA[head:len(inA)-tail], inB[head:len(inB)-tail]
	if len(midA) > 0 && len(midB) > 0 && len(midA)*len(midB) <= maxCells {
		from := len(pairs)
		pairs = table(midA, midB, int(numbers.last)).trace(pairs, midA, midB)
		for i := from; i < len(pairs); i++ {
			pairs[i] = pair{int(as[head+pairs[i].a]) + offset, int(bs[head+pairs[i].b]) + offset}
		}
	}
	for i := tail; i > 0; i-- {
		pairs = append(pairs, pair{int(as[len(as)-i]) + offset, int(bs[len(bs)-i]) + offset})
	}
	return pairs
}

// rows is the table of LCS lengths of a's prefixes (bits) with b's prefixes (rows): a bit is clear where a's element makes
// the subsequence longer.
type rows struct {
	words int
	bits  []uint64
}

func table(a, b []int32, distinct int) rows {
	words := (len(a) + 63) / 64
	masks := make([]uint64, (distinct+1)*words)
	for i, k := range a {
		masks[int(k)*words+i/64] |= 1 << (i % 64)
	}
	t := rows{words, make([]uint64, (len(b)+1)*words)}
	for i := range words {
		t.bits[i] = ^uint64(0)
	}
	for j, k := range b {
		last, next, mask := t.bits[j*words:][:words], t.bits[(j+1)*words:][:words], masks[int(k)*words:][:words]
		var carry uint64
		for i, v := range last {
			u := v & mask[i]
			sum, over := bits.Add64(v, u, carry)
			carry = over
			next[i] = sum | (v - u)
		}
	}
	return t
}

// trace walks the table backwards, which finds the last of all longest ones.
func (t rows) trace(pairs []pair, a, b []int32) []pair {
	from := len(pairs)
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i--
			j--
			pairs = append(pairs, pair{i, j})
		case t.bits[j*t.words+(i-1)/64]>>((i-1)%64)&1 == 1: // a's last element adds nothing
			i--
		default:
			j--
		}
	}
	for i, j := from, len(pairs)-1; i < j; i, j = i+1, j-1 {
		pairs[i], pairs[j] = pairs[j], pairs[i]
	}
	return pairs
}
