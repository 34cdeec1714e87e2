package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// condition evaluates a condition and believes the checks in it: what was asked for counts as clean from here on.
func (e *evaluation) condition(n *syntax.Node) {
	if n == nil {
		return
	}
	e.value(n)
	e.guard(n)
}

func (e *evaluation) guard(n *syntax.Node) {
	if n == nil || !e.step() {
		return
	}
	switch n.Kind {
	case syntax.Unary:
		e.guard(n.A)
	case syntax.Binary:
		switch n.Name {
		case "&&", "||", "and", "or":
			e.guard(n.A)
			e.guard(n.B)
		case "in", "not in":
			if n.A != nil && n.A.Kind == syntax.String {
				e.clear(n.B, e.rs.purposes["path"])
			} else {
				e.clear(n.A, everything)
			}
		case "==", "!=", "===", "!==":
			e.guard(n.A)
			e.guard(n.B)
		}
	case syntax.Index:
		for _, k := range n.Kids {
			e.clear(k, everything)
		}
	case syntax.Call:
		if n.A == nil {
			return
		}
		var mask purposes
		if v := e.peek(n.A); v.name != 0 {
			mask |= e.rs.facts[v.name].guards
		}
		for _, s := range e.suffixes(n.A) {
			mask |= s.guards
		}
		if mask != 0 && n.A.Name == "match" && len(n.Kids) > 1 && !e.anchored(n.Kids[0]) {
			return
		}
		if strings.Contains(n.A.Name, "llow") || suggestsCleaning(n.A.Name) { // is_allowed, isValid
			mask |= everything
		}
		if mask == 0 {
			return
		}
		if n.A.Kind == syntax.Member {
			e.clear(n.A.A, mask)
		}
		for _, k := range n.Kids {
			e.clear(k, mask)
		}
	}
}

// anchored reports whether a pattern, as far as the fragment shows it, must match to the end: Python's match alone looks only
// at the beginning.
func (e *evaluation) anchored(pattern *syntax.Node) bool {
	v := e.peek(pattern)
	return v.trust != constant || v.text == "" || strings.HasSuffix(v.text, "$") || strings.HasSuffix(v.text, `\Z`) || strings.HasSuffix(v.text, "$)")
}

// clear marks the variables in an expression as clean for the purposes.
func (e *evaluation) clear(n *syntax.Node, mask purposes) {
	syntax.Walk(n, func(n *syntax.Node) bool {
		if !e.step() {
			return false
		}
		if n.Kind == syntax.Index && len(n.Kids) == 1 && n.Kids[0].Kind == syntax.String && e.path(n.A) != "" {
			v := e.peek(n)
			v.clean |= mask
			e.bind(n.Text(e.src), v)
			return false
		}
		if n.Kind != syntax.Ident && n.Kind != syntax.Member {
			return n.Kind == syntax.Call || n.Kind == syntax.KeyArg || n.Kind == syntax.Index
		}
		key := e.path(n)
		if i, ok := e.vars[key]; ok {
			e.bindings[i-1].value.clean |= mask
		} else if key != "" && n.Kind == syntax.Member {
			v := e.peek(n)
			v.clean |= mask
			e.bind(key, v)
		}
		return n.Kind == syntax.Member
	})
}
