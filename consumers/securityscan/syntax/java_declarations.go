package syntax

func javaModifier(s string) bool {
	switch s {
	case "public", "private", "protected", "static", "final", "abstract", "synchronized", "native", "transient", "volatile",
		"default", "sealed", "strictfp":
		return true
	}
	return false
}

// javaType returns the index behind a type that begins at i, and the index of its last name, or -1.
func (p *parser) javaType(i int) (end, name int) {
	for {
		t := &p.toks[min(i, len(p.toks)-1)]
		if t.kind != tokIdent {
			return -1, -1
		}
		switch p.text(t) {
		case "return", "new", "throw", "else", "case", "instanceof", "assert", "yield", "super", "this":
			return -1, -1
		}
		name = i
		i++
		if p.tokenIs(&p.toks[min(i, len(p.toks)-1)], "<") {
			n := p.genericsEnd(i - p.pos)
			if n < 0 {
				return -1, -1
			}
			i = p.pos + n + 1
		}
		if !p.tokenIs(&p.toks[min(i, len(p.toks)-1)], ".") {
			break
		}
		i++
	}
	for i+1 < len(p.toks) && p.tokenIs(&p.toks[i], "[") && p.tokenIs(&p.toks[i+1], "]") {
		i += 2
	}
	if i < len(p.toks) && p.tokenIs(&p.toks[i], "...") {
		i++
	}
	return i, name
}

// javaTypeNode is a type without its package and parameters: a plain name, or an array of one.
func (p *parser) javaTypeNode(from, name, end int) *Node {
	n := p.node(Ident, p.toks[from].start)
	n.End = p.toks[end-1].end
	n.Name = p.text(&p.toks[name])
	if s := p.text(&p.toks[end-1]); s == "]" || s == "..." {
		n.Kind, n.Name = Type, n.Name+"[]"
	}
	return n
}

// javaDeclaration reads a class, a method or variables. It returns nil, and steps over nothing, where an expression stands.
func (p *parser) javaDeclaration() *Node {
	start := p.pos
	for p.cur().kind == tokIdent && javaModifier(p.text(p.cur())) && !p.peekIs(1, "(") {
		p.pos++
	}
	if p.is("@") && p.pos > start {
		p.pos++
		p.javaAnnotation()
		return p.javaDeclaration()
	}
	if p.is("<") { // <T> T method(…)
		if n := p.genericsEnd(0); n >= 0 {
			p.pos += n + 1
		}
	}
	switch s := p.text(p.cur()); s {
	case "class", "interface", "enum", "record", "@":
		if p.peek(1).kind == tokIdent && !p.peekIs(2, "=") {
			return p.javaClass()
		}
	}
	first := p.pos
	if p.cur().kind == tokIdent && p.peekIs(1, "(") { // a constructor
		if end := p.closing(p.pos + 1); end >= 0 && p.javaBody(end+1) {
			return p.javaMethod(first, nil)
		}
	}
	end, name := p.javaType(p.pos)
	if end < 0 || end >= len(p.toks) || p.toks[end].kind != tokIdent {
		p.pos = start
		if first > start && p.is("static") && p.peekIs(1, "{") {
			p.pos++
			return p.braces()
		}
		return nil
	}
	typ := p.javaTypeNode(first, name, end)
	p.pos = end
	switch next := p.peek(1); {
	case p.tokenIs(next, "("):
		return p.javaMethod(first, typ)
	case p.tokenIs(next, "=") || p.tokenIs(next, ";") || p.tokenIs(next, ",") || p.tokenIs(next, ":") || p.tokenIs(next, "[") || p.tokenIs(next, ")"):
		return p.javaVariables(typ)
	}
	p.pos = start
	return nil
}

// javaBody reports whether a body or a throws clause begins at i.
func (p *parser) javaBody(i int) bool {
	t := &p.toks[min(i, len(p.toks)-1)]
	return p.tokenIs(t, "{") || p.tokenIs(t, "throws")
}

func (p *parser) javaVariables(typ *Node) *Node {
	b := p.node(Block, typ.Start)
	mark := len(p.stack)
	for p.cur().kind == tokIdent {
		d := p.at(Decl)
		d.Name, d.A = p.src[d.Start:d.End], typ
		for p.is("[") {
			p.skip()
		}
		if p.accept("=") || p.accept(":") {
			d.B = p.expression(levelAssign)
		}
		p.push(p.close(d))
		if !p.accept(",") {
			break
		}
	}
	b.Kids = p.take(mark)
	if !p.is(")") && p.header == 0 {
		p.endStatement()
	}
	if len(b.Kids) == 1 {
		return b.Kids[0]
	}
	return p.close(b)
}

// javaMethod reads a method from its name on.
func (p *parser) javaMethod(first int, typ *Node) *Node {
	n := p.node(Func, p.toks[first].start)
	n.Name, n.Local = p.text(p.cur()), ""
	p.pos++
	mark := len(p.stack)
	p.javaParams()
	n.Kids = p.take(mark)
	for !p.atEnd() && !p.is("{") && !p.is(";") && !p.is("}") {
		p.pos++
	}
	if p.is("{") {
		n.B = p.braces()
	} else {
		p.endStatement()
	}
	return p.close(n)
}

// javaParams pushes the parameters in brackets; their annotations are their Kids.
func (p *parser) javaParams() {
	p.accept("(")
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.node(Param, p.cur().start)
		mark := len(p.stack)
		for p.is("@") || p.is("final") {
			if p.accept("@") {
				p.push(p.javaAnnotation())
			} else {
				p.pos++
			}
		}
		n.Kids = p.take(mark)
		if end, name := p.javaType(p.pos); end >= 0 && end < len(p.toks) && p.toks[end].kind == tokIdent {
			n.A = p.javaTypeNode(p.pos, name, end)
			p.pos = end
		}
		if p.cur().kind == tokIdent {
			n.Name = p.text(p.cur())
			p.pos++
			p.push(p.close(n))
		}
		if !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
}

func (p *parser) javaClass() *Node {
	n := p.at(Class)
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
		p.pos++
	}
	mark := len(p.stack)
	if p.is("(") { // a record's components
		p.skip()
	}
	for !p.atEnd() && !p.is("{") && !p.is(";") && !p.is("}") {
		p.pos++
	}
	if p.is("{") {
		p.push(p.braces())
	}
	n.Kids = p.take(mark)
	return p.close(n)
}
