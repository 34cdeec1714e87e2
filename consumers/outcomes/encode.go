package outcomes

import (
	"encoding/binary"
	"fmt"

	"github.com/assayhq/assay/consumers/compact"
)

// version is the first byte of a state.
const version = 1

// MarshalBinary implements encoding.BinaryMarshaler. Times are differences to the time of the model's name, mostly small.
func (st *State) MarshalBinary() ([]byte, error) {
	base := st.Place.Model.At
	b := binary.AppendVarint(append(make([]byte, 0, 384), version, byte(st.Delivered)), base)
	b = binary.AppendUvarint(b, st.Seen)
	for _, f := range st.firsts() {
		b = compact.AppendString(b, f.Value)
		if f.Value != "" {
			b = binary.AppendVarint(b, f.At-base)
		}
	}
	if c := &st.Content; c.Value != "" {
		b = compact.AppendString(compact.AppendString(b, c.Topic), c.File)
		b = compact.AppendHashes(compact.AppendFloat(b, c.Weight), c.Fingerprints)
	}
	for _, w := range append(st.Strongest[:len(scored):len(scored)], st.Survival.strongest) {
		if b = append(b, byte(w.Code)); w.Code != 0 {
			b = binary.AppendVarint(b, w.At-base)
		}
	}
	if st.Survival.Code != 0 {
		b = compact.AppendFloat(b, st.Survival.Fraction)
	}
	b = append(b, byte(len(st.Settled)))
	for _, s := range st.Settled {
		failed := byte(0)
		if s.Failed {
			failed = 1
		}
		b = compact.AppendID(append(b, byte(s.Code), failed), s.ID)
	}
	c := st.Concluded
	if c == nil {
		return append(b, 0), nil
	}
	moved := byte(1)
	if c.Place != st.Place.names() {
		moved = 2
	}
	b = compact.AppendID(append(b, moved), c.ID)
	b = binary.BigEndian.AppendUint64(b, c.Print)
	if moved == 2 {
		for _, name := range c.Place {
			b = compact.AppendString(b, name)
		}
	}
	return b, nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (st *State) UnmarshalBinary(data []byte) error {
	r := compact.NewReader(data)
	if v := r.Byte(); v != version {
		return fmt.Errorf("it has version %d, not %d", v, version)
	}
	st.Delivered = delivered(r.Byte())
	base := r.Int()
	st.Seen = r.Uint()
	for _, f := range st.firsts() {
		if f.Value = r.String(); f.Value != "" {
			f.At = base + r.Int()
		}
	}
	if c := &st.Content; c.Value != "" {
		c.Topic, c.File, c.Weight, c.Fingerprints = r.String(), r.String(), r.Float(), r.Hashes()
	}
	for i := range st.Strongest {
		st.Strongest[i] = readStrongest(r, base)
	}
	if st.Survival.strongest = readStrongest(r, base); st.Survival.Code != 0 {
		st.Survival.Fraction = r.Float()
	}
	for range r.Byte() {
		s := settled{Code: readCode(r), Failed: r.Byte() == 1, ID: r.ID()}
		if s.Code == 0 {
			return fmt.Errorf("it holds a signal that there isn't")
		}
		st.Settled = append(st.Settled, s)
	}
	if moved := r.Byte(); moved > 0 {
		st.Concluded = &concluded{ID: r.ID(), Print: r.Uint64(), Place: st.Place.names()}
		if moved == 2 {
			for i := range st.Concluded.Place {
				st.Concluded.Place[i] = r.String()
			}
		}
	}
	return r.Finish()
}

func (st *State) firsts() [6]*first {
	return [...]*first{&st.Place.Model, &st.Place.Version, &st.Place.Feature, &st.Place.Language, &st.CWE, &st.Content.first}
}

func readStrongest(r *compact.Reader, base int64) (w strongest) {
	if w.Code = readCode(r); w.Code != 0 {
		w.At = base + r.Int()
	}
	return w
}

// readCode returns 0 for a signal that there isn't.
func readCode(r *compact.Reader) code {
	if c := code(r.Byte()); int(c) <= len(meanings) {
		return c
	}
	return 0
}
