package outcomes

import (
	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

// What is learned from a subject's signals is a function of their set: topics are read side by side, and which of two arrives
// first is chance. So the first of several is the first by event time, and a tie goes to the smaller value.

// first is what the earliest event that says so says.
type first struct {
	At    int64 // milliseconds
	Value string
}

func (f *first) learn(at int64, value string) {
	if value != "" && (f.Value == "" || at < f.At || at == f.At && value < f.Value) {
		f.At, f.Value = at, value
	}
}

// content is the first event whose sealed payload holds the suggestion, and what it says of it.
type content struct {
	first        // id of the event
	Topic        string
	File         string
	Weight       float64
	Fingerprints []int64
}

func (c *content) learn(at int64, s *schemas.Signal) {
	old := c.first
	if c.first.learn(at, s.CausedBy); c.first != old {
		c.Topic, c.File, c.Weight, c.Fingerprints = s.CauseTopic, s.FileID, s.Weight, s.Fingerprints
	}
}

// strongest is the signal that counts in a category.
type strongest struct {
	Code code
	At   int64 // milliseconds
}

// learn reports whether the signal counts from now on.
func (w *strongest) learn(at int64, c code) bool {
	if w.Code != 0 {
		is, was := c.meaning().strength, w.Code.meaning().strength
		if is < was || is == was && (at > w.At || at == w.At && c >= w.Code) {
			return false
		}
	}
	w.Code, w.At = c, at
	return true
}

// survival is the surviving fraction that counts.
type survival struct {
	strongest
	Fraction float64
}

func (v *survival) learn(at int64, c code, fraction float64) {
	same := v.Code == c && v.At == at && fraction < v.Fraction
	if v.strongest.learn(at, c) || same {
		v.Fraction = fraction
	}
}

// learn notes what the signal says of the subject: clients don't say everything with every event.
func (st *State) learn(s *schemas.Signal, c code) {
	at := s.OccurredAt.UnixMilli()
	st.Place.Model.learn(at, s.Model)
	st.Place.Version.learn(at, s.ModelVersion)
	st.Place.Feature.learn(at, s.Feature)
	st.Place.Language.learn(at, s.Language)
	if s.Attributes[signals.Content] != "" {
		st.Content.learn(at, s)
	}
	if s.CWE != "" {
		switch is, was := signals.Secret(s.CWE), signals.Secret(st.CWE.Value); {
		case is && !was:
			st.CWE = first{at, s.CWE}
		case is == was:
			st.CWE.learn(at, s.CWE)
		}
	}
	if s.Category == signals.Retention && s.Value.Set {
		st.Survival.learn(at, c, s.Value.Value)
	}
	if s.Category == signals.Delivery {
		if s.Kind == schemas.SignalSuccess || s.Value.Or(0) == 1 {
			st.Delivered = max(st.Delivered, held)
		} else {
			st.Delivered = didNotHold
		}
	}
	if s.Kind == schemas.SignalSuccess || s.Kind == schemas.SignalFailure {
		st.Seen |= 1 << c
		st.strongest(s.Category).learn(at, c)
	}
}
