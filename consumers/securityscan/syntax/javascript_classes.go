package syntax

// jsClass reads a class; of an interface, an enum or a namespace it reads as much.
func (p *parser) jsClass() *Node {
	typed := false
	for p.is("abstract") || p.is("declare") {
		p.pos++
	}
	if p.is("const") || p.is("function") {
		return p.statement()
	}
	typed = p.is("interface")
	namespace := p.is("namespace") || p.is("module") || p.is("enum")
	n := p.at(Class)
	if p.cur().kind == tokIdent && !p.is("extends") {
		n.Name = p.text(p.cur())
		p.pos++
	}
	for !p.atEnd() && !p.is("{") && !p.is(";") {
		if p.is("<") {
			p.jsAngles()
			continue
		}
		p.pos++
	}
	if typed {
		p.skip()
		return p.close(n)
	}
	mark := len(p.stack)
	if namespace {
		p.push(p.braces())
	} else {
		p.push(p.jsClassBody())
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

func (p *parser) jsClassBody() *Node {
	b := p.node(Block, p.cur().start)
	if !p.accept("{") {
		return b
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is("}") {
		before := p.pos
		if !p.accept(";") && p.enter() {
			p.push(p.jsMember())
			p.leave()
		}
		if p.pos == before {
			p.skip()
		}
	}
	p.accept("}")
	b.Kids = p.take(mark)
	return p.close(b)
}

// jsMember reads a method or a field.
func (p *parser) jsMember() *Node {
	if p.is("@") {
		n := p.at(Decorate)
		n.A = p.expression(levelUnary)
		n.B = p.jsMember()
		return p.close(n)
	}
	start := p.cur().start
	for p.jsModifier() || p.accept("*") {
	}
	if p.is("static") && p.peekIs(1, "{") {
		p.pos++
		return p.braces()
	}
	n := p.node(Func, start)
	switch t := p.cur(); {
	case t.kind == tokIdent || t.kind == tokNumber:
		n.Name = p.text(t)
		p.pos++
	case t.kind == tokString:
		n.Name = p.oneString().Name
	case p.is("["):
		p.skip()
	default:
		return nil
	}
	if !p.accept("?") {
		p.accept("!")
	}
	if p.is("(") || p.is("<") {
		return p.jsCallable(n)
	}
	n.Kind = Decl
	if p.accept(":") {
		n.A = p.jsType()
	}
	if p.accept("=") {
		n.B = p.expression(levelAssign)
	}
	p.endStatement()
	return p.close(n)
}

// jsMethodAhead reports whether a method stands here, outside of a class: name(…) {, with modifiers and types.
func (p *parser) jsMethodAhead() bool {
	pos := p.pos
	defer func() { p.pos = pos }()
	for p.jsModifier() {
	}
	if p.cur().kind != tokIdent {
		return false
	}
	p.pos++
	if p.is("<") && p.lang.Annotated {
		p.jsAngles()
	}
	if !p.is("(") || p.cur().newline {
		return false
	}
	end := p.closing(p.pos)
	if end < 0 {
		return false
	}
	p.pos = end + 1
	if p.is("{") {
		return !p.cur().newline
	}
	if p.lang.Annotated && p.accept(":") {
		p.jsType()
		return p.is("{")
	}
	return false
}
