package gate

import (
	"maps"
	"slices"

	"github.com/assayhq/assay/schemas"
)

// State is what is kept under a repository's token. It follows from the sequence of inputs and policies alone, and is the same after a
// round trip through JSON.
type State struct {
	Orgs map[string]*repository `json:"orgs"` // equal tokens of two organisations would be an accident; they share nothing
}

// repository is what is kept of a repository of an organisation. Times are milliseconds of event time.
type repository struct {
	Now          int64                   `json:"now"`
	Policy       string                  `json:"policy"` // that the open changes were last judged by
	Changes      map[string]*change      `json:"changes,omitempty"`
	Suggestions  map[string]*suggestion  `json:"suggestions,omitempty"`
	Rules        map[string]tally        `json:"rules,omitempty"`
	Triages      map[string]triage       `json:"triages,omitempty"`      // by finding
	Suppressions map[string]*suppression `json:"suppressions,omitempty"` // by the event that asked for it
	Versions     map[string]int64        `json:"versions,omitempty"`     // of models in merged changes, and when last
	Forgotten    int                     `json:"forgotten,omitempty"`    // suggestions and open changes, for want of room
	Pruned       int64                   `json:"pruned"`
	Fresh        int                     `json:"fresh"` // inputs since
}

// change is an open or merged change.
type change struct {
	Environment schemas.Environment `json:"env,omitempty"`
	Seen        int64               `json:"seen"` // last event about it
	CodeAt      int64               `json:"code,omitempty"`
	Merged      int64               `json:"merged,omitempty"` // 0: open
	Author      string              `json:"author,omitempty"`
	Lines       int32               `json:"lines,omitempty"`
	Commits     []string            `json:"commits,omitempty"`
	MergedAs    []string            `json:"merged_as,omitempty"` // commits that the merge made, where the client says
	Prints      prints              `json:"prints,omitempty"`
	Links       []string            `json:"links,omitempty"` // suggestions that it carries, sorted
	Gate        *review             `json:"gate,omitempty"`
	Reviewed    *review             `json:"reviewed,omitempty"`
	Incident    string              `json:"incident,omitempty"`
	IncidentBy  schemas.Severity    `json:"incident_severity,omitempty"`

	Kind    schemas.GateKind `json:"kind,omitempty"` // of the last decision
	Keys    []string         `json:"keys,omitempty"` // of its reasons
	Decided int64            `json:"decided,omitempty"`
}

// review is what a person said, and what the person could know.
type review struct {
	By     string   `json:"by"`
	At     int64    `json:"at"`
	Reject bool     `json:"reject,omitempty"`
	Reason string   `json:"reason,omitempty"`
	New    bool     `json:"new,omitempty"` // Covers is to be filled in
	Covers []string `json:"covers,omitempty"`
}

// suggestion is what an assistant suggested, taken or not.
type suggestion struct {
	At       int64               `json:"at"`
	Taken    bool                `json:"taken,omitempty"`
	Change   string              `json:"change,omitempty"`
	Commits  []string            `json:"commits,omitempty"`
	File     string              `json:"file,omitempty"`
	Path     string              `json:"path,omitempty"`
	Model    string              `json:"model,omitempty"`
	Version  string              `json:"version,omitempty"`
	Feature  string              `json:"feature,omitempty"`
	Language string              `json:"language,omitempty"`
	Prints   prints              `json:"prints,omitempty"`
	Scan     schemas.FindingKind `json:"scan,omitempty"` // how it ended; "": it hasn't
	Findings map[string]*finding `json:"findings,omitempty"`
}

type finding struct {
	Rule       string             `json:"rule"`
	CWE        string             `json:"cwe,omitempty"`
	Severity   schemas.Severity   `json:"severity"`
	Confidence schemas.Confidence `json:"confidence"`
	Inherited  bool               `json:"inherited,omitempty"`
	Shadow     bool               `json:"shadow,omitempty"`
	Suppressed bool               `json:"suppressed,omitempty"` // in the code
}

// tally counts the triages of a rule.
type tally struct {
	True  int `json:"t"`
	False int `json:"f"`
}

type triage struct {
	At   int64  `json:"at"`
	Rule string `json:"rule"`
	True bool   `json:"true,omitempty"`
}

// suppression covers a finding, or all of a rule, everywhere or in a file.
type suppression struct {
	Rule    string `json:"rule,omitempty"`
	Finding string `json:"finding,omitempty"`
	Path    string `json:"path,omitempty"`
	Until   int64  `json:"until"`
}

func (s *repository) empty() bool {
	return len(s.Changes)+len(s.Suggestions)+len(s.Rules)+len(s.Triages)+len(s.Suppressions)+len(s.Versions) == 0
}

func (s *repository) allChanges() []string { return slices.Sorted(maps.Keys(s.Changes)) }

// advance moves the time and reports whether a suppression has ended by it.
func (s *repository) advance(at int64) (ended bool) {
	s.Now = max(s.Now, at)
	for id, p := range s.Suppressions {
		if p.Until <= s.Now {
			delete(s.Suppressions, id)
			ended = true
		}
	}
	return ended
}

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// change returns a change, a new one where it isn't known.
func (s *repository) change(id string) *change {
	c := s.Changes[id]
	if c == nil {
		c = new(change)
		put(&s.Changes, id, c)
	}
	return c
}

func (s *repository) suggestion(id string) *suggestion {
	g := s.Suggestions[id]
	if g == nil {
		g = new(suggestion)
		put(&s.Suggestions, id, g)
	}
	return g
}
