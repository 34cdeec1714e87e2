package engine

import "github.com/assayhq/assay/consumers/securityscan/syntax"

func (e *evaluation) ident(n *syntax.Node) value {
	if i, ok := e.vars[n.Name]; ok {
		v := e.bindings[i-1].value
		if v.node == nil || v.shape == anything {
			v.node = n
		}
		e.used(n, v.name)
		return v
	}
	switch n.Name {
	case "true", "True", "TRUE":
		return value{shape: boolean, text: "true", node: n}
	case "false", "False", "FALSE":
		return value{shape: boolean, text: "false", node: n}
	case "nil", "None", "null", "NULL", "nullptr", "undefined":
		return value{shape: nothing, node: n}
	}
	v := value{trust: unknown, node: n, name: e.rs.names.top(n.Name)}
	if e.functions[n.Name] != nil {
		v.name = 0
	}
	if v.name != 0 {
		if t := e.rs.facts[v.name].trust; t > 0 {
			v.trust = t
		}
		if e.rs.lang.BareCalls {
			v = e.rs.facts[v.name].bareCall(v, v)
		}
		e.used(n, v.name)
	} else if t, ok := e.rs.params[n.Name]; ok {
		v.name = t
		v.trust = max(v.trust, e.rs.facts[t].trust)
	} else if upperCase(n.Name) {
		v.trust, v.clean = cleaned, everything
	}
	return v
}

// upperCase reports whether a name is written as constants are.
func upperCase(name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= 'a' && c <= 'z' {
			return false
		}
	}
	return len(name) > 2
}

// used asks the rules about mentions of a name.
func (e *evaluation) used(n *syntax.Node, id nameID) {
	if id != 0 {
		for _, m := range e.rs.facts[id].uses {
			e.report(m, n)
		}
	}
}

func (e *evaluation) memberOf(n *syntax.Node) value {
	if key := e.path(n); key != "" {
		if i, ok := e.vars[key]; ok {
			return e.bindings[i-1].value
		}
	}
	base := e.eval(n.A)
	v := value{trust: max(base.trust, unknown), clean: base.clean, node: n, name: e.rs.names.member(base.name, n.Name)}
	if v.trust == local && base.name != 0 && e.rs.facts[base.name].trust == 0 {
		v.trust = base.trust
	}
	if v.trust == param && base.name != 0 && e.rs.facts[base.name].trust == 0 {
		v.trust = unknown // the library's, not the caller's: of a request, only some members come from the client
	}
	if v.name != 0 {
		if t := e.rs.facts[v.name].trust; t > 0 {
			v.trust, v.clean = t, 0
		}
		e.used(n, v.name)
	}
	for _, s := range e.suffixes(n) {
		if s.trust > v.trust {
			v.trust, v.clean = s.trust, 0
		}
		for _, m := range s.uses {
			e.report(m, n)
		}
		if e.rs.lang.BareCalls {
			v = s.bareCall(v, base)
		}
	}
	return v
}

// bareCall is what x.name returns, where that is a call without arguments of a function that cleans or passes on x.
func (f *fact) bareCall(v, receiver value) value {
	if f.passes {
		receiver.node = v.node
		return receiver
	}
	v.clean |= f.clean
	if f.clean == everything {
		v.trust = cleaned
	}
	return v
}

// path is the text of a plain chain of names, "" for anything else.
func (e *evaluation) path(n *syntax.Node) string {
	m := n
	for range maxPath { // bounded, for every prefix of a long chain is asked for
		if m == nil {
			return ""
		}
		switch m.Kind {
		case syntax.Member:
			m = m.A
			continue
		case syntax.Ident:
			return n.Text(e.src)
		}
		return ""
	}
	return ""
}

// maxPath bounds the chains of names that are followed like variables.
const maxPath = 8

func (e *evaluation) index(n *syntax.Node) value {
	base := e.eval(n.A)
	for _, k := range n.Kids {
		e.value(k)
	}
	v := value{trust: base.trust, clean: base.clean, node: n}
	if base.name != 0 && len(n.Kids) == 1 && n.Kids[0].Kind == syntax.String { // a["b"] is known as a.b
		if id := e.rs.names.member(base.name, n.Kids[0].Name); id != 0 && e.rs.facts[id].trust > 0 {
			v.name, v.trust, v.clean = id, e.rs.facts[id].trust, 0
		}
	}
	switch {
	case v.trust != constant:
	case base.node == nil:
		v.trust = unknown
	case base.shape == list || base.shape == dict:
		v.trust, v.clean = cleaned, everything // one of some constants
	}
	if key := e.path(n.A); key != "" && len(n.Kids) == 1 && n.Kids[0].Kind == syntax.String {
		if i, ok := e.vars[n.Text(e.src)]; ok {
			return e.bindings[i-1].value
		}
	}
	return v
}
