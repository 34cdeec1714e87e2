// Package train makes the model of the service confusion from labelled messages. It must not read files: what it learns
// from arrives in readers, besides the labels and messages of the project, which it carries. It has no part in tagging.
//
// The same examples give the same model, byte for byte.
package train

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/confusion/evaluate"
)

// folds is the number of parts of the cross-validation.
const folds = 5

// Result is a trained model and what is known of it.
type Result struct {
	File []byte
	// Cases are the cross-validated tags of the labelled messages of the data sets, by channel: each tagged by a model
	// that saw nothing of its group. Calibration and thresholds were chosen on them.
	Cases map[confusion.Channel][]evaluate.Case
	// Dev are the tags of the dev split by a model that saw nothing of it.
	Dev map[confusion.Channel][]evaluate.Case
}

// Train trains on all examples. It measures on the dev split with a model that was trained and calibrated without it.
func Train(examples []Example) (*Result, error) {
	r, err := trainOn(examples)
	if err != nil {
		return nil, err
	}
	var rest, dev []Example
	for _, e := range examples {
		if e.Split == "dev" && !e.Emotion {
			dev = append(dev, e)
		} else {
			rest = append(rest, e)
		}
	}
	without, err := trainOn(rest)
	if err != nil {
		return nil, err
	}
	m, err := confusion.ReadModel(without.File)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	r.Dev = map[confusion.Channel][]evaluate.Case{}
	tagger := confusion.NewTagger(m, confusion.Key{})
	for _, e := range dev {
		if e.Confused == nil || e.Relabelled {
			continue
		}
		tag := tagger.Tag(e.Message)
		r.Dev[e.Message.Channel] = append(r.Dev[e.Message.Channel], evaluate.Case{
			Score: tag.Score, Predicted: tag.Confused, Abstained: tag.Abstained, Confused: *e.Confused,
			Reasons: tag.Reasons, TrueReasons: e.Reasons, ReasonsKnown: e.ReasonsKnown,
		})
	}
	return r, nil
}

func trainOn(examples []Example) (*Result, error) {
	words, err := readMeanings()
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	set := newSet(examples, words)
	w := &confusion.Weights{Note: note(examples)}
	held := set.crossValidate()
	for _, c := range []confusion.Channel{confusion.Chat, confusion.Review} {
		if len(held[c]) == 0 {
			return nil, fmt.Errorf("train: no labelled message of channel %s: give the data's folder", c)
		}
		w.Channel[c] = calibrate(held[c])
	}
	w.Channel[confusion.Feedback] = between(w.Channel[confusion.Chat], w.Channel[confusion.Review])
	all := set.fit(func(Example) bool { return true })
	copy(w.Heads[:2], all.tags)
	copy(w.Heads[2:], all.reasons)
	for r := range w.Reason {
		w.Reason[r] = confusion.Line{Slope: 1}
	}
	file, err := w.File()
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	result := &Result{File: file, Cases: map[confusion.Channel][]evaluate.Case{}}
	for c, scores := range held {
		for _, s := range scores {
			if s.example.Relabelled { // judged by others' labels only
				continue
			}
			result.Cases[c] = append(result.Cases[c], s.asCase(w.Channel[c]))
		}
	}
	return result, nil
}

// note counts the labelled examples by source.
func note(examples []Example) string {
	counts := map[string]int{}
	for _, e := range examples {
		if e.Confused != nil {
			counts[e.Source]++
		}
	}
	var parts []string
	for _, source := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", source, counts[source]))
	}
	return strings.Join(parts, ", ")
}

// GroupedBy says whose messages the cross-validation of a channel keeps together.
func GroupedBy(c confusion.Channel) string {
	if c == confusion.Chat {
		return "programmer"
	}
	return "message"
}

// scored is an example with the sums of a model that didn't see it.
type scored struct {
	example *Example
	sum     float64
	reasons []string
}

func (s scored) asCase(c confusion.Calibration) evaluate.Case {
	p := c.At(s.sum)
	return evaluate.Case{
		Score: p, Predicted: p >= c.Threshold, Abstained: p > c.Low && p < c.High,
		Confused: *s.example.Confused, Reasons: s.reasons,
		TrueReasons: s.example.Reasons, ReasonsKnown: s.example.ReasonsKnown,
	}
}

// crossValidate returns the held-out sums of the data sets' labelled messages, by channel.
func (s *set) crossValidate() map[confusion.Channel][]scored {
	held := map[confusion.Channel][]scored{}
	for fold := range folds {
		m := s.fit(func(e Example) bool { return foldOf(e.Group) != fold })
		for i := range s.examples {
			e := &s.examples[i]
			if e.Confused != nil && !e.Emotion && e.Split != "own" && foldOf(e.Group) == fold {
				held[e.Message.Channel] = append(held[e.Message.Channel], m.score(e, s.vectors[i]))
			}
		}
	}
	return held
}

func foldOf(group string) int {
	h := fnv.New32a()
	h.Write([]byte(group))
	return int(h.Sum32() % 1000003 % folds)
}

// fitted is one fit of all heads.
type fitted struct {
	tags    [][]float32 // chat, review
	reasons [][]float32
}

func (m *fitted) score(e *Example, v confusion.Vector) scored {
	var sums [2]float64
	for h, w := range m.tags {
		sums[h] = dot(v, w, nil)
	}
	out := scored{example: e, sum: sums[0]}
	switch e.Message.Channel {
	case confusion.Review:
		out.sum = sums[1]
	case confusion.Feedback:
		out.sum = (sums[0] + sums[1]) / 2
	}
	var reasons [len(confusion.ReasonNames)]float64
	for r, w := range m.reasons {
		reasons[r] = 1 / (1 + math.Exp(-dot(v, w, nil)))
	}
	out.reasons = confusion.ReasonsOf(reasons)
	return out
}
