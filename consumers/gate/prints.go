package gate

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"
)

// prints are the fingerprints of a text, as four bytes each in ascending order. Of many only the least are kept: a sample of which
// both texts keep the same part, so that containment can be told from it (Broder: On the Resemblance and Containment of Documents,
// 1997).
type prints []byte

const (
	suggestionPrints = 64
	changePrints     = 2048
)

// What containment says, by the number of fingerprints that it rests on. A verbatim copy has all of a text's fingerprints as soon as
// the text has two (ten tokens); by chance, as in boilerplate, two may also be in a text that never saw the other.
const (
	contained  = 0.6 // share from which a suggestion is in a change
	rewritten  = 0.3 // share from which a suggestion is a later version of another
	enoughGone = 2   // fingerprints that can show that a suggestion is gone
	enoughLink = 4   // fingerprints that can link by themselves
)

func newPrints(fingerprints []int64, most int) prints {
	hashes := make([]uint32, len(fingerprints))
	for i, f := range fingerprints {
		hashes[i] = uint32(mix(uint64(f)) >> 32)
	}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	hashes = hashes[:min(most, len(hashes))]
	var p prints
	for _, h := range hashes {
		p = binary.BigEndian.AppendUint32(p, h)
	}
	return p
}

// mix spreads what clients send evenly, so that the least are a fair sample: the finaliser of SplitMix64 (Steele et al. 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (p prints) len() int { return len(p) / 4 }

func (p prints) at(i int) uint32 { return binary.BigEndian.Uint32(p[4*i:]) }

// in returns the share of p that the other has, and how many fingerprints that rests on; most is at how many the other was cut.
func (p prints) in(other prints, most int) (share float64, of int) {
	if other.len() == 0 {
		return 0, 0
	}
	limit := uint32(math.MaxUint32)
	if other.len() >= most {
		limit = other.at(other.len() - 1)
	}
	found := 0
	for i := range p.len() {
		h := p.at(i)
		if h > limit {
			break
		}
		of++
		if j := sort.Search(other.len(), func(j int) bool { return other.at(j) >= h }); j < other.len() && other.at(j) == h {
			found++
		}
	}
	if of == 0 {
		return 0, 0
	}
	return float64(found) / float64(of), of
}
