package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// value evaluates an expression in a place where its text is complete, so that the rules about texts can look at it.
func (e *evaluation) value(n *syntax.Node) value {
	v := e.eval(n)
	if v.built && len(e.rs.texts) > 0 && (n.Kind == syntax.Binary || n.Kind == syntax.Template || n.Kind == syntax.Call || n.Kind == syntax.Member || n.Kind == syntax.Cond) {
		e.checkText(n, v)
	}
	return v
}

func (e *evaluation) checkText(n *syntax.Node, v value) {
	if e.budget -= len(v.text); e.budget <= 0 { // every pattern reads the text
		return
	}
	for _, m := range e.rs.texts {
		if v.dynamic(m.purpose) && m.text.MatchString(v.text) && (m.value == nil || m.value(e, v, true, m.purpose)) {
			e.report(m, n)
		}
	}
}

func (e *evaluation) eval(n *syntax.Node) value {
	if n == nil || !e.step() {
		return value{trust: unknown}
	}
	switch n.Kind {
	case syntax.Ident:
		return e.ident(n)
	case syntax.Number:
		return value{shape: number, text: n.Name, node: n}
	case syntax.String:
		return value{shape: text, text: cut(n.Name), node: n}
	case syntax.Template:
		return e.template(n)
	case syntax.Member:
		return e.memberOf(n)
	case syntax.Index:
		return e.index(n)
	case syntax.Call:
		return e.call(n)
	case syntax.Literal:
		return e.literal(n)
	case syntax.List:
		mark := len(e.args)
		v := e.elements(n, list)
		e.args = e.args[:mark]
		return v
	case syntax.KeyArg, syntax.Pair:
		return e.pair(n)
	case syntax.Binary:
		return e.binary(n)
	case syntax.Unary:
		return e.unary(n)
	case syntax.Spread:
		return e.eval(n.A)
	case syntax.Assign:
		return e.assign(n)
	case syntax.Cond:
		e.condition(n.A)
		v := value{trust: constant}
		for i, k := range n.Kids {
			if i == 0 {
				v = e.eval(k)
				continue
			}
			o := e.eval(k)
			differ := v.name != o.name && v.trust > constant && o.trust > constant
			if v = join(v, o); differ {
				v.name = 0 // it may refer to either
			}
		}
		return v
	case syntax.Lambda:
		e.function(n, false)
		return value{shape: function, trust: cleaned, node: n}
	case syntax.Loop: // comprehension
		mark := len(e.bindings)
		for _, k := range n.Kids {
			if k.Kind == syntax.Assign {
				e.eval(k)
			} else {
				e.condition(k)
			}
		}
		v := e.value(n.B)
		e.leaveScope(mark)
		return value{trust: v.trust, clean: v.clean, shape: v.shape}
	case syntax.Type, syntax.Bad:
		return value{trust: unknown, node: n}
	}
	e.exec(n)
	return value{trust: unknown}
}

func cut(s string) string { return s[:min(len(s), maxText)] }

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

func (e *evaluation) literal(n *syntax.Node) value {
	mark := len(e.args)
	defer func() { e.args = e.args[:mark] }()
	v := e.elements(n, dict)
	if n.A == nil {
		return v
	}
	callee := e.eval(n.A)
	v.name = callee.name
	e.checkCall(n, callee, value{}, e.args[mark:])
	return v
}

// elements evaluates the elements and leaves their values in e.args.
func (e *evaluation) elements(n *syntax.Node, s shape) value {
	v := value{shape: s, node: n, clean: everything}
	for _, k := range n.Kids {
		o := e.value(k)
		e.args = append(e.args, o)
		v.clean = cleanedFor(v, o)
		v.trust = max(v.trust, o.trust)
	}
	if v.trust < unknown {
		v.clean = 0
	}
	return v
}

// pair is a named argument or an element of a dictionary: it counts as an assignment to that name.
func (e *evaluation) pair(n *syntax.Node) value {
	name := n.Name
	if n.Kind == syntax.Pair {
		switch n.A.Kind {
		case syntax.Ident:
			name = n.A.Name
		case syntax.String:
			name = n.A.Name
		default:
			e.value(n.A)
		}
	}
	v := e.named(name, n.B)
	if name != "" {
		e.assigned(n, name, nil, v)
	}
	return v
}

func (e *evaluation) binary(n *syntax.Node) value {
	switch n.Name {
	case "+", ".":
		a, b := e.eval(n.A), e.eval(n.B)
		if a.shape == number && b.shape == number {
			return value{shape: number, trust: max(a.trust, b.trust), clean: a.clean & b.clean, node: n}
		}
		if a.shape == list || b.shape == list {
			v := worst(a, b)
			v.shape = list
			return v
		}
		v := concat(a, b)
		v.node = n
		return v
	case "%":
		if e.rs.lang.Indented {
			if v, ok := e.percent(n); ok {
				return v
			}
		}
	case "&&", "||", "and", "or", "??":
		a := e.eval(n.A)
		if n.A != nil && n.A.Kind == syntax.Binary && n.A.Name == n.Name {
			e.guard(n.A.B) // the rest of the chain was seen already
		} else {
			e.guard(n.A)
		}
		return join(a, e.eval(n.B))
	case "==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "=~", "!~", "instanceof":
		a, b := e.value(n.A), e.value(n.B)
		v := value{shape: boolean, trust: cleaned, clean: everything, node: n}
		if a.trust == constant && b.trust == constant {
			v.trust, v.clean = constant, 0
		}
		return v
	case "*":
		a, b := e.value(n.A), e.value(n.B)
		if a.shape == text && a.trust == constant {
			return value{shape: text, text: a.text, node: n}
		}
		if a.shape == list {
			return a
		}
		return value{shape: number, trust: cleaned * min(1, max(a.trust, b.trust)), clean: everything, node: n}
	case "/":
		a, b := e.eval(n.A), e.eval(n.B)
		if a.shape == number || b.shape == number {
			return value{shape: number, trust: cleaned, clean: everything, node: n}
		}
		v := concat(concat(a, value{shape: text, text: "/"}), b) // joins paths
		v.name = a.name
		v.node = n
		return v
	case "|":
		a, b := e.value(n.A), e.value(n.B)
		v := worst(a, b)
		v.name, v.node = a.name, n
		return v
	}
	a, b := e.value(n.A), e.value(n.B)
	return value{shape: number, trust: cleaned * min(1, max(a.trust, b.trust)), clean: everything, node: n}
}

func (e *evaluation) unary(n *syntax.Node) value {
	v := e.value(n.A)
	switch n.Name {
	case "not", "!":
		if v.shape == boolean && v.trust == constant {
			if v.text == "true" {
				v.text = "false"
			} else {
				v.text = "true"
			}
			v.node = n
			return v
		}
		return value{shape: boolean, trust: cleaned, clean: everything, node: n}
	case "sizeof":
		return value{shape: number, trust: cleaned, clean: everything, node: n}
	case "-":
		if v.shape == number {
			v.text = "-" + v.text
		}
	}
	return v
}

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
