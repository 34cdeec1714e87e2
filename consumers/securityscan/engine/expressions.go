package engine

import "github.com/assayhq/assay/consumers/securityscan/syntax"

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
