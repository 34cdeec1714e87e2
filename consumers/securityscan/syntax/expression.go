package syntax

import "strings"

// expression reads an expression whose operators bind at least as tightly as level. It returns nil, and steps over
// nothing, where none starts.
func (p *parser) expression(level int) *Node {
	if !p.enter() {
		n := p.node(Bad, p.cur().start)
		p.skip()
		return p.close(n)
	}
	defer p.leave()
	left := p.unary()
	if left == nil {
		return nil
	}
	for {
		t := p.cur()
		if t.newline && p.lang.Newlines && p.endsHere(t) {
			return left
		}
		l := p.level(t)
		switch {
		case p.lang.Indented && t.kind == tokIdent && level <= levelCond && p.is("if"):
			left = p.conditional(left)
			continue
		case l == levelNone || l < level:
			return left
		case l == levelCond:
			c := p.node(Cond, left.Start)
			p.pos++
			c.A = left
			mark := len(p.stack)
			if p.accept(":") { // a ?: b
				p.push(left)
			} else {
				p.push(p.expression(levelAssign))
				p.accept(":")
			}
			p.push(p.expression(levelCond))
			c.Kids = p.take(mark)
			left = p.close(c)
			continue
		}
		name := p.text(t)
		p.pos++
		switch {
		case name == "not" && p.accept("in"):
			name = "not in"
		case name == "is" && p.accept("not"):
			name = "is not"
		}
		next := l + 1
		kind := Binary
		if l == levelAssign {
			next, kind = l, Assign
		} else if l == levelPower {
			next = l
		}
		n := p.node(kind, left.Start)
		n.Name, n.A = name, left
		n.B = p.expression(next)
		left = p.close(n)
	}
}

func (p *parser) push(n *Node) {
	if n != nil {
		p.stack = append(p.stack, n)
	}
}

// endsHere reports whether a statement ends before t, the first token of a line.
func (p *parser) endsHere(t *token) bool {
	if p.lang.Indented {
		return p.header == 0
	}
	if t.kind != tokPunct {
		return true
	}
	switch p.src[t.start] {
	case '.', '?', ')', ']', ',', ':':
		return p.lang.NameFirst && p.src[t.start] == '.' && t.end-t.start > 1
	case '*', '&', '-', '+', '<', '^':
		return !p.lang.Arrow // JavaScript ends a statement only where it must
	case '(', '[', '{', '!', '~':
		return true
	}
	return p.lang.NameFirst
}

// conditional reads Python's "a if c else b" behind a.
func (p *parser) conditional(left *Node) *Node {
	n := p.node(Cond, left.Start)
	p.pos++
	n.A = p.expression(levelOr)
	mark := len(p.stack)
	p.push(left)
	if p.accept("else") {
		p.push(p.expression(levelCond))
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

func (p *parser) unary() *Node {
	if p.lang.operand != nil {
		if n := p.lang.operand(p); n != nil {
			return n
		}
	}
	t := p.cur()
	if t.kind == tokPunct {
		s := p.text(t)
		switch s {
		case "!", "-", "+", "~", "&", "*", "&&", "++", "--", "**", "...", "<-", "@", "^":
			n := p.node(Unary, t.start)
			if s == "..." || s == "**" || s == "*" && p.lang.Indented {
				n.Kind = Spread
			}
			n.Name = s
			p.pos++
			n.A = p.expression(levelUnary)
			return p.close(n)
		}
	}
	if t.kind == tokIdent {
		switch s := p.text(t); s {
		case "not", "await", "typeof", "yield", "delete", "throw", "clone", "print", "echo", "sizeof":
			next := p.peek(1)
			operator := s == "not" || s == "await" || s == "yield" || s == "typeof" || (s == "delete" || s == "sizeof") && p.lang.TypeFirst ||
				s == "throw" && !p.lang.Indented || p.lang.DotConcat
			if operator && !(next.kind == tokPunct && strings.ContainsRune("=,.)]};:", rune(p.src[next.start]))) && next.kind != tokEnd {
				n := p.node(Unary, t.start)
				n.Name = s
				p.pos++
				if s == "yield" {
					p.accept("from")
				}
				if s == "delete" && p.is("[") && p.peekIs(1, "]") {
					p.pos += 2
				}
				level := levelUnary
				if s == "not" {
					level = levelNot
				} else if s == "yield" || s == "throw" || s == "print" || s == "echo" {
					level = levelCond
				}
				n.A = p.expression(level)
				return p.close(n)
			}
		case "lambda":
			if p.lang.Indented {
				return p.pythonLambda()
			}
		case "func":
			if p.lang.NameFirst {
				return p.postfix(p.goFunc(Lambda))
			}
		case "new":
			if p.lang.NewKeyword {
				return p.construct()
			}
		}
	}
	return p.postfix(p.primary())
}

// construct reads new T(…).
func (p *parser) construct() *Node {
	start := p.cur().start
	p.pos++
	n := p.postfix(p.primary())
	if n == nil {
		n = p.node(Bad, start)
	}
	if n.Kind != Call { // new T, new T[n]
		c := p.node(Call, start)
		c.A = n
		n = c
	}
	n.Start = start
	n.Name = "new"
	return p.close(n)
}

func (p *parser) primary() *Node {
	t := p.cur()
	switch t.kind {
	case tokEnd:
		return nil
	case tokIdent:
		if p.lang.Indented && pythonKeyword(p.text(t)) {
			return nil
		}
		if p.lang.NameFirst {
			if n := p.goType(); n != nil {
				return n
			}
		}
		if p.lang.Arrow && p.peekIs(1, "=>") {
			return p.arrow()
		}
		n := p.at(Ident)
		n.Name = p.src[n.Start:n.End]
		return n
	case tokNumber:
		n := p.at(Number)
		n.Name = p.src[n.Start:n.End]
		return n
	case tokString:
		return p.stringLiteral()
	}
	switch p.src[t.start] {
	case '(':
		if p.lang.Arrow && p.arrowAhead() {
			return p.arrow()
		}
		if n := p.pointerType(); n != nil {
			return p.cast(n, n)
		}
		n := p.bracketed(List, ")")
		if len(n.Kids) == 1 && !p.tuple(n) {
			inner := n.Kids[0]
			if p.lang.TypeFirst && inner.Kind == Ident || inner.Kind == Type {
				return p.cast(n, inner)
			}
			return inner
		}
		return n
	case '[':
		if p.lang.NameFirst {
			if n := p.goType(); n != nil {
				return n
			}
		}
		return p.bracketed(List, "]")
	case '{':
		if p.lang.NameFirst && p.header > 0 {
			return nil
		}
		return p.bracketed(Literal, "}")
	}
	return nil
}
