package syntax

// phpFunction reads function name(…) use (…): type { … }, named or not.
func (p *parser) phpFunction(kind Kind) *Node {
	n := p.at(kind)
	p.accept("&")
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
		p.pos++
	}
	mark := len(p.stack)
	p.phpParams()
	n.Kids = p.take(mark)
	for !p.atEnd() && !p.is("{") && !p.is(";") && !p.is("=>") && !p.is("}") && !p.is(")") {
		if p.is("(") { // use (…)
			p.skip()
		} else {
			p.pos++
		}
	}
	switch {
	case p.is("{"):
		n.B = p.braces()
	case p.accept("=>"):
		n.B = p.expression(levelAssign)
	default:
		p.phpEnd()
	}
	return p.close(n)
}

func (p *parser) phpParams() {
	if !p.accept("(") {
		return
	}
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.node(Param, p.cur().start)
		for !p.atEnd() && !p.is(",") && !p.is(")") && !p.is("{") && !p.phpVariable() {
			if t := p.cur(); t.kind == tokIdent {
				n.A = p.at(Ident)
				n.A.Name = phpName(p.text(t))
			} else {
				p.pos++
			}
		}
		if p.phpVariable() {
			n.Name = p.text(p.cur())
			p.pos++
			if p.accept("=") {
				n.B = p.expression(levelCond)
			}
			p.push(p.close(n))
		}
		if !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
}

func (p *parser) phpClass() *Node {
	for !p.is("class") && !p.is("interface") && !p.is("trait") && !p.is("enum") && !p.is("function") && !p.atEnd() && !p.is("{") {
		p.pos++
	}
	if p.is("function") {
		return p.phpFunction(Func)
	}
	n := p.at(Class)
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
	}
	for !p.atEnd() && !p.is("{") && !p.is(";") {
		p.pos++
	}
	mark := len(p.stack)
	if p.is("{") {
		p.push(p.braces())
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

// phpMember reads a method, property or constant behind its modifiers.
func (p *parser) phpMember() *Node {
	start := p.pos
	for !p.atEnd() && !p.is("function") && !p.phpVariable() && !p.is("=") && !p.is(";") && !p.is("(") && !p.is("::") {
		p.pos++
	}
	switch {
	case p.is("function"):
		return p.phpFunction(Func)
	case p.phpVariable() || p.is("="):
		if p.is("=") {
			p.pos--
		}
		d := p.at(Decl)
		d.Name = p.src[d.Start:d.End]
		if p.accept("=") {
			d.B = p.expression(levelAssign)
		}
		p.phpEnd()
		return p.close(d)
	}
	p.pos = start // static::call()
	n := p.expression(levelAssign)
	p.phpEnd()
	return n
}
