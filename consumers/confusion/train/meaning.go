package train

import (
	"bytes"
	_ "embed" // the vectors
	"encoding/json"
	"fmt"

	"github.com/assayhq/assay/consumers/confusion"
)

// vectorFile is what distil.py writes.
//
//go:embed vectors.bin
var vectorFile []byte

// meanings are the vectors of words. A linear head over the sum of a message's word vectors is one weight a word, so
// vectors are needed for training only: a word that no example has gets the weight that words of like meaning suggest.
type meanings struct {
	dims int
	of   map[uint32][]float32 // by feature
}

func readMeanings() (*meanings, error) {
	head, rest, _ := bytes.Cut(vectorFile, []byte("\n"))
	var h struct {
		Words, Dims int
		Scale       float32
	}
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("read word vectors: %w", err)
	}
	lines := bytes.SplitN(rest, []byte("\n"), h.Words+1)
	if len(lines) != h.Words+1 || len(lines[h.Words]) != h.Words*h.Dims {
		return nil, fmt.Errorf("read word vectors: not %d words of %d dimensions: make them with distil.py", h.Words, h.Dims)
	}
	m := &meanings{dims: h.Dims, of: make(map[uint32][]float32, h.Words)}
	for i, w := range lines[:h.Words] {
		values := make([]float32, h.Dims)
		for d := range values {
			values[d] = float32(int8(lines[h.Words][i*h.Dims+d])) * h.Scale
		}
		m.of[confusion.MeaningBucket(string(w))] = values
	}
	return m, nil
}

// sum appends the sum of the vectors of a message's words to the features that are learned.
func (m *meanings) sum(v confusion.Vector, to *confusion.Vector) {
	total := make([]float32, m.dims)
	for k := v.Meaning[0]; k < v.Meaning[1]; k++ {
		for d, x := range m.of[v.Index[k]] {
			total[d] += x * v.Value[k]
		}
	}
	for d, x := range total {
		if x != 0 {
			to.Index = append(to.Index, uint32(confusion.Features+d))
			to.Value = append(to.Value, x*meaningScale)
		}
	}
}

// spread turns the weights of meaning into weights of words, and cuts them off.
func (m *meanings) spread(w []float32) []float32 {
	for feature, vector := range m.of {
		var s float32
		for d, x := range vector {
			s += x * w[confusion.Features+d]
		}
		w[feature] += s * meaningScale
	}
	return w[:confusion.Features]
}
