package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// exec evaluates a statement.
func (e *evaluation) exec(n *syntax.Node) {
	if n == nil || !e.step() {
		return
	}
	switch n.Kind {
	case syntax.Block, syntax.Try:
		for _, k := range n.Kids {
			e.exec(k)
		}
	case syntax.Func:
		e.define(n.Name, value{shape: function, trust: cleaned, node: n})
		e.function(n, false)
	case syntax.Class:
		e.value(n.A)
		for _, k := range n.Kids {
			e.exec(k)
		}
	case syntax.Decl:
		e.declaration(n)
	case syntax.Import:
		e.importing(n)
	case syntax.If:
		e.condition(n.A)
		e.branches(n.Kids)
	case syntax.Loop:
		e.loop(n)
	case syntax.With:
		for _, k := range n.Kids {
			e.value(k)
		}
		e.exec(n.B)
	case syntax.Return:
		e.returning(n)
	case syntax.Decorate:
		e.value(n.A)
		if n.B != nil && n.B.Kind == syntax.Func {
			e.define(n.B.Name, value{shape: function, trust: cleaned, node: n.B})
			e.function(n.B, e.handler(n.A))
			return
		}
		e.exec(n.B)
	case syntax.Delete:
		for _, k := range n.Kids {
			if n.Name == "assert" {
				e.condition(k)
			} else {
				e.value(k)
			}
		}
	default:
		e.value(n)
	}
}

// handler reports whether a decorator registers a function that clients call.
func (e *evaluation) handler(decorator *syntax.Node) bool {
	if decorator != nil && decorator.Kind == syntax.Call {
		decorator = decorator.A
	}
	if decorator == nil {
		return false
	}
	f, _ := e.resolve(decorator)
	found := f != nil && f.handler
	for _, s := range e.suffixes(decorator) {
		found = found || s.handler
	}
	return found
}

func (e *evaluation) loop(n *syntax.Node) {
	for _, k := range n.Kids {
		if k.Kind == syntax.Assign || k.Kind == syntax.Decl {
			e.exec(k)
		} else {
			e.condition(k)
		}
	}
	if n.B == nil {
		return
	}
	if n.B.Kind == syntax.Block {
		e.branches([]*syntax.Node{n.B})
	} else {
		e.value(n.B)
	}
}

func (e *evaluation) returning(n *syntax.Node) {
	if n.A == nil {
		return
	}
	v := e.value(n.A)
	if n.Name != "" { // raise, throw
		return
	}
	if e.current != nil {
		if e.current.known {
			e.current.result = join(e.current.result, v)
		} else {
			e.current.result, e.current.known = v, true
		}
	}
	for _, m := range e.rs.returns {
		if m.value(e, v, true, m.purpose) {
			e.report(m, n.A)
		}
	}
}

func (e *evaluation) importing(n *syntax.Node) {
	id := e.rs.names.path(n.Name)
	local := n.Local
	if local == "" { // import a.b.c binds a
		local = n.Name
		if i := strings.IndexByte(local, '.'); i > 0 {
			local = local[:i]
			e.bind(local, value{trust: unknown, name: e.rs.names.path(local)})
			local = ""
		}
	}
	if local != "" {
		e.bind(local, value{trust: unknown, name: id})
	}
	if id != 0 {
		for _, m := range e.rs.facts[id].imports {
			e.report(m, n)
		}
		for _, m := range e.rs.facts[id].uses {
			e.report(m, n)
		}
	}
}

func (e *evaluation) declaration(n *syntax.Node) {
	v := value{trust: unknown}
	if n.B != nil {
		v = e.named(n.Name, n.B)
	} else if n.A != nil {
		v = value{trust: constant, shape: shapeOf(n.A)} // zero
	}
	for _, k := range n.Kids {
		e.value(k)
	}
	if n.A != nil {
		v.decl = n.A
		if id := e.typeName(n.A); id != 0 {
			v.name = id
		}
	}
	if n.B != nil {
		e.assigned(n, n.Name, nil, v)
	}
	e.define(n.Name, v)
}

// function evaluates a function's body. Its parameters are what its calls hand to it, if the fragment shows them.
func (e *evaluation) function(n *syntax.Node, handler bool) {
	info := e.functions[n.Name]
	if info == nil || info.node != n {
		info = &functionInfo{node: n}
	}
	mark := len(e.bindings)
	outer, branching := e.current, e.branching
	e.current, e.branching = info, 0
	changes := e.changes
	e.changes = nil
	if n.A != nil && n.Kind == syntax.Func && n.A.Kind == syntax.Param {
		e.define(n.A.Name, e.parameter(n.A))
	}
	for i, p := range n.Kids {
		v := e.parameter(p)
		switch {
		case v.trust == param && handler:
			v.trust = remote
		case v.trust == param && info.called && i < len(info.args) && info.args[i].trust != unknown:
			arg := info.args[i]
			arg.name, arg.decl = v.name, v.decl
			v = arg
		}
		if p.B != nil {
			e.assigned(p, p.Name, nil, e.value(p.B))
		}
		e.define(p.Name, v)
	}
	e.naming = append(e.naming, n.Name)
	if n.B != nil && n.B.Kind == syntax.Block {
		e.exec(n.B)
	} else if n.B != nil {
		v := e.value(n.B)
		info.result, info.known = v, true
	}
	e.naming = e.naming[:len(e.naming)-1]
	e.leaveScope(mark)
	e.current, e.branching, e.changes = outer, branching, changes
}

// parameter is what is known of a parameter by its type and name.
func (e *evaluation) parameter(p *syntax.Node) value {
	v := value{trust: param, decl: p.A}
	if p.A != nil {
		v.name = e.typeName(p.A)
		if v.shape = shapeOf(p.A); (v.shape == number || v.shape == boolean) && !e.rs.lang.Indented { // Python checks no types
			v.trust, v.clean = cleaned, everything
			return v
		}
	}
	if v.name == 0 && p.A == nil {
		v.name = e.rs.params[p.Name]
	}
	if v.name != 0 {
		if t := e.rs.facts[v.name].trust; t > 0 {
			v.trust = t
		}
	}
	return v
}

// typeName is the name that the rules know of a type.
func (e *evaluation) typeName(t *syntax.Node) nameID {
	switch t.Kind {
	case syntax.Ident:
		if i, ok := e.vars[t.Name]; ok {
			return e.bindings[i-1].value.name
		}
		return e.rs.names.top(t.Name)
	case syntax.Member:
		return e.rs.names.member(e.typeName(t.A), t.Name)
	case syntax.Unary, syntax.Index:
		if t.A != nil {
			return e.typeName(t.A)
		}
	}
	return 0
}

func shapeOf(t *syntax.Node) shape {
	if t.Kind != syntax.Ident && t.Kind != syntax.Type {
		return anything
	}
	switch t.Name {
	case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "float",
		"double", "long", "short", "size_t", "number", "Integer", "Long", "Double", "Float", "byte", "UUID":
		return number
	case "bool", "boolean", "Boolean":
		return boolean
	case "string", "str", "String":
		return text
	}
	return anything
}
