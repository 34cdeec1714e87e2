package collector

import (
	"sync"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
	"github.com/assayhq/assay/schemas"
)

// hashers make sketches and fingerprints of code, under a key of the organisation's own.
type hashers struct {
	keys  *privacy.Keyring
	byOrg sync.Map // org -> *fingerprint.Hasher
}

func (h *hashers) of(org string) *fingerprint.Hasher {
	if known, ok := h.byOrg.Load(org); ok {
		return known.(*fingerprint.Hasher)
	}
	made, _ := h.byOrg.LoadOrStore(org, fingerprint.New([]byte(h.keys.Token(org, "key", "code"))))
	return made.(*fingerprint.Hasher)
}

// derive fills in what stands for the code where the code itself may not: fingerprints, by which it is looked up, and the
// sketch, by which rework follows it.
func (h *hashers) derive(e schemas.Event, code string) {
	if code == "" {
		return
	}
	hasher := h.of(e.Env().Org)
	switch e := e.(type) {
	case *schemas.CodeEvent:
		s := hasher.Sketch(code, e.Language)
		e.Fingerprints = fingerprint.Winnow(&s)
		if followed(e) {
			e.Sketch = s.Append(nil)
		}
	case *schemas.ChatEvent:
		s := hasher.Sketch(code, e.Language)
		e.Fingerprints = fingerprint.Winnow(&s)
	case *schemas.ChangeEvent:
		s := hasher.Sketch(code, e.Language)
		e.Fingerprints = fingerprint.Winnow(&s)
	}
}

// strip takes what derive made away again.
func strip(e schemas.Event) {
	switch e := e.(type) {
	case *schemas.CodeEvent:
		e.Fingerprints, e.Sketch = nil, nil
	case *schemas.ChatEvent:
		e.Fingerprints = nil
	case *schemas.ChangeEvent:
		e.Fingerprints = nil
	}
}

// followed reports whether rework follows the event's code: accepted code where it is known where it stands, and whole files.
func followed(e *schemas.CodeEvent) bool {
	switch e.Kind {
	case schemas.CodeSuggestionAccepted, schemas.CodeSuggestionPartiallyAccepted:
		return e.LineStart.Or(0) > 0
	case schemas.CodeFileSaved, schemas.CodeFileCommitted:
		return true
	}
	return false
}
