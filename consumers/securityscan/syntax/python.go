package syntax

func pythonKeyword(s string) bool {
	switch s {
	case "if", "else", "elif", "for", "while", "try", "except", "finally", "with", "def", "class", "return", "import", "from",
		"as", "pass", "break", "continue", "in", "is", "and", "or", "raise", "global", "nonlocal", "assert", "del", "async":
		return true
	}
	return false
}

// pythonStatement reads a statement. Blocks are what is indented further than the line they belong to.
func pythonStatement(p *parser) *Node {
	t := p.cur()
	if t.kind == tokIdent {
		s := p.text(t)
		switch s {
		case "if", "elif", "match":
			if s == "match" && !p.softKeyword() {
				break
			}
			n := p.at(If)
			n.A = p.inHeader()
			mark := len(p.stack)
			p.push(p.suite(t))
			for p.cur().newline && p.cur().column == t.column && (p.is("elif") || p.is("else")) {
				if p.is("elif") {
					p.push(p.statement())
					break
				}
				p.pos++
				p.push(p.suite(t))
			}
			n.Kids = p.take(mark)
			return p.close(n)
		case "case":
			if !p.softKeyword() {
				break
			}
			p.pos++
			p.inHeader()
			return p.suite(t)
		case "for", "while":
			n := p.at(Loop)
			mark := len(p.stack)
			if s == "for" {
				a := p.node(Assign, p.cur().start)
				a.Name = "in"
				a.A = p.targets()
				p.accept("in")
				a.B = p.inHeader()
				p.push(p.close(a))
			} else {
				p.push(p.inHeader())
			}
			n.Kids = p.take(mark)
			n.B = p.suite(t)
			return p.close(n)
		case "with":
			n := p.at(With)
			mark := len(p.stack)
			for !p.atEnd() && !p.is(":") {
				before := p.pos
				e := p.expression(levelCond)
				if e != nil && p.accept("as") {
					a := p.node(Assign, e.Start)
					a.Name, a.B = "as", e
					a.A = p.expression(levelUnary)
					e = p.close(a)
				}
				p.push(e)
				if p.pos == before || !p.accept(",") {
					break
				}
			}
			n.Kids = p.take(mark)
			n.B = p.suite(t)
			return p.close(n)
		case "try", "else", "finally", "except":
			n := p.at(Try)
			if s == "except" {
				p.inHeader()
				if p.accept("as") && p.cur().kind == tokIdent {
					p.pos++
				}
			}
			mark := len(p.stack)
			p.push(p.suite(t))
			n.Kids = p.take(mark)
			return p.close(n)
		case "async":
			p.pos++
			return p.statement()
		case "def":
			return p.pythonDef()
		case "class":
			n := p.at(Class)
			if p.cur().kind == tokIdent {
				n.Name = p.text(p.cur())
				p.pos++
			}
			if p.is("(") {
				n.A = p.bracketed(List, ")")
			}
			mark := len(p.stack)
			p.push(p.suite(t))
			n.Kids = p.take(mark)
			return p.close(n)
		case "import", "from":
			return p.pythonImport()
		case "return", "raise":
			n := p.at(Return)
			if !p.cur().newline {
				n.A = p.tuplet()
			}
			if s == "raise" {
				n.Name = "raise"
			}
			return p.close(n)
		case "del", "global", "nonlocal", "assert", "pass", "break", "continue":
			n := p.at(Delete)
			n.Name = s
			mark := len(p.stack)
			if !p.cur().newline {
				p.push(p.tuplet())
			}
			n.Kids = p.take(mark)
			return p.close(n)
		}
	}
	if p.is("@") {
		n := p.at(Decorate)
		n.A = p.expression(levelCond)
		n.B = p.statement()
		return p.close(n)
	}
	n := p.tuplet()
	if n == nil {
		return nil
	}
	if p.is(":") && !p.peek(1).newline && (n.Kind == Ident || n.Kind == Member) { // x: T = v
		p.pos++
		d := p.node(Assign, n.Start)
		d.Name = "="
		d.A = n
		p.expression(levelCond)
		if !p.accept("=") {
			return p.close(d)
		}
		d.B = p.tuplet()
		return p.close(d)
	}
	p.accept(";")
	return n
}

// softKeyword reports whether match or case begins a statement here: it does if its line ends with a colon.
func (p *parser) softKeyword() bool {
	if next := p.peek(1); next.newline || next.kind == tokPunct && p.src[next.start] != '(' && p.src[next.start] != '[' {
		return false
	}
	for i := 1; i < 200; i++ {
		if t := p.peek(i); t.newline {
			return p.peekIs(i-1, ":")
		}
	}
	return false
}

// inHeader reads what stands between a keyword and the colon.
func (p *parser) inHeader() *Node {
	n := p.tuplet()
	for !p.atEnd() && !p.is(":") && !p.cur().newline {
		if p.is("as") {
			return n
		}
		p.pos++
	}
	return n
}

// suite reads the block that belongs to the line of t.
func (p *parser) suite(t *token) *Node {
	b := p.node(Block, p.cur().start)
	p.accept(":")
	mark := len(p.stack)
	indent, line := t.column, p.cur()
	sameLine := !line.newline
	for !p.atEnd() {
		c := p.cur()
		if sameLine {
			if c.newline {
				break
			}
		} else if c.newline && c.column <= indent {
			break
		}
		before := p.pos
		p.push(p.statement())
		if p.pos == before {
			p.pos++
		}
	}
	b.Kids = p.take(mark)
	return p.close(b)
}

// tuplet reads expressions with commas between them, which may be assigned.
func (p *parser) tuplet() *Node {
	first := p.expression(levelCond)
	if first == nil {
		return nil
	}
	if p.is(",") && !p.cur().newline {
		first = p.restOfTuple(first)
	}
	if t := p.cur(); p.level(t) == levelAssign && (!t.newline || p.header > 0) {
		n := p.node(Assign, first.Start)
		n.Name, n.A = p.text(t), first
		p.pos++
		n.B = p.tuplet()
		return p.close(n)
	}
	return first
}

func (p *parser) restOfTuple(first *Node) *Node {
	n := p.node(List, first.Start)
	mark := len(p.stack)
	p.push(first)
	for p.accept(",") {
		if p.cur().newline && p.header == 0 {
			break
		}
		e := p.expression(levelCond)
		if e == nil {
			break
		}
		p.push(e)
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

// targets reads the variables of a loop.
func (p *parser) targets() *Node {
	first := p.expression(levelBitOr)
	if first != nil && p.is(",") {
		n := p.node(List, first.Start)
		mark := len(p.stack)
		p.push(first)
		for p.accept(",") {
			p.push(p.expression(levelBitOr))
		}
		n.Kids = p.take(mark)
		return p.close(n)
	}
	return first
}
