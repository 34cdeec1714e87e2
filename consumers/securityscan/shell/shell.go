// Package shell finds weaknesses in shell scripts, and in the commands of other files. It must not run or expand anything.
package shell

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/assayhq/assay/consumers/securityscan/policy"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Scanner is safe for concurrent use.
type Scanner struct{ hash string }

// New returns a scanner with all rules.
func New() Scanner {
	h := sha256.New()
	for _, r := range rules {
		h.Write([]byte(r.ID + string(r.Severity) + string(r.Confidence) + r.Message))
	}
	return Scanner{hex.EncodeToString(h.Sum([]byte(version)))[:16]}
}

// version is that of what the rules look for: change it with them.
const version = "1"

// Hash is the content hash of the rules.
func (s Scanner) Hash() string { return s.hash }

const (
	maxCode  = 256 << 10 // bytes that are parsed
	maxDepth = 60        // of brackets
)

// Scan returns the weaknesses of a script. Where it doesn't parse, its lines are read one by one.
func (s Scanner) Scan(_, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	return Judge(code)
}

// Judge is Scan for the commands of other files.
func Judge(code string) ([]weakness.Weakness, weakness.Coverage) {
	if len(code) > maxCode || policy.TooDeep(code, maxDepth) {
		return nil, weakness.Coverage{Reason: weakness.ReasonBudget}
	}
	v := &visitor{code: code, tainted: map[string]bool{}, quoted: map[string]bool{}}
	if v.script(code, 0) {
		return weakness.Sort(v.found), weakness.Coverage{}
	}
	v.found = nil
	for offset := 0; offset < len(code); {
		line, _, _ := strings.Cut(code[offset:], "\n")
		v.script(line, offset)
		offset += len(line) + 1
	}
	return weakness.Sort(v.found), weakness.Coverage{Reason: weakness.ReasonSyntax}
}

// visitor collects what the rules find in a script, which is a part of code.
type visitor struct {
	code    string
	offset  int
	tainted map[string]bool // variables that hold what a caller or a user said
	quoted  map[string]bool // variables that hold what is quoted for a shell
	found   []weakness.Weakness
}

// script reports whether the text at offset parses.
func (v *visitor) script(text string, offset int) bool {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return false
	}
	v.offset = offset
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.BinaryCmd:
			if n.Op == syntax.Pipe || n.Op == syntax.PipeAll {
				v.pipe(n)
			}
		case *syntax.Stmt:
			v.redirects(n)
		case *syntax.CallExpr:
			v.call(n)
		case *syntax.DeclClause:
			for _, a := range n.Args {
				v.assign(a)
			}
		}
		return true
	})
	return true
}

func (v *visitor) report(r *rule, n syntax.Node) {
	start, end := v.offset+int(n.Pos().Offset()), v.offset+int(n.End().Offset())
	v.found = append(v.found, weakness.At(r.Rule, v.code, start, end))
}

func (v *visitor) call(n *syntax.CallExpr) {
	for _, a := range n.Assigns {
		v.assign(a)
	}
	c := v.command(n)
	if c.name == "" {
		return
	}
	if c.name == "read" {
		for _, a := range c.args {
			if !strings.HasPrefix(a.text, "-") {
				v.tainted[a.text] = true
			}
		}
	}
	for i := range rules {
		if r := &rules[i]; r.command != nil && r.command(c) {
			v.report(r, n)
		}
	}
}

func (v *visitor) assign(a *syntax.Assign) {
	if a.Name == nil || a.Value == nil {
		return
	}
	w := v.word(a.Value)
	v.tainted[a.Name.Value] = w.tainted && !w.sanitized
	v.quoted[a.Name.Value] = w.sanitized
	for i := range rules {
		if r := &rules[i]; r.assignment != nil && r.assignment(a.Name.Value, w) {
			v.report(r, a)
		}
	}
}

func (v *visitor) pipe(n *syntax.BinaryCmd) {
	from, to := v.last(n.X), v.first(n.Y)
	for i := range rules {
		if r := &rules[i]; r.pipe != nil && r.pipe(from, to) {
			v.report(r, n)
		}
	}
}

// first returns the first command of a pipeline.
func (v *visitor) first(s *syntax.Stmt) command {
	for {
		b, ok := s.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		s = b.X
	}
	if c, ok := s.Cmd.(*syntax.CallExpr); ok {
		return v.command(c)
	}
	return command{}
}

// last returns the last command of a pipeline.
func (v *visitor) last(s *syntax.Stmt) command {
	for {
		b, ok := s.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		s = b.Y
	}
	if c, ok := s.Cmd.(*syntax.CallExpr); ok {
		return v.command(c)
	}
	return command{}
}

func (v *visitor) redirects(s *syntax.Stmt) {
	for _, r := range s.Redirs {
		var target, body word
		if r.Word != nil {
			target = v.word(r.Word)
		}
		if r.Hdoc != nil {
			body = v.word(r.Hdoc)
		}
		for i := range rules {
			if rule := &rules[i]; rule.redirect != nil && rule.redirect(r.Op, target, body) {
				v.report(rule, r)
			}
		}
	}
}
