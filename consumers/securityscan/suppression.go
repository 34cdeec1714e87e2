package securityscan

import (
	"strings"
	"unicode"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// ignore is what a comment says that suppresses findings of one rule: assay:ignore RULE reason.
const ignore = "assay:ignore"

// Suppressed reports whether a comment "assay:ignore RULE reason" says that a weakness is meant to be there: at the end of
// the line where it starts, or alone on the line before. A comment without a reason suppresses nothing. The finding stays a
// finding: an assistant can write such comments, too, so it is for whoever reads it to decide whether they count. The reason
// quotes the code: it must not go where code must not.
func Suppressed(code string, w weakness.Weakness) (reason string, ok bool) {
	if !strings.Contains(code, ignore) {
		return "", false
	}
	start := strings.LastIndexByte(code[:w.Start], '\n') + 1
	line, _, _ := strings.Cut(code[start:], "\n")
	if before, reason, ok := directive(line, w.ID); ok && strings.TrimSpace(before) != "" {
		return reason, true
	}
	if start == 0 {
		return "", false
	}
	above := code[strings.LastIndexByte(code[:start-1], '\n')+1 : start-1]
	before, reason, ok := directive(above, w.ID)
	return reason, ok && strings.TrimSpace(before) == ""
}

// directive returns what stands before the comment in a line, and its reason, if it is for the rule.
func directive(line, rule string) (before, reason string, ok bool) {
	before, text, found := strings.Cut(line, ignore)
	if !found {
		return "", "", false
	}
	before = strings.TrimRight(before, " \t")
	commented := false
	for _, marker := range []string{"//", "#", "<!--", "--", "/*", "*"} {
		if rest, ok := strings.CutSuffix(before, marker); ok {
			before, commented = rest, true
			break
		}
	}
	name, reason, _ := strings.Cut(strings.TrimSpace(text), " ")
	for _, end := range []string{"*/", "-->"} {
		reason = strings.TrimSuffix(strings.TrimSpace(reason), end)
	}
	reason = strings.TrimSpace(reason)
	return before, reason, commented && name == rule && strings.ContainsFunc(reason, unicode.IsLetter)
}
