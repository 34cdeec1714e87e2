package syntax

// Ruby is read with its calls without parentheses, its blocks, and its modifiers.
var Ruby = &Language{
	Name: "ruby", HashComments: true, Backtick: "template", Interpolation: "#{", IdentChars: "@$", Regex: true, Newlines: true,
	Adjacent: true, BareCalls: true, scan: rubyScan, statement: rubyStatement, operand: rubyOperand, trailer: rubyTrailer,
}

// rubyEnds are the words that end a block without being part of it.
func rubyEnds(s string) bool {
	switch s {
	case "end", "else", "elsif", "when", "in", "rescue", "ensure", "}":
		return true
	}
	return false
}

// rubyBody reads statements up to a word that ends them.
func (p *parser) rubyBody() *Node {
	b := p.node(Block, p.cur().start)
	header := p.header
	p.header = 0
	mark := len(p.stack)
	for !p.atEnd() && (p.cur().kind == tokString || !rubyEnds(p.text(p.cur()))) {
		before := p.pos
		p.push(p.statement())
		if p.pos == before {
			p.skip()
		}
	}
	p.header = header
	b.Kids = p.take(mark)
	return p.close(b)
}

// rubyStatement reads a statement with its modifiers: a if b, a rescue b.
func rubyStatement(p *parser) *Node {
	if p.accept(";") {
		return nil
	}
	n := p.rubyKeyword()
	if n == nil {
		n = p.rubyTuple(p.expression(levelAssign))
	}
	for n != nil && !p.cur().newline && p.cur().kind == tokIdent {
		switch p.text(p.cur()) {
		case "if", "unless", "while", "until":
			c := p.node(If, n.Start)
			p.pos++
			c.A = p.expression(levelAssign)
			mark := len(p.stack)
			p.push(n)
			c.Kids = p.take(mark)
			n = p.close(c)
			continue
		case "rescue":
			p.pos++
			p.expression(levelAssign)
			continue
		}
		break
	}
	p.endStatement()
	return n
}

// rubyTuple reads a, b = c behind a; and a << b as an assignment.
func (p *parser) rubyTuple(n *Node) *Node {
	switch {
	case n == nil:
	case n.Kind == Binary && n.Name == "<<" && (n.A.Kind == Ident || n.A.Kind == Member):
		n.Kind = Assign
	case p.is(",") && (n.Kind == Ident || n.Kind == Member || n.Kind == Index || n.Kind == Unary):
		list := p.node(List, n.Start)
		mark := len(p.stack)
		p.push(n)
		for p.accept(",") {
			p.push(p.expression(levelOr))
		}
		list.Kids = p.take(mark)
		n = p.close(list)
		if p.accept("=") {
			a := p.node(Assign, n.Start)
			a.Name, a.A = "=", n
			a.B = p.expression(levelAssign)
			n = p.close(a)
		}
	}
	return n
}

// rubyKeyword reads a statement that begins with a keyword, or nil.
func (p *parser) rubyKeyword() *Node {
	t := p.cur()
	if t.kind != tokIdent || p.label() {
		return nil
	}
	switch s := p.text(t); s {
	case "if", "unless", "elsif":
		n := p.at(If)
		n.A = p.rubyHeader()
		mark := len(p.stack)
		p.push(p.rubyBody())
		switch {
		case p.is("elsif"):
			p.push(p.rubyKeyword())
		case p.accept("else"):
			p.push(p.rubyBody())
			p.accept("end")
		default:
			p.accept("end")
		}
		n.Kids = p.take(mark)
		return p.close(n)
	case "while", "until", "for":
		n := p.at(Loop)
		mark := len(p.stack)
		if s == "for" {
			a := p.node(Assign, p.cur().start)
			a.Name, a.A = "in", p.rubyTuple(p.expression(levelBitOr))
			p.accept("in")
			a.B = p.rubyHeader()
			p.push(p.close(a))
		} else {
			p.push(p.rubyHeader())
		}
		p.accept("do")
		n.Kids = p.take(mark)
		n.B = p.rubyBody()
		p.accept("end")
		return p.close(n)
	case "case":
		n := p.at(If)
		if !p.cur().newline {
			n.A = p.rubyHeader()
		}
		mark := len(p.stack)
		for p.is("when") || p.is("in") || p.is("else") {
			p.pos++
			for !p.atEnd() && !p.cur().newline && !p.is("then") {
				p.skip()
			}
			p.accept("then")
			p.push(p.rubyBody())
		}
		p.accept("end")
		n.Kids = p.take(mark)
		return p.close(n)
	case "begin":
		n := p.at(Try)
		p.rubyRescued(n)
		return n
	case "rescue", "ensure", "else":
		n := p.at(Try)
		for s == "rescue" && !p.atEnd() && !p.cur().newline && !p.is("then") {
			p.pos++
		}
		p.accept("then")
		mark := len(p.stack)
		p.push(p.rubyBody())
		n.Kids = p.take(mark)
		return p.close(n)
	case "def":
		return p.rubyDef()
	case "class", "module":
		n := p.at(Class)
		if p.cur().kind == tokIdent {
			n.Name = p.text(p.cur())
		}
		for !p.atEnd() && !p.cur().newline && !p.is(";") {
			p.pos++
		}
		mark := len(p.stack)
		p.push(p.rubyBody())
		n.Kids = p.take(mark)
		p.accept("end")
		return p.close(n)
	case "return", "next", "break", "raise":
		n := p.at(Return)
		if s == "raise" {
			n.Name = s
		}
		if next := p.cur(); !next.newline && !p.is("if") && !p.is("unless") && !p.is("}") && !p.is("end") && !p.is(";") {
			n.A = p.expression(levelAssign)
			for p.accept(",") {
				p.expression(levelAssign)
			}
		}
		if s == "next" || s == "break" {
			return n.A
		}
		return p.close(n)
	case "alias", "undef", "redo", "retry":
		p.pos++
		for !p.atEnd() && !p.cur().newline {
			p.pos++
		}
		return nil
	}
	return nil
}

// rubyHeader reads a condition, in which do doesn't begin a block.
func (p *parser) rubyHeader() *Node {
	header := p.header
	p.header = 1
	n := p.expression(levelAssign)
	for n != nil && p.is(",") && !p.cur().newline {
		p.pos++
		p.expression(levelAssign)
	}
	p.header = header
	p.accept("then")
	return n
}

// rubyRescued reads what stands between begin or def and end.
func (p *parser) rubyRescued(n *Node) {
	mark := len(p.stack)
	p.push(p.rubyBody())
	for p.is("rescue") || p.is("ensure") || p.is("else") {
		p.push(p.rubyKeyword())
	}
	p.accept("end")
	n.Kids = p.take(mark)
	p.close(n)
}
