package syntax

// tuple reports whether the list of one element, just read, ends with a comma.
func (p *parser) tuple(*Node) bool {
	return p.lang.Indented && p.pos >= 2 && p.tokenIs(&p.toks[p.pos-2], ",")
}

// cast reads (T)x as a call of T.
func (p *parser) cast(list, of *Node) *Node {
	t := p.cur()
	if t.kind != tokIdent && t.kind != tokNumber && t.kind != tokString && !p.is("(") || t.newline {
		return of
	}
	n := p.node(Call, list.Start)
	n.A = of
	mark := len(p.stack)
	p.push(p.unary())
	n.Kids = p.take(mark)
	return p.close(n)
}

// bracketed reads a list of expressions up to the closing bracket.
func (p *parser) bracketed(kind Kind, end string) *Node {
	n := p.at(kind)
	mark := len(p.stack)
	p.elements(end)
	n.Kids = p.take(mark)
	return p.close(n)
}

// elements reads arguments or elements, steps over the closing bracket and leaves the nodes on the stack.
func (p *parser) elements(end string) {
	header := p.header
	p.header = 0
	if p.lang.Indented {
		p.header = 1 // lines don't end statements inside brackets
	}
	for !p.atEnd() && !p.is(end) {
		before := p.pos
		p.push(p.element())
		if p.lang.Indented && (p.is("for") || p.is("async")) {
			p.comprehension()
		}
		if p.pos == before {
			if c := p.src[p.cur().start]; c == ')' || c == ']' || c == '}' {
				break // the bracket of somebody else
			}
			p.pos++
		}
		if !p.accept(",") && p.is(";") {
			p.pos++
		}
	}
	p.accept(end)
	p.header = header
}

// comprehension reads "for x in y if c" behind an element: the element is a Loop's body.
func (p *parser) comprehension() {
	body := p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
	n := p.node(Loop, body.Start)
	n.B = body
	mark := len(p.stack)
	for p.accept("async") || p.is("for") || p.is("if") {
		if p.accept("for") {
			a := p.node(Assign, p.cur().start)
			a.Name = "in"
			a.A = p.targets()
			p.accept("in")
			a.B = p.expression(levelOr)
			p.push(p.close(a))
		} else if p.accept("if") {
			p.push(p.expression(levelOr))
		}
	}
	n.Kids = p.take(mark)
	p.push(p.close(n))
}

// element reads an argument or an element: key: value, name=value, ...spread or an expression.
func (p *parser) element() *Node {
	t := p.cur()
	if t.kind == tokIdent && p.peekIs(1, "=") && !p.lang.NameFirst && !p.lang.DotConcat {
		n := p.node(KeyArg, t.start)
		n.Name = p.text(t)
		p.pos += 2
		n.B = p.expression(levelCond)
		return p.close(n)
	}
	key := p.expression(levelAssign)
	if key == nil {
		return nil
	}
	if p.is(":") || p.is("=>") {
		n := p.node(Pair, key.Start)
		p.pos++
		n.A = key
		n.B = p.expression(levelAssign)
		return p.close(n)
	}
	return key
}

func (p *parser) elementsDropped(end string) {
	mark := len(p.stack)
	p.elements(end)
	p.stack = p.stack[:mark]
}
