package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// command is a simple command without what only starts it (sudo, env, exec).
type command struct {
	name string
	args []word
	sudo bool
}

// word is an argument. Of expansions, text has the source.
type word struct {
	text      string
	expands   bool // a parameter
	unquoted  bool // a parameter outside of quotes, so that it may become several words
	tainted   bool // a parameter that a caller or a user chose
	runs      bool // a command substitution
	sanitized bool // quoted for a shell, or checked to be there
	fetches   bool // the substitution downloads
}

// has reports whether one of the flags is among the arguments: long as a whole or up to "=", short also among others.
func (c command) has(flags ...string) bool {
	for _, a := range c.args {
		for _, f := range flags {
			if a.text == f || strings.HasPrefix(f, "--") && strings.HasPrefix(a.text, f+"=") ||
				len(f) == 2 && f[0] == '-' && len(a.text) > 2 && a.text[0] == '-' && a.text[1] != '-' &&
					isCluster(a.text[1:]) && strings.IndexByte(a.text, f[1]) > 0 {
				return true
			}
		}
	}
	return false
}

// isCluster reports whether an argument may be short flags together, as in -fsSLk.
func isCluster(s string) bool {
	return len(s) <= 6 && !strings.ContainsFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') })
}

// after returns the argument after a flag, or joined to it by "=".
func (c command) after(flags ...string) (word, bool) {
	for i, a := range c.args {
		if slices.Contains(flags, a.text) && i+1 < len(c.args) {
			return c.args[i+1], true
		}
		if name, value, ok := strings.Cut(a.text, "="); ok && slices.Contains(flags, name) {
			a.text = value
			return a, true
		}
	}
	return word{}, false
}

func (c command) any(holds func(word) bool) bool { return slices.ContainsFunc(c.args, holds) }

func (c command) is(names ...string) bool { return slices.Contains(names, c.name) }

func (c command) arg(i int) string {
	if i < len(c.args) {
		return c.args[i].text
	}
	return ""
}

// starters run their arguments as a command.
var starters = []string{"sudo", "doas", "env", "exec", "command", "nohup", "time", "nice", "builtin", "busybox"}

func (v *visitor) command(n *syntax.CallExpr) command {
	var c command
	for _, w := range n.Args {
		c.args = append(c.args, v.word(w))
	}
	for len(c.args) > 0 {
		name := c.args[0].text
		c.name = name[strings.LastIndexByte(name, '/')+1:]
		c.args = c.args[1:]
		if !slices.Contains(starters, c.name) {
			break
		}
		c.sudo = c.sudo || c.name == "sudo"
		for len(c.args) > 0 && (strings.HasPrefix(c.args[0].text, "-") || strings.Contains(c.args[0].text, "=")) {
			if c.args[0].text == "-u" && len(c.args) > 1 {
				c.args = c.args[1:]
			}
			c.args = c.args[1:]
		}
	}
	return c
}

func (v *visitor) word(w *syntax.Word) word {
	var out word
	var text strings.Builder
	v.parts(&out, &text, w.Parts, false)
	out.text = text.String()
	return out
}

func (v *visitor) parts(out *word, text *strings.Builder, parts []syntax.WordPart, quoted bool) {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			text.WriteString(p.Value)
		case *syntax.SglQuoted:
			text.WriteString(p.Value)
		case *syntax.DblQuoted:
			v.parts(out, text, p.Parts, true)
		case *syntax.ParamExp:
			v.parameter(out, text, p, quoted)
		case *syntax.CmdSubst:
			out.runs = true
			v.substitution(out, p.Stmts)
			text.WriteString("$()")
		case *syntax.ProcSubst:
			out.runs = true
			v.substitution(out, p.Stmts)
			text.WriteString("<()")
		default:
			text.WriteString("$")
		}
	}
}

func (v *visitor) parameter(out *word, text *strings.Builder, p *syntax.ParamExp, quoted bool) {
	if p.Param == nil {
		return
	}
	name := p.Param.Value
	text.WriteString("$" + name)
	if p.Length || name == "?" || name == "#" || name == "$" || name == "!" {
		return
	}
	out.expands = true
	out.unquoted = out.unquoted || !quoted
	if p.Exp != nil && (p.Exp.Op == syntax.ErrorUnset || p.Exp.Op == syntax.ErrorUnsetOrNull || p.Exp.Op == syntax.OtherParamOps) {
		out.sanitized = true
	}
	out.sanitized = out.sanitized || v.quoted[name]
	positional := name == "@" || name == "*" || len(name) == 1 && name[0] >= '1' && name[0] <= '9'
	out.tainted = out.tainted || positional || v.tainted[name] ||
		name == "QUERY_STRING" || strings.HasPrefix(name, "HTTP_") || name == "REQUEST_URI" || name == "PATH_INFO" ||
		name == "SSH_ORIGINAL_COMMAND" || name == "REPLY"
}

func (v *visitor) substitution(out *word, stmts []*syntax.Stmt) {
	for _, s := range stmts {
		c := v.last(s)
		if fetcher(c) {
			out.fetches = true
		}
		if c.name == "printf" && len(c.args) > 0 && strings.Contains(c.args[0].text, "%q") {
			out.sanitized = true
			continue
		}
		if c.is("cat", "echo", "printf", "tr", "sed", "cut", "awk", "head", "basename", "urldecode") && c.any(func(w word) bool { return w.tainted }) {
			out.tainted = true
		}
	}
}

func fetcher(c command) bool { return c.is("curl", "wget", "fetch", "http", "aria2c") }

func isShell(c command) bool {
	return c.is("sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "python", "python3", "python2", "perl", "ruby", "node", "php", "source", ".", "eval") &&
		!c.any(func(w word) bool { return w.text == "-c" || w.text == "-m" || w.text == "-e" })
}
