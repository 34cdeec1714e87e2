// Package dockerfile finds weaknesses in Dockerfiles. What RUN does is judged by package shell. It must not build or pull
// anything.
package dockerfile

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/shell"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Scanner is safe for concurrent use.
type Scanner struct{ hash string }

// New returns a scanner with all rules.
func New() Scanner {
	h := sha256.New()
	h.Write([]byte(version + shell.New().Hash()))
	for _, r := range rules {
		h.Write([]byte(r.ID + string(r.Severity) + string(r.Confidence) + r.Message))
	}
	return Scanner{hex.EncodeToString(h.Sum(nil)[:8])}
}

// version is that of what the rules look for: change it with them.
const version = "1"

// Hash is the content hash of the rules.
func (s Scanner) Hash() string { return s.hash }

const maxCode = 256 << 10 // bytes that are read

// Scan returns the weaknesses of a Dockerfile.
func (s Scanner) Scan(_, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	if len(code) > maxCode {
		return nil, weakness.Coverage{Reason: weakness.ReasonBudget}
	}
	all, complete := parse(code)
	f := survey(all)
	var found []weakness.Weakness
	var coverage weakness.Coverage
	if !complete {
		coverage.Reason = weakness.ReasonSyntax
	}
	for n, i := range all {
		if i.name == "RUN" && !strings.HasPrefix(i.args, "[") {
			script, at := script(i)
			inside, c := shell.Judge(script)
			if c.Partial() {
				coverage = c
			}
			for _, w := range inside {
				if w.ID == "shell-temporary-file" { // nobody else is there while an image is built
					continue
				}
				found = append(found, weakness.At(w.Rule, code, at+w.Start, at+w.End))
			}
		}
		for r := range rules {
			if rules[r].holds(f, n, i) {
				found = append(found, weakness.At(rules[r].Rule, code, i.start, i.end))
			}
		}
	}
	return weakness.Sort(found), coverage
}

// file is what rules see besides the instruction.
type file struct {
	size               int // number of instructions
	lastFrom, lastUser int // the last instruction of that name, -1 if there is none
	stages             map[string]bool
}

func survey(all []instruction) file {
	f := file{size: len(all), lastFrom: -1, lastUser: -1, stages: make(map[string]bool)}
	for n, i := range all {
		switch i.name {
		case "FROM":
			f.lastFrom = n
			if words := i.words(); len(words) == 3 && strings.EqualFold(words[1], "as") {
				f.stages[strings.ToLower(words[2])] = true
			}
		case "USER":
			f.lastUser = n
		}
	}
	return f
}

// base is the image or stage that FROM names.
func (i instruction) base() string {
	if words := i.words(); i.name == "FROM" && len(words) > 0 {
		return words[0]
	}
	return ""
}

// script returns the commands of RUN and where they begin: the document itself if RUN is given nothing but one.
func script(i instruction) (text string, at int) {
	first, body, ok := strings.Cut(i.args, "\n")
	if !ok || !strings.HasPrefix(first, "<<") || len(strings.Fields(first)) != 1 {
		return blank(i.args), i.argStart
	}
	if end := strings.LastIndexByte(body, '\n'); end >= 0 {
		return body[:end], i.argStart + len(first) + 1
	}
	return "", i.argStart
}

// blank replaces comments within continued lines by blanks, which a shell would take for the end of the command.
func blank(args string) string {
	if !strings.Contains(args, "#") {
		return args
	}
	var b strings.Builder
	for line := range strings.Lines(args) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(strings.Repeat(" ", max(len(line)-2, 0)))
			if len(line) >= 2 {
				b.WriteString("\\\n")
			} else {
				b.WriteString(line)
			}
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}
