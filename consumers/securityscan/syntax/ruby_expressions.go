package syntax

import "strings"

// rubyOperand reads what only Ruby has where an operand is expected.
func rubyOperand(p *parser) *Node {
	t := p.cur()
	switch t.kind {
	case tokString:
		if int(t.start) >= len(p.src) { // a heredoc that the text ends before
			break
		}
		if c := p.src[t.start]; c == '`' || c == '%' && strings.HasPrefix(p.src[t.start:], "%x") {
			c := p.node(Call, t.start)
			c.A = p.node(Ident, t.start)
			c.A.Name = "`"
			mark := len(p.stack)
			p.push(p.oneString())
			c.Kids = p.take(mark)
			return p.postfix(p.close(c))
		}
	case tokPunct:
		switch {
		case p.is("->"):
			n := p.at(Lambda)
			mark := len(p.stack)
			if p.accept("(") {
				p.rubyParams(")")
			} else {
				for p.cur().kind == tokIdent && !p.is("do") {
					a := p.at(Param)
					a.Name = p.src[a.Start:a.End]
					p.push(a)
					p.accept(",")
				}
			}
			n.Kids = p.take(mark)
			p.rubyBlockBody(n)
			return p.postfix(n)
		case p.is("::"):
			p.pos++
			return p.unary()
		}
	case tokIdent:
		if p.label() {
			n := p.at(Ident)
			n.Name = p.src[n.Start:n.End]
			return n
		}
		switch p.text(t) {
		case "if", "unless", "case", "begin", "while", "until", "def":
			return p.postfix(p.rubyKeyword())
		case "end", "then", "do", "elsif", "else", "when", "rescue", "ensure", "and", "or":
			return nil
		}
	}
	return nil
}

// rubyTrailer reads blocks, &. and arguments without parentheses.
func rubyTrailer(p *parser, n *Node) *Node {
	t := p.cur()
	if t.kind == tokPunct && p.is("&") && p.peekIs(1, ".") && p.peek(1).start == t.end && p.peek(2).kind == tokIdent {
		m := p.node(Member, n.Start)
		m.A, m.Name = n, p.text(p.peek(2))
		p.pos += 3
		return p.close(m)
	}
	if t.newline || n.Kind != Ident && n.Kind != Member && n.Kind != Call {
		return nil
	}
	switch {
	case p.is("{") && n.Kind != Call || p.is("{") && n.End == p.lastEnd():
		return p.rubyBlock(n)
	case p.is("do") && t.kind == tokIdent && p.header == 0:
		return p.rubyBlock(n)
	case n.Kind != Call && p.rubyArgumentAhead(n):
		c := p.node(Call, n.Start)
		c.A = n
		header := p.header
		p.header = 1
		mark := len(p.stack)
		for {
			before := p.pos
			p.push(p.element())
			if p.pos == before || !p.is(",") {
				break
			}
			p.pos++
		}
		c.Kids = p.take(mark)
		p.header = header
		return p.close(c)
	}
	return nil
}

// rubyArgumentAhead reports whether an argument without parentheses stands behind n.
func (p *parser) rubyArgumentAhead(n *Node) bool {
	t := p.cur()
	if t.start == p.lastEnd() {
		return false
	}
	if n.Kind == Ident {
		switch c := n.Name[0]; {
		case c >= 'A' && c <= 'Z', c == '@', c == '$', n.Name == "self", n.Name == "nil", n.Name == "true", n.Name == "false":
			return false
		}
		if p.pos > 1 && p.label0(p.pos-1) {
			return false
		}
	}
	switch t.kind {
	case tokString:
		return true
	case tokNumber:
		return true
	case tokIdent:
		switch p.text(t) {
		case "if", "unless", "while", "until", "rescue", "and", "or", "do", "then", "in", "end", "else", "elsif", "when", "ensure":
			return p.label()
		}
		return true
	case tokPunct:
		spaced := p.peek(1).start > t.end
		switch s := p.text(t); s {
		case "[", "*", "&", "-", "**", ":", "::":
			return !spaced
		case "->", "!":
			return true
		}
	}
	return false
}
