package syntax

// Java is read without its imports: a class has the same name everywhere.
var Java = &Language{
	Name: "java", SlashComments: true, Triple: true, CharQuote: true, TypeFirst: true, Generics: true, NewKeyword: true,
	statement: javaStatement, operand: javaOperand, trailer: javaTrailer,
}

func javaStatement(p *parser) *Node {
	if p.is("@") && !p.peekIs(1, "interface") {
		n := p.at(Decorate)
		n.A = p.javaAnnotation()
		n.B = p.statement()
		return p.close(n)
	}
	t := p.cur()
	if t.kind == tokIdent {
		switch s := p.text(t); s {
		case "if", "switch":
			n := p.at(If)
			n.A = p.parens()
			mark := len(p.stack)
			body := p.braces()
			if branches(body) {
				p.stack = append(p.stack, body.Kids...)
			} else {
				p.push(body)
			}
			if p.accept("else") {
				p.push(p.braces())
			}
			n.Kids = p.take(mark)
			return p.close(n)
		case "for", "while", "synchronized":
			if s == "synchronized" && !p.peekIs(1, "(") {
				break
			}
			n := p.at(Loop)
			n.Kids = p.javaHeader()
			n.B = p.braces()
			return p.close(n)
		case "do":
			n := p.at(Loop)
			n.B = p.braces()
			if p.accept("while") {
				n.Kids = p.javaHeader()
			}
			return p.close(n)
		case "try":
			n := p.at(With)
			if p.is("(") {
				n.Kids = p.javaHeader()
			}
			n.B = p.braces()
			return p.close(n)
		case "else", "finally", "catch":
			n := p.at(Try)
			if s == "catch" && p.is("(") {
				p.skip()
			}
			mark := len(p.stack)
			p.push(p.braces())
			n.Kids = p.take(mark)
			return p.close(n)
		case "return", "throw", "yield":
			n := p.at(Return)
			if s == "throw" {
				n.Name = "raise"
			}
			n.A = p.expression(levelAssign)
			p.endStatement()
			return p.close(n)
		case "case", "default":
			if !p.is("default") || p.peekIs(1, ":") || p.peekIs(1, "->") {
				return p.javaCase()
			}
		case "break", "continue", "package", "import":
			for !p.atEnd() && !p.accept(";") && !p.is("}") {
				p.pos++
			}
			return nil
		}
	}
	if p.is("{") {
		return p.braces()
	}
	if n := p.javaDeclaration(); n != nil {
		return n
	}
	n := p.expression(levelAssign)
	if p.is(":") && n != nil && n.Kind == Ident { // label
		p.pos++
	}
	p.endStatement()
	return n
}

// javaAnnotation reads a name with its arguments, behind @.
func (p *parser) javaAnnotation() *Node {
	if p.cur().kind != tokIdent {
		return nil
	}
	n := p.at(Ident)
	n.Name = p.src[n.Start:n.End]
	for p.is(".") && p.peek(1).kind == tokIdent {
		n.Name = p.text(p.peek(1))
		p.pos += 2
	}
	if !p.is("(") {
		return n
	}
	c := p.node(Call, n.Start)
	c.A = n
	p.pos++
	mark := len(p.stack)
	p.elements(")")
	c.Kids = p.take(mark)
	return p.close(c)
}

// javaHeader reads (a; b; c), (T x : xs), (resources) or (condition).
func (p *parser) javaHeader() []*Node {
	if !p.accept("(") {
		return nil
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.javaDeclaration()
		if n == nil {
			n = p.expression(levelAssign)
		}
		p.push(n)
		if !p.accept(";") && !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
	return p.take(mark)
}

// javaCase reads what belongs to a case of either form.
func (p *parser) javaCase() *Node {
	b := p.at(Block)
	b.Name = "case"
	for !p.atEnd() && !p.is(":") && !p.is("->") && !p.is("}") && !p.is(";") {
		p.pos++
	}
	mark := len(p.stack)
	if p.accept("->") {
		p.push(p.statement())
	} else {
		p.accept(":")
		for !p.atEnd() && !p.is("}") && !p.is("case") && !p.is("default") {
			before := p.pos
			p.push(p.statement())
			if p.pos == before {
				p.skip()
			}
		}
	}
	b.Kids = p.take(mark)
	return p.close(b)
}

// javaOperand reads lambdas, anonymous classes, arrays and switches.
func javaOperand(p *parser) *Node {
	t := p.cur()
	switch {
	case t.kind == tokIdent && p.peekIs(1, "->"):
		return p.javaLambda()
	case p.is("("):
		if end := p.closing(p.pos); end >= 0 && p.tokenIs(&p.toks[min(end+1, len(p.toks)-1)], "->") {
			return p.javaLambda()
		}
	case p.is("new"):
		n := p.construct()
		if p.is("{") {
			if n.A != nil && n.A.Kind == Index { // new T[] {…}
				n.B = p.bracketed(List, "}")
			} else {
				n.B = p.braces()
			}
			p.close(n)
		}
		return p.postfix(n)
	case p.is("switch") && p.peekIs(1, "("):
		return javaStatement(p)
	}
	return nil
}

func (p *parser) javaLambda() *Node {
	n := p.node(Lambda, p.cur().start)
	mark := len(p.stack)
	if p.is("(") {
		p.javaParams()
	} else {
		a := p.at(Param)
		a.Name = p.src[a.Start:a.End]
		p.push(a)
	}
	n.Kids = p.take(mark)
	p.accept("->")
	if p.is("{") {
		n.B = p.braces()
	} else {
		n.B = p.expression(levelAssign)
	}
	return p.close(n)
}

// javaTrailer steps over the variable of a pattern: x instanceof T t.
func javaTrailer(p *parser, n *Node) *Node {
	if p.cur().kind == tokIdent && n.Kind == Ident && p.pos > 1 && p.tokenIs(&p.toks[p.pos-2], "instanceof") && p.level(p.cur()) == levelNone {
		p.pos++
		return n
	}
	return nil
}
