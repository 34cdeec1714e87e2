package curation

import (
	"cmp"
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
	epoch    = 10 * 24 * time.Hour // event time: a buffer holds what was suggested in the newest epochs, 20 to 30 days
	epochs   = 3
	reviewed = 20 // one in so many examples is for people to review
)

// codeTopic is where the text of most examples is.
const codeTopic = "assistant.code"

// State is the buffers of a domain: organisations and environments share a domain, and each has its own.
type State struct {
	Pools map[string]*pool

	changed bool // by the last input
}

// Steady implements consumers.Steady: once a buffer is full, few suggestions change it.
func (s *State) Steady() bool { return !s.changed }

// side is which label a suggestion may get.
type side int

const (
	positive side = iota
	negative
	sides
)

var labels = [sides]schemas.ExampleLabel{schemas.ExampleLabelPositive, schemas.ExampleLabelNegative}

// pool is a sample of each side's suggestions, by levels (Gibbons 2001, Distinct sampling for highly-accurate answers to
// distinct values queries and event reports, VLDB): every suggestion has a level, of which each is half as likely as the
// one below, and the sample is those from the lowest level at which no more than capacity are left. So what it holds follows
// from the set of suggestions and not from their order. That holds in every suffix of the epochs: when the oldest one
// expires, the sample of the others is there.
//
// For the same reason a suggestion keeps its place when it turns out to be no example: it is then not fit, and not said.
type pool struct {
	Newest   int64                // epoch
	Levels   [sides][epochs]uint8 // of the suggestions of the newest epoch, of the two newest, ...
	Examples []*example           // in the order of their draws
}

// example is a suggestion that has a place on a side.
type example struct {
	Suggestion string
	Side       side
	Draw       uint64 // chance
	Weight     float64
	Level      uint8 // follows from both
	Epoch      int64

	Fit        bool  // to be an example, as far as is known; what follows is empty if not
	Hundredths uint8 // score
	Content    string
	Topic      string
	File       string
	Sketch     []int64

	Said      bool  // to be an example
	Stale     bool  // what was said of it
	SaidLevel uint8 // of the sample then
}

// level is such that of suggestions of equal weight half have the next one: the sample from level l on has each with probability
// weight / 2^l.
func level(draw uint64, weight float64) uint8 {
	return uint8(min(max(math.Ilogb(weight/uniform(draw)), 0), math.MaxUint8))
}

// probability is that with which a sample from a level on has the example.
func (e *example) probability(level uint8) float64 {
	if level == 0 {
		return 1
	}
	return min(1, math.Ldexp(e.Weight, -int(level)))
}

// draw is a number that follows from the id, uniform over ids.
func draw(purpose, org, id string) uint64 {
	sum := sha256.Sum256([]byte(schemas.DerivedID(Name, purpose, org, id)))
	return binary.BigEndian.Uint64(sum[:])
}

// uniform is a draw as a number in (0, 1).
func uniform(draw uint64) float64 { return (float64(draw>>11) + 0.5) / (1 << 53) }

func compare(a, b *example) int {
	return cmp.Or(cmp.Compare(a.Draw, b.Draw), cmp.Compare(a.Suggestion, b.Suggestion), cmp.Compare(a.Side, b.Side))
}

func (p *pool) age(e *example) int64 { return p.Newest - e.Epoch }

// advance lets an epoch begin, and others end.
func (p *pool) advance(c *change, epoch int64) {
	if epoch <= p.Newest {
		return
	}
	by := epoch - p.Newest
	for s := range p.Levels {
		old := p.Levels[s]
		p.Levels[s] = [epochs]uint8{}
		if by < epochs {
			copy(p.Levels[s][by:], old[:])
		}
	}
	p.Newest = epoch
	p.drop(c, removedExpired, func(e *example) bool { return p.age(e) >= epochs })
	c.changed = true
}

// drop removes examples from the buffer.
func (p *pool) drop(c *change, reason string, gone func(*example) bool) {
	p.Examples = slices.DeleteFunc(p.Examples, func(e *example) bool {
		if !gone(e) {
			return false
		}
		if e.Said {
			c.remove(e, reason)
		}
		return true
	})
}

// take removes and returns a suggestion's place, nil where it has none.
func (p *pool) take(like *example) *example {
	i, there := slices.BinarySearchFunc(p.Examples, like, compare)
	if !there {
		return nil
	}
	e := p.Examples[i]
	p.Examples = slices.Delete(p.Examples, i, i+1)
	return e
}

// put gives a suggestion a place where its level is high enough, and raises the levels where they hold too many.
func (p *pool) put(c *change, e *example) {
	age := p.age(e)
	if age >= epochs || e.Level < p.Levels[e.Side][age] {
		if e.Said {
			c.remove(e, removedDisplaced)
		}
		return
	}
	i, _ := slices.BinarySearchFunc(p.Examples, e, compare)
	p.Examples = slices.Insert(p.Examples, i, e)
	levels, raised := &p.Levels[e.Side], false
	for a := age; a < epochs; a++ {
		for p.count(e.Side, a, levels[a]) > capacity {
			levels[a]++
			raised = true
		}
	}
	if raised {
		p.drop(c, removedDisplaced, func(other *example) bool { return other.Side == e.Side && other.Level < levels[p.age(other)] })
	}
}

// count is how many suggestions of at most the age have at least the level.
func (p *pool) count(s side, age int64, level uint8) (n int) {
	for _, e := range p.Examples {
		if e.Side == s && e.Level >= level && p.age(e) <= age {
			n++
		}
	}
	return n
}

// say publishes the difference between what is said to be examples and what they are: those of the sample that are fit and not
// nearly the same as one before them.
func (p *pool) say(c *change) {
	var stand, added []*example // stand: with a sketch
	for _, e := range p.Examples {
		level := p.Levels[e.Side][epochs-1]
		reason := ""
		switch {
		case !e.Fit:
			reason = c.why
		case e.Level < level:
			reason = removedDisplaced
		case len(e.Sketch) > 0 && slices.ContainsFunc(stand, func(other *example) bool { return alike(e.Sketch, other.Sketch) }):
			reason = removedDuplicate
		default:
			if len(e.Sketch) > 0 {
				stand = append(stand, e)
			}
			if !e.Said || e.Stale || e.SaidLevel != level {
				e.SaidLevel = level
				added = append(added, e)
			}
			continue
		}
		if e.Said {
			c.remove(e, reason)
			e.Said, e.Stale, e.SaidLevel = false, false, 0
		}
	}
	for _, e := range added {
		c.say(schemas.ExampleAdded, e, string(labels[e.Side]))
		if !e.Said && uniform(draw("review", c.outcome.Org, e.Suggestion)) < 1.0/reviewed {
			c.say(schemas.ExampleReviewRequested, e, "random_sample")
		}
		e.Said, e.Stale = true, false
	}
}

// duplicate is the similarity from which two suggestions are nearly the same.
const duplicate = 0.8

// alike tells whether two sets of which the sketches hold the smallest hashes, in order, are nearly the same by an estimate of
// their Jaccard similarity: the share of the smallest of their union that both have (Broder 1997). What has no sketch is like
// nothing.
func alike(a, b []int64) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
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
			continue
		}
		if float64(n+1-both) > (1-duplicate)*float64(size)+0.5 { // most pairs end here
			return false
		}
	}
	return float64(both) >= duplicate*float64(n)
}
