package syntax

import "strings"

func (p *parser) goImport() *Node {
	b := p.at(Block)
	mark := len(p.stack)
	one := func() {
		n := p.node(Import, p.cur().start)
		if p.cur().kind == tokIdent || p.is(".") {
			n.Local = p.text(p.cur())
			p.pos++
		}
		if p.cur().kind != tokString {
			return
		}
		n.Name = p.oneString().Name
		if n.Local == "" {
			n.Local = n.Name[strings.LastIndexByte(n.Name, '/')+1:]
			if len(n.Local) > 1 && n.Local[0] == 'v' && digit(n.Local[1]) { // a major version
				path := strings.TrimSuffix(n.Name, "/"+n.Local)
				n.Local = path[strings.LastIndexByte(path, '/')+1:]
			}
		}
		p.push(p.close(n))
	}
	if p.accept("(") {
		for !p.atEnd() && !p.is(")") {
			before := p.pos
			one()
			p.accept(";")
			if p.pos == before {
				p.pos++
			}
		}
		p.accept(")")
	} else {
		one()
	}
	b.Kids = p.take(mark)
	return p.close(b)
}

// goDecls reads var, const and type declarations, in brackets or alone.
func (p *parser) goDecls(keyword string) *Node {
	b := p.at(Block)
	mark := len(p.stack)
	one := p.goDecl
	if keyword == "type" {
		one = p.goTypeDecl
	}
	if p.accept("(") {
		for !p.atEnd() && !p.is(")") {
			before := p.pos
			one()
			p.accept(";")
			if p.pos == before {
				p.pos++
			}
		}
		p.accept(")")
	} else {
		one()
	}
	b.Kids = p.take(mark)
	return p.close(b)
}

func (p *parser) goDecl() {
	mark := len(p.stack)
	for p.cur().kind == tokIdent {
		n := p.at(Decl)
		n.Name = p.src[n.Start:n.End]
		p.push(n)
		if !p.accept(",") {
			break
		}
	}
	if len(p.stack) == mark {
		return
	}
	var typ, value *Node
	if !p.is("=") && !p.cur().newline {
		typ = p.goTypeExpr()
	}
	if p.accept("=") {
		value = p.expression(levelCond)
	}
	for i, n := range p.stack[mark:] {
		if i > 0 && p.is(",") && value != nil {
			p.pos++
			value = p.expression(levelCond)
		}
		n.A, n.B = typ, value
		p.close(n)
	}
}

// goFunc reads a function, a method, or, as an expression, a function literal.
func (p *parser) goFunc(kind Kind) *Node {
	n := p.at(kind)
	if kind == Func {
		if p.is("(") {
			mark := len(p.stack)
			p.goParams()
			if r := p.take(mark); len(r) > 0 {
				n.A = r[0]
			}
		}
		if p.cur().kind == tokIdent {
			n.Name = p.text(p.cur())
			p.pos++
		}
		if p.is("[") {
			p.skip()
		}
	}
	mark := len(p.stack)
	if p.is("(") {
		p.goParams()
	}
	n.Kids = p.take(mark)
	header := p.header
	p.header = 0
	if p.is("(") { // results
		p.skip()
	} else if !p.is("{") && !p.cur().newline {
		p.goTypeExpr()
	}
	if p.is("{") {
		n.B = p.braces()
	}
	p.header = header
	return p.close(n)
}

// goParams pushes the parameters. Names without a type of their own get that of the next.
func (p *parser) goParams() {
	p.accept("(")
	mark := len(p.stack)
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.node(Param, p.cur().start)
		next := p.peek(1)
		if p.cur().kind == tokIdent && !p.tokenIs(next, ".") && !p.tokenIs(next, ")") && !p.tokenIs(next, ",") {
			n.Name = p.text(p.cur())
			p.pos++
			n.A = p.goTypeExpr()
		} else if p.cur().kind == tokIdent && !p.tokenIs(next, ".") {
			n.Name = p.text(p.cur())
			p.pos++
		} else {
			n.A = p.goTypeExpr()
		}
		p.push(p.close(n))
		if !p.accept(",") && p.pos == before {
			p.pos++
		}
	}
	p.accept(")")
	var typ *Node
	for i := len(p.stack) - 1; i >= mark; i-- {
		if n := p.stack[i]; n.A != nil {
			typ = n.A
		} else {
			n.A = typ
		}
	}
}
