package outcomes

import (
	"cmp"
	"strings"

	"github.com/assayhq/assay/consumers/signals"
	"github.com/assayhq/assay/schemas"
)

// State is what is kept of a subject: what is settled and, until it is concluded, what the signals to come may not say
// again. Some 200 bytes as JSON, at most 700 while a suggestion has fingerprints and waits for its conclusion.
type State struct {
	Settled []settled `json:"s,omitempty"`

	Model        string  `json:"m,omitempty"`
	Version      string  `json:"v,omitempty"`
	Feature      string  `json:"f,omitempty"`
	Language     string  `json:"l,omitempty"`
	Content      string  `json:"c,omitempty"` // event whose sealed payload holds the suggestion
	ContentTopic string  `json:"t,omitempty"`
	Fingerprints []int64 `json:"p,omitempty"`

	Survival  *float64 `json:"u,omitempty"` // surviving fraction, of the strongest signal that has one
	Delivered *bool    `json:"d,omitempty"` // whether what it is part of held
	CWE       string   `json:"w,omitempty"` // of its gravest weakness; a secret's goes first
	Concluded *settled `json:"x,omitempty"` // the outcome that gave its score
}

// settled is the outcome of one category.
type settled struct {
	Category string `json:"c,omitempty"`
	Signal   string `json:"s,omitempty"`
	Failed   bool   `json:"f,omitempty"`
	ID       string `json:"i,omitempty"` // event id, of those that may be corrected
}

func (s *settled) remember(o *schemas.Outcome) {
	if !s.Failed {
		s.ID = o.EventID
	}
}

// of returns what is settled in a category, nil where nothing is.
func (st *State) of(category string) *settled {
	for i := range st.Settled {
		if st.Settled[i].Category == category {
			return &st.Settled[i]
		}
	}
	return nil
}

// learn notes what the subject is: clients don't say everything with every event.
func (st *State) learn(s *schemas.Signal) {
	st.Model, st.Version = cmp.Or(st.Model, s.Model), cmp.Or(st.Version, s.ModelVersion)
	st.Feature, st.Language = cmp.Or(st.Feature, s.Feature), cmp.Or(st.Language, s.Language)
	if st.Content == "" && s.Attributes[signals.Content] != "" {
		st.Content, st.ContentTopic = s.CausedBy, s.CauseTopic
	}
	if len(st.Fingerprints) == 0 {
		st.Fingerprints = s.Fingerprints
	}
	if s.CWE != "" && !signals.Secret(st.CWE) && (st.CWE == "" || signals.Secret(s.CWE)) {
		st.CWE = s.CWE
	}
	switch {
	case s.Category == signals.Retention && s.Value.Set:
		if old := st.of(signals.Retention); old == nil || strengths[named{s.Category, s.Signal}] > strengths[named{old.Category, old.Signal}] {
			survival := s.Value.Value
			st.Survival = &survival
		}
	case s.Category == signals.Delivery:
		held := s.Kind == schemas.SignalSuccess || s.Value.Or(0) == 1
		if st.Delivered == nil || !held {
			st.Delivered = &held
		}
	}
}

// forget drops what only the conclusion needs.
func (st *State) forget() {
	if st.Concluded != nil {
		st.Fingerprints = nil
	}
}

var escape = strings.NewReplacer("%", "%25", "|", "%7C")

// domain is model|version|feature|language|category; what is unknown is empty. Different parts give different domains.
func domain(parts ...string) string {
	for i, p := range parts {
		parts[i] = escape.Replace(p)
	}
	return strings.Join(parts, "|")
}
