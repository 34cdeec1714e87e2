package syntax

// postfix reads members, calls, indexes and literals behind an operand.
func (p *parser) postfix(n *Node) *Node {
	for n != nil {
		if p.lang.trailer != nil {
			if m := p.lang.trailer(p, n); m != nil {
				n = m
				continue
			}
		}
		t := p.cur()
		if t.kind != tokPunct {
			return n
		}
		s := p.text(t)
		if t.newline && p.lang.Newlines && p.endsHere(t) {
			return n
		}
		switch s {
		case ".", "->", "?.", "::", "?->":
			if s == "." && p.lang.DotConcat {
				return n
			}
			name := p.peek(1)
			if name.kind != tokIdent {
				if s == "." && p.lang.NameFirst && p.peekIs(1, "(") { // x.(T)
					p.pos += 2
					p.elementsDropped(")")
					continue
				}
				if s == "?." && (p.peekIs(1, "(") || p.peekIs(1, "[")) {
					p.pos++
					continue
				}
				return n
			}
			m := p.node(Member, n.Start)
			m.A, m.Name = n, p.text(name)
			p.pos += 2
			n = p.close(m)
		case "(":
			c := p.node(Call, n.Start)
			c.A = n
			p.pos++
			mark := len(p.stack)
			p.elements(")")
			c.Kids = p.take(mark)
			n = p.close(c)
		case "[":
			i := p.node(Index, n.Start)
			i.A = n
			p.pos++
			mark := len(p.stack)
			p.elements("]")
			i.Kids = p.take(mark)
			n = p.close(i)
		case "{":
			if !p.lang.Composite || p.header > 0 || !typeLike(n) {
				return n
			}
			c := p.node(Literal, n.Start)
			c.A = n
			p.pos++
			mark := len(p.stack)
			p.elements("}")
			c.Kids = p.take(mark)
			n = p.close(c)
		case "<":
			if !p.lang.Generics || !p.skipGenerics() {
				return n
			}
		case "++", "--":
			u := p.node(Unary, n.Start)
			u.Name, u.A = s, n
			p.pos++
			n = p.close(u)
		case "!":
			if !p.lang.Annotated || t.newline { // TypeScript's x!
				return n
			}
			p.pos++
		default:
			return n
		}
	}
	return n
}

func typeLike(n *Node) bool {
	return n.Kind == Ident || n.Kind == Type || n.Kind == Member && n.A.Kind == Ident || n.Kind == Index && typeLike(n.A)
}

// skipGenerics steps over <T, U> if a call, a name or a member follows.
func (p *parser) skipGenerics() bool {
	open := 0
	for i := 0; i < 24; i++ {
		t := p.peek(i)
		s := p.text(t)
		switch {
		case t.kind == tokIdent, t.kind == tokNumber, s == ",", s == "?", s == "*", s == "&", s == "::", s == ".", s == "[", s == "]", s == "|":
		case s == "<":
			open++
		case s == ">" || s == ">>" || s == ">>>":
			open -= len(s)
		default:
			return false
		}
		if open <= 0 {
			next := p.peek(i + 1)
			if open < 0 || next.kind != tokIdent && next.kind != tokString && !p.tokenIs(next, "(") && !p.tokenIs(next, "::") && !p.tokenIs(next, "{") &&
				!p.tokenIs(next, "[") && !p.tokenIs(next, ")") {
				return false
			}
			p.pos += i + 1
			return true
		}
	}
	return false
}
