package consumers

import "hash/maphash"

// idWindow remembers the ids of the last size offsets of one partition. Whether an id is a repeat depends on the log
// alone, so that whoever reads a range again drops the same records.
//
// Ids are kept as 64-bit hashes with a seed of the process: the chance that a record is taken for a repeat wrongly is
// size / 2^64, 5e-15 for the default.
type idWindow struct {
	seed maphash.Seed
	ring []uint64         // by offset modulo size; 0 where the offset had no id
	last map[uint64]int64 // hash -> last offset that had it
	next int64            // the offset after the last one added
}

func newIDWindow(size int) *idWindow {
	return &idWindow{seed: maphash.MakeSeed(), ring: make([]uint64, size), last: map[uint64]int64{}, next: -1}
}

// add notes the id at the offset and reports whether it stood at one of the size offsets before. Offsets must grow.
func (w *idWindow) add(offset int64, id string) (repeat bool) {
	h := maphash.String(w.seed, id)
	if h == 0 {
		h = 1
	}
	w.advance(offset)
	_, repeat = w.last[h]
	w.ring[offset%int64(len(w.ring))] = h
	w.last[h] = offset
	return repeat
}

// advance forgets what lies too far behind the offset.
func (w *idWindow) advance(offset int64) {
	size := int64(len(w.ring))
	if w.next < 0 || offset-w.next >= size { // the first one, or everything is too old
		clear(w.ring)
		clear(w.last)
		w.next = offset
	}
	for o := w.next; o <= offset; o++ {
		slot := &w.ring[o%size]
		if *slot != 0 && w.last[*slot] == o-size {
			delete(w.last, *slot)
		}
		*slot = 0
	}
	w.next = offset + 1
}
