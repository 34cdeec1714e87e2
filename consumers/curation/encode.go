package curation

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/assayhq/assay/consumers/compact"
)

// version is the first byte of a state.
const version = 1

// Flags of an example.
const (
	flagNegative = 1 << iota
	flagFit
	flagSaid
	flagStale
	flagWeighs // other than 1
	flagTopic  // other than codeTopic
)

// MarshalBinary implements encoding.BinaryMarshaler.
func (s *State) MarshalBinary() ([]byte, error) {
	b := binary.AppendUvarint([]byte{version}, uint64(len(s.Pools)))
	for _, name := range slices.Sorted(maps.Keys(s.Pools)) {
		b = s.Pools[name].append(compact.AppendString(b, name))
	}
	return b, nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (s *State) UnmarshalBinary(data []byte) error {
	r := compact.NewReader(data)
	if v := r.Byte(); v != version {
		return fmt.Errorf("it has version %d, not %d", v, version)
	}
	s.Pools = map[string]*pool{}
	for range r.Count(1) {
		name := r.String()
		s.Pools[name] = readPool(r)
	}
	return r.Finish()
}

func (p *pool) append(b []byte) []byte {
	b = binary.AppendVarint(b, p.Newest)
	for side := range p.Levels {
		b = append(b, p.Levels[side][:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Examples)))
	for _, e := range p.Examples {
		b = e.append(b, p.Newest)
	}
	return b
}

func readPool(r *compact.Reader) *pool {
	p := &pool{Newest: r.Int()}
	for side := range p.Levels {
		for i := range p.Levels[side] {
			p.Levels[side][i] = r.Byte()
		}
	}
	p.Examples = make([]*example, r.Count(12))
	for i := range p.Examples {
		p.Examples[i] = readExample(r, p.Newest)
	}
	return p
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// append writes an example: what isn't fit has no content.
func (e *example) append(b []byte, newest int64) []byte {
	b = append(b, flag(e.Side == negative, flagNegative)|flag(e.Fit, flagFit)|flag(e.Said, flagSaid)|flag(e.Stale, flagStale)|
		flag(e.Weight != 1, flagWeighs)|flag(e.Fit && e.Topic != codeTopic, flagTopic), byte(newest-e.Epoch), e.SaidLevel)
	b = binary.BigEndian.AppendUint64(compact.AppendString(b, e.Suggestion), e.Draw)
	if e.Weight != 1 {
		b = compact.AppendFloat(b, e.Weight)
	}
	if !e.Fit {
		return b
	}
	b = compact.AppendString(append(b, e.Hundredths), e.Content)
	if e.Topic != codeTopic {
		b = compact.AppendString(b, e.Topic)
	}
	return compact.AppendHashes(compact.AppendString(b, e.File), e.Sketch)
}

func readExample(r *compact.Reader, newest int64) *example {
	flags := r.Byte()
	e := &example{Side: positive, Fit: flags&flagFit != 0, Said: flags&flagSaid != 0, Stale: flags&flagStale != 0, Weight: 1}
	if flags&flagNegative != 0 {
		e.Side = negative
	}
	e.Epoch = newest - int64(r.Byte())
	e.SaidLevel = r.Byte()
	e.Suggestion, e.Draw = r.String(), r.Uint64()
	if flags&flagWeighs != 0 {
		e.Weight = r.Float()
	}
	e.Level = level(e.Draw, e.Weight)
	if !e.Fit {
		return e
	}
	e.Hundredths, e.Content, e.Topic = r.Byte(), r.String(), codeTopic
	if flags&flagTopic != 0 {
		e.Topic = r.String()
	}
	e.File, e.Sketch = r.String(), r.Hashes()
	return e
}
