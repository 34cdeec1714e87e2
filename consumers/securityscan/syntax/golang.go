package syntax

func goStatement(p *parser) *Node {
	t := p.cur()
	if t.kind == tokIdent {
		switch s := p.text(t); s {
		case "package":
			p.pos += 2
			return nil
		case "import":
			return p.goImport()
		case "func":
			if p.peek(1).kind == tokIdent || p.peekIs(1, "(") && p.methodAhead() {
				return p.goFunc(Func)
			}
		case "var", "const", "type":
			return p.goDecls(s)
		case "if", "switch", "select":
			return p.goIf()
		case "for":
			n := p.at(Loop)
			mark := len(p.stack)
			p.goHeader()
			n.Kids = p.take(mark)
			n.B = p.braces()
			return p.close(n)
		case "return":
			n := p.at(Return)
			if !p.cur().newline && !p.is("}") {
				n.A = p.goSimple()
			}
			return p.close(n)
		case "go", "defer":
			n := p.at(Unary)
			n.Name = s
			n.A = p.expression(levelCond)
			return p.close(n)
		case "case", "default":
			return p.caseBody()
		case "break", "continue", "goto", "fallthrough":
			p.pos++
			if !p.cur().newline && p.cur().kind == tokIdent {
				p.pos++
			}
			return nil
		}
	}
	if p.is("{") {
		return p.braces()
	}
	n := p.goSimple()
	p.endStatement()
	return n
}

// methodAhead tells func (r T) Name( from func(…) as an expression.
func (p *parser) methodAhead() bool {
	depth := 0
	for i := 1; i < 24; i++ {
		switch p.text(p.peek(i)) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return p.peek(i+1).kind == tokIdent && (p.peekIs(i+2, "(") || p.peekIs(i+2, "["))
			}
		}
	}
	return false
}

// goSimple reads a simple statement.
func (p *parser) goSimple() *Node {
	first := p.expression(levelCond)
	if first == nil {
		return nil
	}
	if p.is(",") {
		n := p.node(List, first.Start)
		mark := len(p.stack)
		p.push(first)
		for p.accept(",") {
			p.push(p.expression(levelCond))
		}
		n.Kids = p.take(mark)
		first = p.close(n)
	}
	if t := p.cur(); p.level(t) == levelAssign {
		n := p.node(Assign, first.Start)
		n.Name, n.A = p.text(t), first
		p.pos++
		if p.accept("range") {
			n.Name = "in"
		}
		n.B = p.goSimple()
		return p.close(n)
	}
	if p.is(":") && first.Kind == Ident { // label
		p.pos++
	}
	return first
}

// goHeader pushes the simple statements before a block.
func (p *parser) goHeader() {
	header := p.header
	p.header = 1
	for !p.atEnd() && !p.is("{") {
		before := p.pos
		p.accept("range")
		p.push(p.goSimple())
		if !p.accept(";") && !p.is("{") || p.pos == before {
			if p.pos == before {
				break
			}
			if p.cur().newline {
				break
			}
		}
	}
	p.header = header
}

func (p *parser) goIf() *Node {
	n := p.at(If)
	b := p.node(Block, n.Start)
	mark := len(p.stack)
	p.goHeader()
	heads := p.take(mark)
	mark = len(p.stack)
	isSwitch := p.text(&p.toks[p.pos-1]) // only for the branch below
	_ = isSwitch
	body := p.braces()
	if cases := branches(body); cases {
		p.stack = append(p.stack, body.Kids...)
	} else {
		p.push(body)
	}
	if p.accept("else") {
		if p.is("if") {
			p.push(p.goIf())
		} else {
			p.push(p.braces())
		}
	}
	n.Kids = p.take(mark)
	switch len(heads) {
	case 0:
	case 1:
		n.A = heads[0]
	default: // if init; cond: what is declared in init is seen outside, which does no harm
		n.A = heads[len(heads)-1]
		b.Kids = append(heads[:len(heads)-1:len(heads)-1], p.close(n))
		return p.close(b)
	}
	return p.close(n)
}

func branches(b *Node) bool {
	if len(b.Kids) == 0 {
		return false
	}
	for _, k := range b.Kids {
		if k.Kind != Block || k.Name != "case" {
			return false
		}
	}
	return true
}

// caseBody reads one case of a switch.
func (p *parser) caseBody() *Node {
	n := p.at(Block)
	n.Name = "case"
	mark := len(p.stack)
	header := p.header
	p.header = 1
	for !p.atEnd() && !p.is(":") && !p.is("}") && !p.is("{") {
		before := p.pos
		if p.lang.NameFirst {
			p.push(p.goSimple())
		} else {
			p.push(p.expression(levelAssign))
		}
		p.accept(",")
		if p.pos == before {
			p.pos++
		}
	}
	p.header = header
	p.accept(":")
	for !p.atEnd() && !p.is("}") && !p.is("case") && !p.is("default") {
		before := p.pos
		p.push(p.statement())
		if p.pos == before {
			p.pos++
		}
	}
	n.Kids = p.take(mark)
	return p.close(n)
}
