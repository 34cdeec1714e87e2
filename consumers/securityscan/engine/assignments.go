package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// assign evaluates an assignment and gives the targets their values.
func (e *evaluation) assign(n *syntax.Node) value {
	name := ""
	if n.A != nil {
		name = n.A.Name
	}
	v := e.named(name, n.B)
	switch n.Name {
	case "in":
		v = value{trust: v.trust, clean: v.clean} // an element
	case "+=", ".=", "<<":
		old := e.eval(n.A)
		if old.shape == list {
			v = worst(old, v)
			v.shape = list
		} else if old.shape != number {
			v = concat(old, v)
			v.node = n
			if v.built {
				e.checkText(n, v)
			}
		}
	case "=", ":=", "as", "??=", "||=":
	default:
		e.eval(n.A)
		v = value{trust: v.trust, clean: v.clean, shape: number}
	}
	e.target(n, n.A, v)
	return v
}

// target gives v to whatever stands on the left of an assignment.
func (e *evaluation) target(at, t *syntax.Node, v value) {
	if t == nil {
		return
	}
	switch t.Kind {
	case syntax.Ident:
		e.assigned(at, t.Name, t, v)
		if at.Name == ":=" {
			if i, ok := e.vars[t.Name]; !ok || e.bindings[i-1].value.shape == function {
				e.define(t.Name, v)
				return
			}
		}
		e.bind(t.Name, v)
	case syntax.Member:
		base := e.eval(t.A)
		e.assigned(at, t.Name, t, v)
		if id := e.rs.names.member(base.name, t.Name); id != 0 {
			for _, m := range e.rs.facts[id].assigned {
				if m.value == nil || m.value(e, v, true, m.purpose) {
					e.report(m, at)
				}
			}
		}
		if key := e.path(t); key != "" {
			e.bind(key, v)
		}
	case syntax.Index:
		base := e.eval(t.A)
		for _, k := range t.Kids {
			e.value(k)
		}
		if len(t.Kids) == 1 && t.Kids[0].Kind == syntax.String {
			e.assigned(at, t.Kids[0].Name, t, v)
			if key := e.path(t.A); key != "" {
				e.bind(t.Text(e.src), v)
			}
		}
		if key := e.path(t.A); key != "" && v.trust > base.trust {
			base.trust, base.clean = v.trust, v.clean
			e.bind(key, base)
		}
	case syntax.List, syntax.Literal:
		if v.node != nil && v.node.Kind == syntax.List && len(v.node.Kids) == len(t.Kids) && v.shape == list {
			for i, k := range t.Kids {
				e.target(at, k, e.eval(v.node.Kids[i]))
			}
			return
		}
		if len(t.Kids) == 2 && at.B != nil && at.B.Kind == syntax.Index { // v, ok := m[k]
			e.guard(at.B)
		}
		for i, k := range t.Kids {
			part := value{trust: v.trust, clean: v.clean}
			if i == 0 && at.B != nil && at.B.Kind == syntax.Call && !e.rs.lang.Indented { // v, err := f()
				part = v
			}
			e.target(at, k, part)
		}
	case syntax.Unary, syntax.Spread, syntax.Pair:
		e.eval(t.A)
		if t.Kind != syntax.Pair {
			e.target(at, t.A, v)
		}
	case syntax.Decl, syntax.Param:
		e.define(t.Name, v)
	}
}

// assigned asks the rules about assignments to a variable, member, key or named argument.
func (e *evaluation) assigned(at *syntax.Node, name string, target *syntax.Node, v value) {
	if target == nil || target.Kind != syntax.Ident {
		for _, m := range e.rs.assigned[name] {
			if m.value == nil || m.value(e, v, true, m.purpose) {
				e.report(m, at)
			}
		}
	}
	for _, p := range e.rs.patterns {
		if (p.m.value == nil || p.m.value(e, v, true, p.m.purpose)) && p.re.MatchString(name) {
			e.report(p.m, at)
		}
	}
}

// suggestsCleaning reports whether a function's name says that its result is harmless.
func suggestsCleaning(name string) bool {
	for i := 0; i+4 <= len(name); i++ {
		switch name[i] | 0x20 {
		case 'e', 's', 'q', 'c', 'v':
		default:
			continue
		}
		rest := name[i:]
		for _, word := range [...]string{"escape", "sanitiz", "sanitis", "quote", "clean", "valid", "secure_"} {
			if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
				return !strings.HasPrefix(strings.ToLower(name), "un")
			}
		}
	}
	return false
}
