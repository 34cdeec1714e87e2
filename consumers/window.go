package consumers

import "hash/maphash"

// idWindow remembers the ids of the last size offsets of one partition. Whether an id is a repeat depends on the log
// alone, so that whoever reads a range again drops the same records.
//
// Ids are kept as 64-bit hashes with a seed of the process: the chance that a record is taken for a repeat wrongly is
// size / 2^64, 5e-15 for the default. Both slices are powers of two and grow with what the log brings; 100,000 offsets
// take 2 MB.
type idWindow struct {
	seed  maphash.Seed
	size  int64
	ring  []uint64 // hash by offset modulo length; 0 where the offset has no id
	table []uint32 // open addressing by hash: 1 + ring index of the hash's last offset; 0 where free
	tail  int64    // oldest offset remembered
	next  int64    // the offset after the last one added
}

const smallWindow = 256

func newIDWindow(size int) *idWindow {
	return &idWindow{seed: maphash.MakeSeed(), size: int64(size), ring: make([]uint64, smallWindow), table: make([]uint32, 2*smallWindow), next: -1}
}

// add notes the id at the offset and reports whether it stood at one of the size offsets before. Offsets must grow.
func (w *idWindow) add(offset int64, id string) (repeat bool) {
	h := max(1, maphash.String(w.seed, id))
	w.advance(offset)
	at := w.index(offset)
	w.ring[at] = h
	slot, found := w.find(h, at)
	w.table[slot] = uint32(at + 1)
	return found
}

func (w *idWindow) index(offset int64) int { return int(offset & int64(len(w.ring)-1)) }

// find returns the hash's slot of the table, or the free one where it belongs. The ring already holds the hash at the
// index except, which the table doesn't know yet.
func (w *idWindow) find(h uint64, except int) (slot int, found bool) {
	mask := len(w.table) - 1
	for slot = int(h) & mask; w.table[slot] != 0; slot = (slot + 1) & mask {
		if i := int(w.table[slot] - 1); i != except && w.ring[i] == h {
			return slot, true
		}
	}
	return slot, false
}

// advance forgets what lies too far behind the offset, and makes room for it.
func (w *idWindow) advance(offset int64) {
	if w.next < 0 || offset-w.next >= w.size { // the first one, or everything is too old
		clear(w.ring)
		clear(w.table)
		w.tail, w.next = offset, offset
	}
	for ; w.tail <= offset-w.size; w.tail++ {
		w.forget(w.index(w.tail))
	}
	for offset-w.tail >= int64(len(w.ring)) {
		w.grow()
	}
	w.next = offset + 1
}

// forget frees a place of the ring, and its slot where no later offset has the same hash.
func (w *idWindow) forget(at int) {
	h := w.ring[at]
	if h == 0 {
		return
	}
	mask := len(w.table) - 1
	hole := int(h) & mask
	for w.table[hole] != uint32(at+1) {
		if w.table[hole] == 0 { // a later offset has taken the slot over
			w.ring[at] = 0
			return
		}
		hole = (hole + 1) & mask
	}
	w.ring[at] = 0
	// Linear probing without tombstones: close the hole with entries that it separates from their home.
	for next := (hole + 1) & mask; w.table[next] != 0; next = (next + 1) & mask {
		home := int(w.ring[w.table[next]-1]) & mask
		if (next-home)&mask >= (next-hole)&mask {
			w.table[hole] = w.table[next]
			hole = next
		}
	}
	w.table[hole] = 0
}

func (w *idWindow) grow() {
	old := w.ring
	w.ring, w.table = make([]uint64, 2*len(old)), make([]uint32, 4*len(old))
	for offset := w.tail; offset < w.next; offset++ {
		h := old[offset&int64(len(old)-1)]
		if h == 0 {
			continue
		}
		at := w.index(offset)
		w.ring[at] = h
		slot, _ := w.find(h, at)
		w.table[slot] = uint32(at + 1)
	}
}
