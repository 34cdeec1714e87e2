package train

import (
	"math"
	"slices"

	"github.com/assayhq/assay/consumers/confusion"
)

// set is the examples with their vectors.
type set struct {
	examples []Example
	vectors  []confusion.Vector // as a tagger sees them
	learned  []confusion.Vector // scaled by how much a feature's rarity says
	scale    []float32
	meanings *meanings
}

// rarest is in how many messages a feature must occur to be learned.
const rarest = 2

// newSet computes the vectors. Features are weighted by inverse document frequency (Spärck Jones 1972), which is part of
// the weights in the end.
func newSet(examples []Example, words *meanings) *set {
	s := &set{examples: examples, vectors: make([]confusion.Vector, len(examples)), learned: make([]confusion.Vector, len(examples)), scale: make([]float32, confusion.Features), meanings: words}
	seen := make([]int, confusion.Features)
	for i, e := range examples {
		s.vectors[i] = confusion.Vectorize(e.Message)
		for _, f := range s.vectors[i].Index {
			seen[f]++
		}
	}
	for f := range s.scale {
		switch {
		case f >= confusion.Buckets:
			s.scale[f] = denseScale
		case seen[f] >= rarest:
			s.scale[f] = float32(hashedScale * math.Log(float64(len(examples)+1)/float64(seen[f]+1)))
		}
	}
	for i, v := range s.vectors {
		var l confusion.Vector
		for k, f := range v.Index {
			if k >= v.Meaning[0] && k < v.Meaning[1] {
				continue
			}
			if s.scale[f] > 0 {
				l.Index = append(l.Index, f)
				l.Value = append(l.Value, v.Value[k]*s.scale[f])
			}
		}
		words.sum(v, &l)
		s.learned[i] = l
	}
	return s
}

// fit fits all heads to the examples that are chosen.
func (s *set) fit(chosen func(Example) bool) *fitted {
	var tags, whys []sample
	var reasons [][]string
	for i, e := range s.examples {
		if e.Confused == nil || !chosen(e) {
			continue
		}
		x := sample{x: s.learned[i], y: *e.Confused, domain: domainOf(e), weight: weightOf(e)}
		tags = append(tags, x)
		if *e.Confused && e.ReasonsKnown && !e.Emotion {
			whys, reasons = append(whys, x), append(reasons, e.Reasons)
		}
	}
	m := &fitted{tags: fit(tags, confusion.Features+s.meanings.dims, 2, tagSettings)}
	for _, name := range confusion.ReasonNames {
		for i := range whys {
			whys[i].y = slices.Contains(reasons[i], name)
			whys[i].weight = 1
		}
		m.reasons = append(m.reasons, fit(whys, confusion.Features+s.meanings.dims, 0, reasonSettings)[0])
	}
	for _, all := range [][][]float32{m.tags, m.reasons} {
		for i, w := range all {
			for f := range s.scale {
				w[f] *= s.scale[f]
			}
			all[i] = s.meanings.spread(w)
		}
	}
	return m
}

func domainOf(e Example) int {
	switch {
	case e.Emotion:
		return -1
	case e.Message.Channel == confusion.Chat:
		return 0
	case e.Message.Channel == confusion.Review:
		return 1
	}
	return -1
}

func weightOf(e Example) float64 {
	switch {
	case e.Emotion:
		return emotionWeight
	case e.Split == "own":
		return ownWeight
	case e.Message.Channel == confusion.Chat:
		return chatWeight
	}
	return 1
}
