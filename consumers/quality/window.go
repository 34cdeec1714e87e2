package quality

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// buckets is into how many buckets a window is divided, at most.
const buckets = 96

// bucket holds the observations of [start, start + width).
type bucket struct {
	tally
	start int64 // event time, milliseconds
	first int64 // lowest offset
}

// window is a rolling window of event time: its non-empty buckets in order.
type window []bucket

const minute = int64(time.Minute / time.Millisecond)

// width of a bucket in milliseconds: whole minutes.
func width(length time.Duration) int64 {
	return max(1, (length.Milliseconds()+buckets*minute-1)/(buckets*minute)) * minute
}

// opening is the start of the oldest bucket that lies in the window that ends at the watermark.
func opening(length time.Duration, watermark int64) int64 {
	w := width(length)
	return ceil(watermark-length.Milliseconds(), w)
}

func ceil(a, b int64) int64 { return floor(a+b-1, b) }

func floor(a, b int64) int64 {
	r := a % b
	if r < 0 {
		r += b
	}
	return a - r
}

// forget drops what is older than the given time.
func (w *window) forget(before int64) {
	i := 0
	for i < len(*w) && (*w)[i].start < before {
		i++
	}
	if i > 0 {
		*w = slices.Delete(*w, 0, i)
	}
}

// add counts an observation in its bucket of the given width.
func (w *window) add(obs observation, width int64) {
	start := floor(obs.at, width)
	i := len(*w)
	for i > 0 && (*w)[i-1].start > start { // late ones are few and near the end
		i--
	}
	if i == 0 || (*w)[i-1].start != start {
		*w = slices.Insert(*w, i, bucket{start: start, first: obs.offset})
		i++
	}
	b := &(*w)[i-1]
	b.add(obs)
	b.first = min(b.first, obs.offset)
}

// span is a run of the newest observations.
type span struct {
	tally
	before tally // the window's older observations
	start  int64
	first  int64 // lowest offset
}

// worst returns the newest part of the window whose rate is most surely over the given one, among those with enough
// observations. A window as a whole would see a change only when most of it lies after the change.
func (w window) worst(rate float64, enough int) (s span, score float64, ok bool) {
	var sum tally
	var first int64
	for i := len(w) - 1; i >= 0; i-- {
		if sum.n == 0 {
			first = w[i].first
		}
		sum.merge(w[i].tally)
		first = min(first, w[i].first)
		if sum.size() < float64(enough) {
			continue
		}
		if z := sum.score(rate); !ok || z > score {
			s, score, ok = span{tally: sum, start: w[i].start, first: first}, z, true
		}
	}
	s.before = sum.minus(s.tally)
	return s, score, ok
}

// shortShare is what part of a burn-rate window its short window is.
const shortShare = 12

// burning returns the whole window where it and its newest part, from the given time on, both have enough observations and a rate over the
// limit: multi-window burn rate (Beyer et al. 2018, The Site Reliability Workbook, chapter 5). The short window says that it still burns.
func (w window) burning(limit float64, since int64, enough int) (s span, ok bool) {
	var recent tally
	for i, b := range w {
		if i == 0 {
			s.start, s.first = b.start, b.first
		}
		s.merge(b.tally)
		s.first = min(s.first, b.first)
		if b.start >= since {
			recent.merge(b.tally)
		}
	}
	return s, s.size() >= float64(enough) && s.rate() > limit && recent.rate() > limit
}

// bucketFields is how many numbers a bucket has in JSON.
const bucketFields = 5

// MarshalJSON writes one flat list of small numbers: minutes and offsets as differences, squares as what they exceed
// those of weights of 1 by. A state has a hundred buckets.
func (w window) MarshalJSON() ([]byte, error) {
	flat := make([]int64, 0, bucketFields*len(w))
	var start, first int64
	for _, b := range w {
		flat = append(flat, (b.start-start)/minute, b.first-first, b.n, b.k, b.squares-b.n*weightUnit)
		start, first = b.start, b.first
	}
	return json.Marshal(flat)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (w *window) UnmarshalJSON(raw []byte) error {
	var flat []int64
	if err := json.Unmarshal(raw, &flat); err != nil {
		return fmt.Errorf("read window: %w", err)
	}
	if len(flat)%bucketFields != 0 {
		return fmt.Errorf("read window: %d numbers aren't whole buckets of %d", len(flat), bucketFields)
	}
	*w = (*w)[:0]
	var start, first int64
	for f := range slices.Chunk(flat, bucketFields) {
		start, first = start+f[0]*minute, first+f[1]
		*w = append(*w, bucket{start: start, first: first, tally: tally{n: f[2], k: f[3], squares: f[4] + f[2]*weightUnit}})
	}
	return nil
}
