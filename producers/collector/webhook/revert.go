package webhook

import (
	"regexp"
	"strings"
)

// Revert is what a change or a commit says that it takes back, in the words that git, GitHub and GitLab write.
type Revert struct {
	Is     bool
	Commit string // that is reverted; empty where none is named in full
	// Project and Number are the change's that is reverted. Project is empty for one of the same repository, and Number where
	// no change is named.
	Project, Number string
}

var (
	revertedCommit = regexp.MustCompile(`\bThis reverts commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b`)
	// GitHub: "Reverts acme/blue#12". GitLab: "This reverts merge request !12", "... acme/blue!12".
	revertedChange = regexp.MustCompile(`(?m)^(?:Reverts|This reverts merge request) ([\w./-]{1,255})?[#!](\d{1,18})\b`)
)

// maxRead is how much of a text is searched for it; it stands near the beginning.
const maxRead = 4 << 10

// ReadRevert reads a title and the text below it.
func ReadRevert(title, text string) Revert {
	var r Revert
	text = text[:min(len(text), maxRead)]
	if m := revertedCommit.FindStringSubmatch(text); m != nil {
		r.Is, r.Commit = true, m[1]
	}
	if m := revertedChange.FindStringSubmatch(text); m != nil {
		r.Is, r.Project, r.Number = true, m[1], m[2]
	}
	r.Is = r.Is || strings.HasPrefix(title, `Revert "`)
	return r
}
