package syntax

// arrowAhead reports whether parameters of an arrow function stand here.
func (p *parser) arrowAhead() bool { return p.arrowFrom(p.pos) }

func (p *parser) arrowFrom(i int) bool {
	end := p.closing(i)
	if end < 0 || end+1 >= len(p.toks) {
		return false
	}
	next := &p.toks[end+1]
	if p.tokenIs(next, "=>") {
		return true
	}
	if !p.lang.Annotated || !p.tokenIs(next, ":") {
		return false
	}
	pos := p.pos // a type, then =>
	p.pos = end + 2
	p.jsType()
	arrow := p.is("=>")
	p.pos = pos
	return arrow
}

func (p *parser) jsGenericArrow() bool {
	for i := 1; i < 24; i++ {
		if p.peekIs(i, ">") {
			return p.peekIs(i+1, "(") && p.arrowFrom(p.pos+i+1)
		}
	}
	return false
}

// arrow reads x => y or (x, y) => z.
func (p *parser) arrow() *Node {
	n := p.node(Lambda, p.cur().start)
	mark := len(p.stack)
	if p.is("(") {
		p.jsParams()
		if p.accept(":") {
			p.jsType()
		}
	} else {
		a := p.at(Param)
		a.Name = p.src[a.Start:a.End]
		p.push(a)
	}
	n.Kids = p.take(mark)
	p.accept("=>")
	if p.is("{") {
		n.B = p.braces()
	} else {
		n.B = p.expression(levelAssign)
	}
	return p.close(n)
}

// jsFunction reads function name(…) { … }.
func (p *parser) jsFunction(kind Kind) *Node {
	n := p.at(kind)
	p.accept("*")
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
		p.pos++
	}
	return p.jsCallable(n)
}

// jsCallable reads the parameters and the body of a function.
func (p *parser) jsCallable(n *Node) *Node {
	if p.is("<") {
		p.jsAngles()
	}
	mark := len(p.stack)
	if p.is("(") {
		p.jsParams()
	}
	n.Kids = p.take(mark)
	if p.accept(":") {
		p.jsType()
	}
	if p.is("{") {
		n.B = p.braces()
	} else {
		p.endStatement()
	}
	return p.close(n)
}

// jsParams pushes one Param for each parameter and, behind it, one for each name in its pattern. Decorators are its Kids.
func (p *parser) jsParams() {
	p.accept("(")
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.node(Param, p.cur().start)
		mark := len(p.stack)
		for p.accept("@") {
			p.push(p.expression(levelUnary))
		}
		n.Kids = p.take(mark)
		for p.accept("...") || p.jsModifier() {
		}
		var target *Node
		switch {
		case p.is("{") || p.is("["):
			target = p.jsPattern()
		case p.cur().kind == tokIdent:
			n.Name = p.text(p.cur())
			p.pos++
		}
		p.accept("?")
		if p.accept(":") {
			n.A = p.jsType()
		}
		if p.accept("=") {
			n.B = p.expression(levelCond)
		}
		p.push(p.close(n))
		if target != nil {
			p.jsPatternParams(target)
		}
		if !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
}

func (p *parser) jsPatternParams(target *Node) {
	for _, k := range target.Kids {
		switch {
		case k.Kind == Pair && k.B != nil:
			k = k.B
		case k.Kind == Spread && k.A != nil:
			k = k.A
		}
		switch k.Kind {
		case Ident:
			n := p.node(Param, k.Start)
			n.End, n.Name = k.End, k.Name
			p.push(n)
		case Literal, List:
			p.jsPatternParams(k)
		}
	}
}

func (p *parser) jsModifier() bool {
	if next := p.peek(1); p.cur().kind != tokIdent || next.kind != tokIdent && next.kind != tokString && !p.tokenIs(next, "[") && !p.tokenIs(next, "*") && !p.tokenIs(next, "{") {
		return false
	}
	switch p.text(p.cur()) {
	case "public", "private", "protected", "readonly", "static", "async", "override", "abstract", "get", "set", "declare", "accessor":
		p.pos++
		return true
	}
	return false
}

// jsPattern reads what a declaration binds: a name, or an object or array of names.
func (p *parser) jsPattern() *Node {
	switch {
	case p.is("{"):
		return p.jsObject()
	case p.is("["):
		return p.bracketed(List, "]")
	case p.cur().kind == tokIdent:
		n := p.at(Ident)
		n.Name = p.src[n.Start:n.End]
		return n
	}
	return nil
}

// jsDeclarations reads a = 1, {b, c} = d behind const.
func (p *parser) jsDeclarations() *Node {
	n := p.node(Block, p.cur().start)
	mark := len(p.stack)
	for {
		p.jsInitial(p.jsPattern())
		if !p.accept(",") {
			break
		}
	}
	n.Kids = p.take(mark)
	if len(n.Kids) == 1 {
		return n.Kids[0]
	}
	return p.close(n)
}

// jsInitial reads what follows a declared name and pushes the Decls.
func (p *parser) jsInitial(target *Node) {
	p.accept("!")
	var typ, value *Node
	if p.accept(":") {
		typ = p.jsType()
	}
	if p.accept("=") {
		value = p.expression(levelAssign)
	}
	if target != nil && target.Kind == Ident && typ != nil {
		d := p.node(Decl, target.Start)
		d.Name, d.A, d.B = target.Name, typ, value
		p.push(p.close(d))
		return
	}
	p.jsBind(target, value)
}

// jsBind pushes Decls that give every name in a pattern its part of value, and Imports for what require gives.
func (p *parser) jsBind(target, value *Node) {
	if target == nil {
		return
	}
	if module, member, ok := jsRequired(value); ok {
		p.jsRequire(target, module+member)
		return
	}
	if target.Kind == Ident {
		d := p.node(Decl, target.Start)
		d.Name, d.B = target.Name, value
		p.push(p.close(d))
		return
	}
	if value != nil && value.Kind != Ident && value.Kind != Member { // evaluated once
		d := p.node(Decl, target.Start)
		d.Name, d.B = "{}", value
		p.push(p.close(d))
		value = p.node(Ident, value.Start)
		value.End, value.Name = d.End, d.Name
	}
	for _, k := range target.Kids {
		part := value
		if k.Kind == Pair {
			if k.A != nil && k.A.Kind == Ident && value != nil {
				part = p.node(Member, value.Start)
				part.A, part.Name, part.End = value, k.A.Name, value.End
			}
			k = k.B
		}
		if k != nil && k.Kind == Spread {
			k = k.A
		}
		if k != nil && k.Kind == Assign { // a default
			k = k.A
		}
		if k != nil && (k.Kind == Ident || k.Kind == Literal || k.Kind == List) {
			p.jsBind(k, part)
		}
	}
}

// jsRequired returns the module of require('module') or await import('module'), and the member taken of it.
func jsRequired(n *Node) (module, member string, ok bool) {
	if n != nil && n.Kind == Unary && n.Name == "await" {
		n = n.A
	}
	if n != nil && n.Kind == Member {
		member = "." + n.Name
		n = n.A
	}
	if n == nil || n.Kind != Call || len(n.Kids) != 1 || n.Kids[0].Kind != String || n.A == nil || n.A.Kind != Ident {
		return "", "", false
	}
	return jsModule(n.Kids[0].Name), member, n.A.Name == "require" || n.A.Name == "import"
}

func (p *parser) jsRequire(target *Node, module string) {
	if target.Kind == Ident {
		n := p.node(Import, target.Start)
		n.End, n.Name, n.Local = target.End, module, target.Name
		p.push(n)
		return
	}
	for _, k := range target.Kids {
		if k.Kind == Pair && k.A != nil && k.A.Kind == Ident && k.B != nil {
			p.jsRequire(k.B, module+"."+k.A.Name)
		}
	}
}
