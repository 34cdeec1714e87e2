package syntax

// jsx reads <tag key="v" key={v}>children</tag> as a call of tag: attributes are KeyArgs, expressions among the children
// arguments.
func (p *parser) jsx() *Node {
	if !p.enter() {
		p.skip()
		return nil
	}
	defer p.leave()
	c := p.at(Call)
	c.Name = "jsx"
	if p.cur().kind == tokIdent {
		c.A = p.at(Ident)
		c.A.Name = p.src[c.A.Start:c.A.End]
		for p.is(".") || p.is("-") || p.is(":") {
			p.pos += 2
		}
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is(">") && !p.is("/") {
		before := p.pos
		switch {
		case p.is("{"):
			p.push(p.jsxHole())
		case p.cur().kind == tokIdent:
			k := p.at(KeyArg)
			for p.is("-") || p.is(":") {
				p.pos += 2
			}
			k.Name = p.src[k.Start:p.lastEnd()]
			if p.accept("=") {
				if p.is("{") {
					k.B = p.jsxHole()
				} else if p.cur().kind == tokString {
					k.B = p.oneString()
				}
			}
			p.push(p.close(k))
		}
		if p.pos == before {
			p.pos++
		}
	}
	if p.accept("/") {
		p.accept(">")
		c.Kids = p.take(mark)
		return p.close(c)
	}
	p.accept(">")
	for !p.atEnd() {
		before := p.pos
		switch {
		case p.is("<") && p.peekIs(1, "/"):
			for !p.atEnd() && !p.accept(">") {
				p.pos++
			}
			c.Kids = p.take(mark)
			return p.close(c)
		case p.is("<") && (p.peek(1).kind == tokIdent || p.peekIs(1, ">")):
			p.push(p.jsx())
		case p.is("{"):
			p.push(p.jsxHole())
		case p.is(")") && p.cur().newline, p.is("}"):
			c.Kids = p.take(mark) // the closing tag is missing
			return p.close(c)
		}
		if p.pos == before {
			p.pos++
		}
	}
	c.Kids = p.take(mark)
	return p.close(c)
}

func (p *parser) jsxHole() *Node {
	p.accept("{")
	p.accept("...")
	n := p.expression(levelAssign)
	for !p.atEnd() && !p.accept("}") {
		p.skip()
	}
	return n
}
