package syntax

import "strings"

// goTypeDecl reads a type: a Class whose body declares the fields, or a Decl without a value.
func (p *parser) goTypeDecl() {
	if p.cur().kind != tokIdent {
		return
	}
	n := p.at(Class)
	n.Name = p.src[n.Start:n.End]
	if p.is("[") && p.peek(1).kind == tokIdent && p.peek(2).kind == tokIdent { // type parameters
		p.skip()
	}
	p.accept("=")
	mark := len(p.stack)
	if p.accept("struct") {
		p.push(p.goFields())
	} else {
		n.A = p.goTypeExpr()
	}
	n.Kids = p.take(mark)
	p.push(p.close(n))
}

func (p *parser) goFields() *Node {
	b := p.node(Block, p.cur().start)
	mark := len(p.stack)
	if !p.accept("{") {
		return b
	}
	for !p.atEnd() && !p.is("}") {
		before := p.pos
		from := len(p.stack)
		for p.cur().kind == tokIdent && (p.peek(1).kind != tokPunct || !p.peekIs(1, ".")) {
			d := p.at(Decl)
			d.Name = p.src[d.Start:d.End]
			p.push(d)
			if !p.accept(",") {
				break
			}
		}
		var typ, tag *Node
		if !p.cur().newline || len(p.stack) == from {
			typ = p.goTypeExpr()
		}
		if p.cur().kind == tokString && !p.cur().newline {
			tag = p.oneString()
		}
		for _, d := range p.stack[from:] {
			d.A, d.B = typ, tag
			p.close(d)
		}
		p.accept(";")
		if p.pos == before {
			p.skip()
		}
	}
	p.accept("}")
	b.Kids = p.take(mark)
	return p.close(b)
}

// goType reads a type that can't be mistaken for another expression, as in []byte(x), or returns nil.
func (p *parser) goType() *Node {
	switch {
	case p.is("[") && (p.peekIs(1, "]") || p.peekIs(1, "...") || p.peekIs(2, "]") && p.peek(3).kind != tokPunct):
	case p.is("map") && p.peekIs(1, "["), p.is("chan") && p.peek(1).kind == tokIdent, p.is("struct") && p.peekIs(1, "{"),
		p.is("interface") && p.peekIs(1, "{"):
	default:
		return nil
	}
	return p.goTypeExpr()
}

// goTypeExpr reads a type: an Ident or Member for a plain name, behind stars or not, else a Type.
func (p *parser) goTypeExpr() *Node {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	start := p.cur().start
	plain := true
	for p.accept("*") || p.accept("...") || p.accept("<-") {
	}
	switch {
	case p.is("["):
		plain = false
		p.skip()
		p.goTypeExpr()
	case p.is("map"):
		plain = false
		p.pos++
		p.skip()
		p.goTypeExpr()
	case p.is("chan"):
		plain = false
		p.pos++
		p.goTypeExpr()
	case p.is("func"):
		plain = false
		p.pos++
		p.skip()
		if p.is("(") {
			p.skip()
		} else if p.cur().kind == tokIdent && !p.cur().newline || p.is("*") || p.is("[") {
			p.goTypeExpr()
		}
	case p.is("struct"), p.is("interface"):
		plain = false
		p.pos++
		if p.is("{") {
			p.skip()
		}
	case p.is("("):
		plain = false
		p.skip()
	case p.cur().kind == tokIdent:
		n := p.at(Ident)
		n.Name = p.src[n.Start:n.End]
		for p.is(".") && p.peek(1).kind == tokIdent {
			m := p.node(Member, n.Start)
			m.A, m.Name = n, p.text(p.peek(1))
			p.pos += 2
			n = p.close(m)
		}
		if p.is("[") && !p.cur().newline && p.peek(1).kind == tokIdent {
			p.skip()
		}
		return n
	default:
		return nil
	}
	_ = plain
	n := p.node(Type, start)
	p.close(n)
	n.Name = strings.Join(strings.Fields(p.src[n.Start:n.End]), "")
	return n
}
