package confusion

import "math"

// The heads of the model. Feedback has no head of its own: it is between the two.
const (
	headChat = iota
	headReview
	headReason
	heads = headReason + reasons
)

// Model holds the weights of all heads and their calibration. It is safe for concurrent use.
type Model struct {
	header header
	hash   string
	// table has a word for every bucket: a byte for each head, the weight in units of the head's scale, plus bias.
	table []uint64
}

// bias is what stands for 0 in the table.
const bias = 128

// header is the readable part of a model file.
type header struct {
	Version int                        `json:"version"`
	Note    string                     `json:"note"` // what it was trained on
	Scale   [heads]float32             `json:"scale"`
	Bias    [heads]float32             `json:"bias"`
	Dense   [denseCount][heads]float32 `json:"dense"`
	Channel [channels]Calibration      `json:"channel"`
	Reason  [reasons]Line              `json:"reason"`
}

// Line maps a head's sum to a probability: 1 / (1 + exp(-(Slope*sum + Offset))), as in Platt 1999.
type Line struct {
	Slope  float64 `json:"slope"`
	Offset float64 `json:"offset"`
}

// At returns the probability at a sum.
func (l Line) At(sum float64) float64 { return 1 / (1 + math.Exp(-(l.Slope*sum + l.Offset))) }

// Calibration is how a channel's sums are read.
type Calibration struct {
	Line
	// Threshold is the probability from which on a message counts as confused.
	Threshold float64 `json:"threshold"`
	// Low and High bound the probabilities that are too close to call.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Hash is the model's content hash.
func (m *Model) Hash() string { return m.hash }

// Note says what the model was trained on.
func (m *Model) Note() string { return m.header.Note }

// Calibration returns how the sums of a channel are read.
func (m *Model) Calibration(c Channel) Calibration { return m.header.Channel[c] }

// sums are the heads' sums for a message.
//
// Weights of eight heads lie in one word and are added as four 16-bit lanes twice, so that a feature costs one load and
// six operations, whatever the number of heads.
func (m *Model) sums(f *features) (out [heads]float32) {
	const lanes = 0x00ff00ff00ff00ff
	out = m.header.Bias
	for _, group := range f.hashed {
		var total [heads]int32
		for rest := group; len(rest) > 0; {
			n := min(len(rest), 256) // more would overflow a lane
			var even, odd uint64
			for _, b := range rest[:n] {
				w := m.table[b&(Buckets-1)]
				even += w & lanes
				odd += w >> 8 & lanes
			}
			rest = rest[n:]
			for h := 0; h < heads; h += 2 {
				total[h] += int32(even >> (8 * h) & 0xffff)
				total[h+1] += int32(odd >> (8 * h) & 0xffff)
			}
		}
		n := len(group)
		r := inverseRoot(n)
		for h := range out {
			out[h] += float32(total[h]-int32(bias*n)) * m.header.Scale[h] * r
		}
	}
	for _, d := range f.dense {
		w := &m.header.Dense[d.id]
		for h := range out {
			out[h] += w[h] * d.value
		}
	}
	return out
}

// inverseRoot is the value of each of a group's n features.
func inverseRoot(n int) float32 { return float32(1 / math.Sqrt(float64(max(1, n)))) }

// weight is a bucket's weight for a head, before the group's norm.
func (m *Model) weight(bucket uint32, head int) float32 {
	return float32(int32(m.table[bucket]>>(8*head)&0xff)-bias) * m.header.Scale[head]
}

// sum is the sum that decides in a channel.
func sum(s *[heads]float32, c Channel) float64 {
	switch c {
	case Chat:
		return float64(s[headChat])
	case Review:
		return float64(s[headReview])
	}
	return float64(s[headChat]+s[headReview]) / 2
}
