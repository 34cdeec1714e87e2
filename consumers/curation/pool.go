package curation

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/assayhq/assay/schemas"
)

// Bounds of the buffer of a domain, in one organisation and environment.
const (
	capacity = 64                  // examples of each label
	maxAge   = 30 * 24 * time.Hour // event time
	reviewed = 20                  // one in so many examples is for people to review
)

// State is the buffers of a domain: organisations and environments share a domain, and each has its own. A full one is some
// 50 kB as JSON.
type State struct {
	Pools map[string]*pool `json:"p"`
}

// pool is a weighted sample without replacement of the examples of the last 30 days, for each label.
type pool struct {
	Watermark int64     `json:"w"` // newest event time, milliseconds
	Examples  []example `json:"e,omitempty"`
}

type example struct {
	Suggestion  string               `json:"i"`
	Label       schemas.ExampleLabel `json:"l"`
	At          int64                `json:"t"`
	Key         float64              `json:"k"` // ln(u)/weight: the greatest ones stay
	Score       float64              `json:"s"`
	Probability float64              `json:"p"`
	Content     string               `json:"c"`
	Topic       string               `json:"o"`
	File        string               `json:"f,omitempty"`
	Sketch      []int64              `json:"h,omitempty"`
}

// expire removes what is older than the buffer keeps.
func (p *pool) expire(c *change) {
	p.remove(c, removedExpired, func(e *example) bool { return e.At <= p.Watermark-maxAge.Milliseconds() })
}

// drop removes the suggestion.
func (p *pool) drop(c *change, suggestion, reason string) {
	p.remove(c, reason, func(e *example) bool { return e.Suggestion == suggestion })
}

func (p *pool) remove(c *change, reason string, gone func(*example) bool) {
	p.Examples = slices.DeleteFunc(p.Examples, func(e example) bool {
		if !gone(&e) {
			return false
		}
		c.say(schemas.ExampleRemoved, &e, reason)
		return true
	})
}

// offer draws: the example enters where there is room for its label, or where its key is greater than the smallest one, which
// then leaves (A-ES: Efraimidis and Spirakis 2006, Weighted random sampling with a reservoir, Information Processing
// Letters 97). Chance comes from the suggestion's id, so that whoever draws again draws the same. What is nearly the same
// as an example in the buffer doesn't enter.
func (p *pool) offer(c *change, label schemas.ExampleLabel, at int64) {
	o := c.outcome
	weight := o.Weight * math.Abs(2*o.Score.Value-1) // what is surely good or bad teaches more
	e := example{
		Suggestion: o.SuggestionID, Label: label, At: at, Key: math.Log(chance("draw", o.Org, o.SuggestionID)) / weight,
		Score: o.Score.Value, Probability: 1, Content: o.CausedBy, Topic: o.CauseTopic, File: o.FileID, Sketch: o.Fingerprints,
	}
	n, smallest := 0, -1
	for i := range p.Examples {
		other := &p.Examples[i]
		if other.Suggestion == e.Suggestion || similarity(other.Sketch, e.Sketch) >= duplicate {
			return
		}
		if other.Label != label {
			continue
		}
		if n++; smallest < 0 || other.Key < p.Examples[smallest].Key {
			smallest = i
		}
	}
	if n >= capacity {
		out := p.Examples[smallest]
		e.Probability = -math.Expm1(out.Key * weight) // that ln(u)/weight exceeds the threshold
		if e.Key <= out.Key {
			return
		}
		p.Examples = slices.Delete(p.Examples, smallest, smallest+1)
		c.say(schemas.ExampleRemoved, &out, removedDisplaced)
	}
	p.Examples = append(p.Examples, e)
	c.say(schemas.ExampleAdded, &e, string(label))
	if chance("review", o.Org, o.SuggestionID) < 1.0/reviewed {
		c.say(schemas.ExampleReviewRequested, &e, "random_sample")
	}
}

// chance is a number in (0, 1) that follows from the id, uniform over ids.
func chance(purpose, org, id string) float64 {
	sum := sha256.Sum256([]byte(schemas.DerivedID(Name, purpose, org, id)))
	return (float64(binary.BigEndian.Uint64(sum[:])>>11) + 0.5) / (1 << 53)
}

// duplicate is the similarity from which two suggestions are nearly the same.
const duplicate = 0.8

// similarity estimates the Jaccard similarity of two sets of which the sketches hold the smallest hashes, in order: the share
// of the smallest of their union that both have (Broder 1997). 0 where one is empty.
func similarity(a, b []int64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	size := max(len(a), len(b))
	n, both := 0, 0
	for i, j := 0, 0; n < size && (i < len(a) || j < len(b)); n++ {
		switch {
		case j == len(b) || i < len(a) && a[i] < b[j]:
			i++
		case i == len(a) || b[j] < a[i]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	return float64(both) / float64(n)
}
