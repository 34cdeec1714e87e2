package rework

import "math/bits"

// pair says that element a of one sequence and element b of the other are the same.
type pair struct{ a, b int }

// maxCells bounds the work and memory of one comparison: 16 MB of bits. Beyond it, nothing is said to be common.
const maxCells = 128 << 20

// common returns a longest common subsequence as pairs in order. It works on 64 cells of the table at a time (Hyyrö:
// Bit-parallel LCS-length computation revisited, AWOCA 2004), after what begins and ends the same and what the other side
// doesn't have is set aside.
func common[T comparable](a, b []T) []pair {
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
func between[T comparable](pairs []pair, a, b []T, offset int) []pair {
	if len(a) == 0 || len(b) == 0 {
		return pairs
	}
	number := make(map[T]int, len(a)) // of b's distinct elements, from 1; only those in a have places
	for _, v := range b {
		number[v] = 0
	}
	var as, bs, inA, inB []int // the elements that the other side has: places, and numbers
	n := 0
	for i, v := range a {
		k, shared := number[v]
		if !shared {
			continue
		}
		if k == 0 {
			n++
			k = n
			number[v] = n
		}
		as, inA = append(as, i), append(inA, k)
	}
	for i, v := range b {
		if k := number[v]; k > 0 {
			bs, inB = append(bs, i), append(inB, k)
		}
	}
	if len(as) == 0 || len(as)*len(bs) > maxCells {
		return pairs
	}
	from := len(pairs)
	pairs = table(inA, inB, n).trace(pairs, inA, inB)
	for i := from; i < len(pairs); i++ {
		pairs[i] = pair{as[pairs[i].a] + offset, bs[pairs[i].b] + offset}
	}
	return pairs
}

// rows is the table of LCS lengths of a's prefixes (bits) with b's prefixes (rows): a bit is clear where a's element makes
// the subsequence longer.
type rows struct {
	words int
	bits  []uint64
}

func table(a, b []int, distinct int) rows {
	words := (len(a) + 63) / 64
	masks := make([]uint64, (distinct+1)*words)
	for i, k := range a {
		masks[k*words+i/64] |= 1 << (i % 64)
	}
	t := rows{words, make([]uint64, (len(b)+1)*words)}
	for i := range words {
		t.bits[i] = ^uint64(0)
	}
	for j, k := range b {
		last, next, mask := t.bits[j*words:][:words], t.bits[(j+1)*words:][:words], masks[k*words:][:words]
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
func (t rows) trace(pairs []pair, a, b []int) []pair {
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
