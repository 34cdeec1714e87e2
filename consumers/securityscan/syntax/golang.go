package syntax

import "strings"

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
