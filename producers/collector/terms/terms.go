// Package terms puts clients' words into Assay's terms: names, ids, languages and times that are safe and bounded enough to
// stand in the clear. What isn't becomes empty or a hash, never a guess.
//
// It is pure, and knows neither clients nor events.
package terms

import (
	"strings"

	"github.com/assayhq/assay/schemas"
)

// MaxText bounds one value of a client, in bytes. What is longer is no fact and no piece of code that a person reads.
const MaxText = 256 << 10

const (
	maxName = 100 // bytes
	maxWord = 24  // bytes; a longer run of mixed letters and digits looks like a key, not like a name
)

// Name returns s where it looks like a technical name (of a model, a tool, a version, a class of errors), and "" where it
// might be a person, a path, an address or a secret: names are published in the clear.
func Name(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxName || strings.Count(s, "/") > 3 || s[0] == '/' || s[0] == '~' || s[0] == '.' {
		return ""
	}
	word, letters, digits := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			word, letters = word+1, letters+1
		case '0' <= c && c <= '9':
			word, digits = word+1, digits+1
		case c == '@' && i+1 < len(s) && '0' <= s[i+1] && s[i+1] <= '9', // a version, as in model@20250101; no address
			c == '/' && i+1 < len(s) && s[i+1] != '/',
			strings.IndexByte(" ._:+-", c) >= 0:
			word, letters, digits = 0, 0, 0
		default:
			return ""
		}
		if word > maxWord && letters > 0 && digits > 0 {
			return ""
		}
	}
	return s
}

// Word is Name for a vocabulary of single words: no spaces, slashes or @.
func Word(s string) string {
	if strings.ContainsAny(s, " /@") {
		return ""
	}
	return Name(s)
}

// ID returns a session's, conversation's or completion's id: as it is where it is a UUID, which tells nothing, alone or with
// the prefix of a completion; else its hash, since a client may put anything there. "" stays "".
func ID(s string) string {
	if s == "" || isUUID(strings.TrimPrefix(s, "cmpl-")) {
		return s
	}
	return Hash(s)
}

// Hash replaces an id that needn't be read, only compared. "" stays "".
func Hash(s string) string {
	if s == "" {
		return ""
	}
	return schemas.DerivedID("id", s)
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch hyphen := i == 8 || i == 13 || i == 18 || i == 23; {
		case hyphen != (c == '-'):
			return false
		case !hyphen && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'):
			return false
		}
	}
	return true
}
