package outcomes

import (
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/signals"
)

// State is what is kept of a subject: what is settled, and what its score follows from. Some 150 bytes, and 130 more where the
// suggestion has fingerprints: see MarshalBinary.
type State struct {
	Settled   []settled // by category, what was published
	Place     place
	Seen      uint64 // signals, as a set of codes
	Strongest [len(scored)]strongest
	Content   content
	Survival  survival
	CWE       first // of its gravest weakness; a secret's goes first
	Delivered delivered
	Concluded *concluded // nil until its score was published
}

// scored are the categories of which the strongest signal counts for the score.
var scored = [...]string{signals.Acceptance, signals.Retention, signals.Rating, signals.Security, signals.Confusion, signals.Delivery}

// delivered tells whether what the suggestion is part of held. That it didn't goes first.
type delivered uint8

const (
	unknown delivered = iota
	held
	didNotHold
)

// place is what a domain is made of.
type place struct{ Model, Version, Feature, Language first }

// names are the parts as they are known now.
func (p *place) names() [4]string {
	return [4]string{p.Model.Value, p.Version.Value, p.Feature.Value, p.Language.Value}
}

// settled is the outcome of one category.
type settled struct {
	Code   code
	Failed bool
	ID     string // event id, of those that may be corrected
}

// concluded is the outcome that gave the score.
type concluded struct {
	ID    string
	Print uint64 // hash of what it said
	Place [4]string
}

// of returns what is settled in a category, nil where nothing is.
func (st *State) of(category string) *settled {
	for i := range st.Settled {
		if st.Settled[i].Code.meaning().category == category {
			return &st.Settled[i]
		}
	}
	return nil
}

func (st *State) strongest(category string) *strongest {
	return &st.Strongest[slices.Index(scored[:], category)]
}

var escape = strings.NewReplacer("%", "%25", "|", "%7C")

// domain is model|version|feature|language|category; what is unknown is empty. Different parts give different domains.
func domain(parts ...string) string {
	for i, p := range parts {
		parts[i] = escape.Replace(p)
	}
	return strings.Join(parts, "|")
}
