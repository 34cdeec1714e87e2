package confusion

import (
	"sync"
)

// Tag is what the model says of a message. It holds no text.
type Tag struct {
	Score     float64  // calibrated probability that the writer is confused
	Confused  bool     // the score is at least the channel's threshold
	Abstained bool     // the score is too close to the threshold
	Reasons   []string // of a confused message, in the order of ReasonNames
	// Start and End are the bytes of the message that show it; both 0 where nothing does.
	Start, End int
}

// Tagger tags messages. It is safe for concurrent use.
type Tagger struct {
	model *Model
	key   Key
	pool  sync.Pool
}

// NewTagger returns a tagger. The key is that of the sketches.
func NewTagger(m *Model, key Key) *Tagger {
	return &Tagger{model: m, key: key, pool: sync.Pool{New: func() any { return new(work) }}}
}

// work is the memory of one message's examination.
type work struct {
	scanner  scanner
	features features
}

// Model returns the model that tags.
func (t *Tagger) Model() *Model { return t.model }

// Sketch returns the sketch of a message, for the messages after it.
func (t *Tagger) Sketch(text string) Sketch {
	w := t.pool.Get().(*work)
	defer t.pool.Put(w)
	return w.scanner.sketch(text, t.key)
}

// Tag tags a message. Reasons and evidence are given where the writer is confused, and allocate.
func (t *Tagger) Tag(m Message) Tag {
	w := t.pool.Get().(*work)
	defer t.pool.Put(w)
	w.scanner.scan(m.Text)
	w.features.extract(&m, &w.scanner, t.key)
	sums := t.model.sums(&w.features)
	c := &t.model.header.Channel[m.Channel]
	p := c.At(sum(&sums, m.Channel))
	tag := Tag{Score: p, Confused: p >= c.Threshold, Abstained: p > c.Low && p < c.High}
	if tag.Confused {
		tag.Reasons = t.model.reasons(&sums)
		span := t.model.evidence(&m, w)
		tag.Start, tag.End = span.Start, span.End
	}
	return tag
}

// reasonThreshold is the probability from which on a reason is given; the likeliest always is.
const reasonThreshold = 0.4

func (m *Model) reasons(sums *[heads]float32) []string {
	var p [reasons]float64
	for r := range p {
		p[r] = m.header.Reason[r].At(float64(sums[headReason+r]))
	}
	return ReasonsOf(p)
}

// ReasonsOf returns the reasons to give where their probabilities are p: those that are likely, at least the likeliest.
func ReasonsOf(p [reasons]float64) []string {
	names := make([]string, 0, 2)
	best := 0
	for r := range p {
		if p[r] > p[best] {
			best = r
		}
		if p[r] >= reasonThreshold {
			names = append(names, ReasonNames[r])
		}
	}
	if len(names) == 0 {
		names = append(names, ReasonNames[best])
	}
	return names
}
