package syntax

// jsOperand reads what only JavaScript has where an operand is expected.
func jsOperand(p *parser) *Node {
	t := p.cur()
	if t.kind == tokPunct {
		switch p.src[t.start] {
		case '{':
			return p.postfix(p.jsObject())
		case '<':
			if t.end-t.start == 1 && (p.peek(1).kind == tokIdent || p.peekIs(1, ">")) {
				if p.lang.Annotated && p.jsGenericArrow() {
					p.jsAngles()
					return p.arrow()
				}
				return p.jsx()
			}
		}
		return nil
	}
	if t.kind != tokIdent {
		return nil
	}
	switch p.text(t) {
	case "function":
		return p.postfix(p.jsFunction(Lambda))
	case "async":
		next := p.peek(1)
		switch {
		case next.newline:
		case p.tokenIs(next, "function"):
			p.pos++
			return p.postfix(p.jsFunction(Lambda))
		case next.kind == tokIdent && p.peekIs(2, "=>"), p.tokenIs(next, "(") && p.arrowFrom(p.pos+1):
			p.pos++
			return p.arrow()
		}
	case "class":
		if next := p.peek(1); next.kind == tokIdent || p.tokenIs(next, "{") {
			return p.jsClass()
		}
	case "void", "delete":
		if next := p.peek(1); next.kind == tokIdent || p.tokenIs(next, "(") {
			n := p.at(Unary)
			n.Name, n.A = p.src[n.Start:n.End], p.expression(levelUnary)
			return p.close(n)
		}
	}
	return nil
}

// jsTrailer reads what only JavaScript has behind an operand: tagged templates, type assertions.
func jsTrailer(p *parser, n *Node) *Node {
	t := p.cur()
	switch {
	case t.kind == tokString && p.src[t.start] == '`' && (n.Kind == Ident || n.Kind == Member || n.Kind == Call):
		c := p.node(Call, n.Start)
		c.A, c.Name = n, "tag"
		mark := len(p.stack)
		text := p.oneString()
		list := p.node(List, text.Start)
		list.End = text.End
		p.push(list)
		for _, k := range text.Kids {
			if k.Kind != String {
				p.push(k)
			}
		}
		c.Kids = p.take(mark)
		return p.close(c)
	case p.lang.Annotated && t.kind == tokIdent && !t.newline && (p.is("as") || p.is("satisfies")):
		p.pos++
		p.jsType()
		n.End = p.lastEnd()
		return n
	}
	return nil
}

// jsObject reads an object literal: Pairs, also for shorthands and methods, and Spreads.
func (p *parser) jsObject() *Node {
	n := p.at(Literal)
	mark := len(p.stack)
	for !p.atEnd() && !p.is("}") {
		before := p.pos
		switch {
		case p.is("..."):
			p.push(p.unary())
		default:
			p.push(p.jsProperty())
		}
		if !p.accept(",") && p.pos == before {
			if c := p.src[p.cur().start]; c == ')' || c == ']' {
				break
			}
			p.pos++
		}
	}
	p.accept("}")
	n.Kids = p.take(mark)
	return p.close(n)
}

func (p *parser) jsProperty() *Node {
	for p.is("async") || p.is("get") || p.is("set") || p.is("*") {
		if next := p.peek(1); p.cur().kind == tokIdent && next.kind != tokIdent && next.kind != tokString && !p.tokenIs(next, "[") && !p.tokenIs(next, "*") {
			break
		}
		p.pos++
	}
	pair := p.node(Pair, p.cur().start)
	switch t := p.cur(); {
	case t.kind == tokIdent || t.kind == tokNumber:
		pair.A = p.at(Ident)
		pair.A.Name = p.src[pair.A.Start:pair.A.End]
	case t.kind == tokString:
		pair.A = p.oneString()
	case p.is("["):
		pair.A = p.bracketed(List, "]")
	default:
		return p.expression(levelAssign)
	}
	switch {
	case p.accept(":"):
		pair.B = p.expression(levelAssign)
	case p.is("(") || p.is("<"):
		pair.B = p.jsCallable(p.node(Lambda, pair.Start))
	case p.accept("="): // a default in a pattern
		p.expression(levelAssign)
		pair.B = pair.A
	default:
		pair.B = pair.A
	}
	return p.close(pair)
}
