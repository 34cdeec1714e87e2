package syntax

func (p *parser) pythonDef() *Node {
	t := p.cur()
	n := p.at(Func)
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
		p.pos++
	}
	if p.accept("(") {
		mark := len(p.stack)
		header := p.header
		p.header = 1
		p.pythonParams(")")
		p.header = header
		n.Kids = p.take(mark)
	}
	if p.accept("->") {
		p.expression(levelCond)
	}
	n.B = p.suite(t)
	return p.close(n)
}

func (p *parser) pythonParams(end string) {
	for !p.atEnd() && !p.is(end) {
		before := p.pos
		for p.accept("*") || p.accept("**") || p.accept("/") {
		}
		if p.cur().kind == tokIdent {
			a := p.at(Param)
			a.Name = p.src[a.Start:a.End]
			if end != ":" && p.accept(":") {
				a.A = p.expression(levelCond)
			}
			if p.accept("=") {
				a.B = p.expression(levelCond)
			}
			p.push(p.close(a))
		}
		if !p.accept(",") && p.pos == before {
			p.pos++
		}
	}
	p.accept(end)
}

func (p *parser) pythonLambda() *Node {
	n := p.at(Lambda)
	mark := len(p.stack)
	p.pythonParams(":")
	n.Kids = p.take(mark)
	n.B = p.expression(levelCond)
	return p.close(n)
}

// pythonImport reads both forms into one Import for every name.
func (p *parser) pythonImport() *Node {
	b := p.node(Block, p.cur().start)
	mark := len(p.stack)
	from := ""
	if p.accept("from") {
		from = p.dotted()
	}
	if !p.accept("import") {
		return p.close(b)
	}
	paren := p.accept("(")
	for !p.atEnd() && (paren || !p.cur().newline) && !p.is(")") && !p.is(";") {
		before := p.pos
		n := p.node(Import, p.cur().start)
		n.Name = p.dotted()
		if n.Name == "" {
			p.accept("*")
		}
		last := n.Name
		if from != "" {
			n.Local = last
			n.Name = from + "." + last
		}
		if p.accept("as") && p.cur().kind == tokIdent {
			n.Local = p.text(p.cur())
			p.pos++
		}
		p.push(p.close(n))
		if !p.accept(",") && !paren || p.pos == before {
			break
		}
	}
	p.accept(")")
	b.Kids = p.take(mark)
	return p.close(b)
}

func (p *parser) dotted() string {
	start, end := p.cur().start, p.cur().start
	for !p.atEnd() {
		t := p.cur()
		if t.kind == tokIdent && !pythonKeyword(p.text(t)) || t.kind == tokPunct && p.src[t.start] == '.' {
			if t.start != end {
				break
			}
			end = t.end
			p.pos++
			continue
		}
		break
	}
	return p.src[start:end]
}
