package confusion

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the default model
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"sync"
)

// A model file is a magic line, the length of the header (4 bytes, big endian), the header in JSON, then a byte for every
// bucket and head.
const (
	magic        = "assay confusion model\n"
	modelVersion = 1
)

//go:embed model.bin
var embedded []byte

// Default returns the embedded model.
var Default = sync.OnceValues(func() (*Model, error) { return ReadModel(embedded) })

// ReadModel reads a model file.
func ReadModel(file []byte) (*Model, error) {
	rest, ok := bytes.CutPrefix(file, []byte(magic))
	if !ok || len(rest) < 4 {
		return nil, fmt.Errorf("read model: not a confusion model: make one with assay train confusion")
	}
	size := int(binary.BigEndian.Uint32(rest))
	rest = rest[4:]
	if size > len(rest) || len(rest)-size != Buckets*heads {
		return nil, fmt.Errorf("read model: %d bytes are not a whole model: copy it again, or make one with assay train confusion", len(file))
	}
	digest := sha256.Sum256(file)
	m := &Model{hash: base64.RawURLEncoding.EncodeToString(digest[:9]), table: make([]uint64, Buckets)}
	if err := json.Unmarshal(rest[:size], &m.header); err != nil {
		return nil, fmt.Errorf("read model: header: %w", err)
	}
	if m.header.Version != modelVersion {
		return nil, fmt.Errorf("read model: version %d, this program reads %d: train it again with assay train confusion", m.header.Version, modelVersion)
	}
	for i := range m.table {
		m.table[i] = binary.LittleEndian.Uint64(rest[size+8*i:])
	}
	return m, nil
}

// Weights are a trained model before it is quantised. Every head's slice has Features values.
type Weights struct {
	Note    string
	Heads   [heads][]float32 // chat, review, then the reasons in the order of ReasonNames
	Bias    [heads]float32
	Channel [channels]Calibration
	Reason  [reasons]Line
}

// File returns the weights as a model file: int8 for n-grams, float32 for the rest.
func (w *Weights) File() ([]byte, error) {
	h := header{Version: modelVersion, Note: w.Note, Bias: w.Bias, Channel: w.Channel, Reason: w.Reason}
	table := make([]byte, Buckets*heads)
	for head, weights := range w.Heads {
		var most float32
		for _, v := range weights[:Buckets] {
			most = max(most, v, -v)
		}
		scale := max(most, 1e-6) / (bias - 1)
		h.Scale[head] = scale
		for i, v := range weights[:Buckets] {
			table[i*heads+head] = byte(int(math.Round(float64(v/scale))) + bias)
		}
		for i, v := range weights[Buckets:Features] {
			h.Dense[i][head] = v
		}
	}
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write model: %w", err)
	}
	file := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(text)))
	return append(append(file, text...), table...), nil
}
