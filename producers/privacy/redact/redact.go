// Package redact makes clients' free text fit to stand in the clear: what looks like a secret, a person, an address, a path or
// code is replaced by a word that says which it was. Text that must be kept whole is sealed instead (package privacy).
//
// Redaction is a net with meshes: a person's first name alone, or one in lower case, passes where the event doesn't say that
// it is one. It is for short remarks, never for code, prompts or
// messages. The package is pure; it must not log or return what it took out.
package redact

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Version names the rules: change it with them, so that reports tell what was redacted by which.
const Version = "2"

const (
	maxInput  = 16 << 10 // bytes of a text that are looked at
	maxOutput = 500      // bytes of a text that stay: a remark has no more
)

// Kinds of what is taken out.
const (
	Secret = "secret"
	Email  = "email"
	Person = "person"
	Path   = "path"
	IP     = "ip"
	Code   = "code"
)

// span is a part of a text that is to go.
type span struct {
	start, end int
	kind       string
}

// Redactor is safe for concurrent use.
type Redactor struct {
	secrets func(text string) [][2]int
}

// New returns a redactor. secrets finds secrets in a text, as bytes [start, end) (consumers/securityscan/secrets, joined in
// cmd/assay, as that part may not be imported here).
func New(secrets func(text string) [][2]int) *Redactor { return &Redactor{secrets} }

// HasSecret reports whether a value holds a secret, when it is given to a name; both may tell.
func (r *Redactor) HasSecret(name, value string) bool {
	if len(value) < 4 || len(value) > maxInput {
		return len(value) > maxInput
	}
	if isIssued(value) || len(r.secrets(value)) > 0 {
		return true
	}
	return name != "" && len(r.secrets(name+` = "`+value+`"`)) > 0
}

// Text returns the text without what is confidential, on one line and at most 500 bytes long, and how many parts were taken
// out. people are names that are known to be of people, whatever they look like.
func (r *Redactor) Text(text string, people ...string) (clean string, taken int) {
	text = bounded(text, maxInput)
	var found []span
	for _, s := range r.secrets(text) {
		found = append(found, span{s[0], s[1], Secret})
	}
	found = known(text, people, found)
	found = patterns(text, found)
	found = names(text, found)
	found = words(text, found)
	slices.SortFunc(found, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	var out strings.Builder
	at := 0
	for _, s := range found {
		if s.start >= at {
			out.WriteString(text[at:s.start])
			out.WriteString("[" + s.kind + "]")
			taken++
		}
		at = max(at, s.end)
	}
	out.WriteString(text[at:])
	return bounded(strings.Join(strings.Fields(out.String()), " "), maxOutput), taken
}

// bounded cuts a text after a word: half a secret doesn't look like one.
func bounded(text string, bytes int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= bytes {
		return text
	}
	for !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:max(0, strings.LastIndexAny(text[:bytes], " \t\n"))]
}

// known finds names that the event itself says are of people.
func known(text string, people []string, found []span) []span {
	lower := ""
	for _, p := range people {
		if len(p) < 3 {
			continue
		}
		if lower == "" {
			if lower = strings.ToLower(text); len(lower) != len(text) { // places would differ
				lower = text
			}
		}
		p = strings.ToLower(p)
		for from := 0; ; {
			i := strings.Index(lower[from:], p)
			if i < 0 {
				break
			}
			found = append(found, span{from + i, from + i + len(p), Person})
			from += i + len(p)
		}
	}
	return found
}
