package syntax

import "strings"

// preprocessor steps over a directive, except that it reads #include as a string behind the word include.
func preprocessor(l *lexer) bool {
	if l.src[l.pos] != '#' || !l.line {
		return false
	}
	i := l.pos
	for i < l.limit && l.src[i] != '\n' {
		if l.src[i] == '\\' {
			i++
		}
		i++
	}
	l.pos = min(i, l.limit)
	return true
}

func cStatement(p *parser) *Node {
	t := p.cur()
	if t.kind == tokIdent {
		switch s := p.text(t); s {
		case "if", "switch":
			n := p.at(If)
			p.accept("constexpr")
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
		case "for", "while":
			n := p.at(Loop)
			n.Kids = p.loopHeader()
			if s == "while" && p.is(";") {
				return p.close(n)
			}
			n.B = p.braces()
			return p.close(n)
		case "do":
			n := p.at(Loop)
			n.B = p.braces()
			if p.accept("while") {
				n.Kids = p.loopHeader()
			}
			return p.close(n)
		case "else", "try", "finally", "extern":
			if s == "extern" && p.peek(1).kind != tokString {
				break
			}
			n := p.at(Try)
			if p.cur().kind == tokString {
				p.pos++
			}
			mark := len(p.stack)
			p.push(p.braces())
			n.Kids = p.take(mark)
			return p.close(n)
		case "catch":
			p.pos++
			if p.is("(") {
				p.skip()
			}
			return p.braces()
		case "return", "throw", "co_return":
			n := p.at(Return)
			n.A = p.expression(levelAssign)
			if s == "throw" {
				n.Name = "raise"
			}
			p.endStatement()
			return p.close(n)
		case "case", "default":
			return p.caseBody()
		case "break", "continue":
			p.pos++
			p.endStatement()
			return nil
		case "goto":
			p.pos += 2
			p.endStatement()
			return nil
		case "struct", "class", "union", "enum", "namespace":
			if n := p.cClass(); n != nil {
				return n
			}
		case "typedef", "using", "template":
			for !p.atEnd() && !p.is(";") && !p.is("{") {
				if s == "template" && p.is(">") {
					p.pos++
					return nil
				}
				p.pos++
			}
			return nil
		}
	}
	if p.is("{") {
		return p.braces()
	}
	if n := p.declaration(); n != nil {
		return n
	}
	n := p.expression(levelAssign)
	for n != nil && p.accept(",") {
		p.push(nil)
		p.expression(levelAssign)
	}
	if p.is(":") && n != nil && n.Kind == Ident { // label
		p.pos++
	}
	p.endStatement()
	return n
}

// parens reads ( expression ), or what is before the brace.
func (p *parser) parens() *Node {
	if !p.accept("(") {
		return p.expression(levelAssign)
	}
	n := p.expression(levelAssign)
	for !p.atEnd() && !p.is(")") && !p.is("{") {
		before := p.pos
		if e := p.expression(levelAssign); e != nil {
			n = e
		}
		if p.pos == before {
			p.pos++
		}
	}
	p.accept(")")
	return n
}

// loopHeader reads the header of a loop, in parentheses.
func (p *parser) loopHeader() []*Node {
	mark := len(p.stack)
	if !p.accept("(") {
		return nil
	}
	for !p.atEnd() && !p.is(")") && !p.is("{") {
		before := p.pos
		if n := p.declaration(); n != nil {
			p.push(n)
		} else {
			p.push(p.expression(levelAssign))
		}
		if !p.accept(";") && !p.accept(",") && p.pos == before {
			p.pos++
		}
	}
	p.accept(")")
	return p.take(mark)
}

// cClass reads a class or namespace with a body. It returns nil, and steps over nothing, where there is none.
func (p *parser) cClass() *Node {
	i := 1
	for ; i < 24; i++ {
		t := p.peek(i)
		if t.kind == tokIdent || t.kind == tokPunct && strings.ContainsRune("<>,", rune(p.src[t.start])) || p.tokenIs(t, "::") || p.tokenIs(t, ":") {
			continue
		}
		break
	}
	if !p.peekIs(i, "{") {
		return nil
	}
	n := p.at(Class)
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
	}
	p.pos += i - 1
	mark := len(p.stack)
	p.push(p.braces())
	n.Kids = p.take(mark)
	return p.close(n)
}
