package fingerprint

import (
	"regexp"
	"strings"
)

var (
	// revertSubject is the word in a commit's subject; branches of reverts have it between hyphens or slashes.
	revertSubject = regexp.MustCompile(`(?i)\b(?:reverts?|reverted|reverting|back(?:ed)?[ -]?out|roll(?:ed|s)?[ -]?back)\b`)
	// revertLine is a line of the body that begins with git's own subject of a revert, as squashed and merged commits list
	// them, or with git's own sentence.
	revertLine = regexp.MustCompile(`(?im)^[\s*>-]*(?:merge )?"?(?:[\w()/-]+: )?revert\b|this reverts commit`)
)

// IsRevert reports whether a commit message says that the commit reverts something: what clients send of the message.
// It says nothing of what was reverted.
func IsRevert(message string) bool {
	subject, body, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return revertSubject.MatchString(subject) || revertLine.MatchString(body)
}
