package syntax

import "strings"

// Ruby is read with its calls without parentheses, its blocks, and its modifiers.
var Ruby = &Language{
	Name: "ruby", HashComments: true, Backtick: "template", Interpolation: "#{", IdentChars: "@$", Regex: true, Newlines: true,
	Adjacent: true, BareCalls: true, scan: rubyScan, statement: rubyStatement, operand: rubyOperand, trailer: rubyTrailer,
}

// rubyEnds are the words that end a block without being part of it.
func rubyEnds(s string) bool {
	switch s {
	case "end", "else", "elsif", "when", "in", "rescue", "ensure", "}":
		return true
	}
	return false
}

// rubyBody reads statements up to a word that ends them.
func (p *parser) rubyBody() *Node {
	b := p.node(Block, p.cur().start)
	header := p.header
	p.header = 0
	mark := len(p.stack)
	for !p.atEnd() && (p.cur().kind == tokString || !rubyEnds(p.text(p.cur()))) {
		before := p.pos
		p.push(p.statement())
		if p.pos == before {
			p.skip()
		}
	}
	p.header = header
	b.Kids = p.take(mark)
	return p.close(b)
}

// rubyStatement reads a statement with its modifiers: a if b, a rescue b.
func rubyStatement(p *parser) *Node {
	if p.accept(";") {
		return nil
	}
	n := p.rubyKeyword()
	if n == nil {
		n = p.rubyTuple(p.expression(levelAssign))
	}
	for n != nil && !p.cur().newline && p.cur().kind == tokIdent {
		switch p.text(p.cur()) {
		case "if", "unless", "while", "until":
			c := p.node(If, n.Start)
			p.pos++
			c.A = p.expression(levelAssign)
			mark := len(p.stack)
			p.push(n)
			c.Kids = p.take(mark)
			n = p.close(c)
			continue
		case "rescue":
			p.pos++
			p.expression(levelAssign)
			continue
		}
		break
	}
	p.endStatement()
	return n
}

// rubyTuple reads a, b = c behind a; and a << b as an assignment.
func (p *parser) rubyTuple(n *Node) *Node {
	switch {
	case n == nil:
	case n.Kind == Binary && n.Name == "<<" && (n.A.Kind == Ident || n.A.Kind == Member):
		n.Kind = Assign
	case p.is(",") && (n.Kind == Ident || n.Kind == Member || n.Kind == Index || n.Kind == Unary):
		list := p.node(List, n.Start)
		mark := len(p.stack)
		p.push(n)
		for p.accept(",") {
			p.push(p.expression(levelOr))
		}
		list.Kids = p.take(mark)
		n = p.close(list)
		if p.accept("=") {
			a := p.node(Assign, n.Start)
			a.Name, a.A = "=", n
			a.B = p.expression(levelAssign)
			n = p.close(a)
		}
	}
	return n
}

// rubyKeyword reads a statement that begins with a keyword, or nil.
func (p *parser) rubyKeyword() *Node {
	t := p.cur()
	if t.kind != tokIdent || p.label() {
		return nil
	}
	switch s := p.text(t); s {
	case "if", "unless", "elsif":
		n := p.at(If)
		n.A = p.rubyHeader()
		mark := len(p.stack)
		p.push(p.rubyBody())
		switch {
		case p.is("elsif"):
			p.push(p.rubyKeyword())
		case p.accept("else"):
			p.push(p.rubyBody())
			p.accept("end")
		default:
			p.accept("end")
		}
		n.Kids = p.take(mark)
		return p.close(n)
	case "while", "until", "for":
		n := p.at(Loop)
		mark := len(p.stack)
		if s == "for" {
			a := p.node(Assign, p.cur().start)
			a.Name, a.A = "in", p.rubyTuple(p.expression(levelBitOr))
			p.accept("in")
			a.B = p.rubyHeader()
			p.push(p.close(a))
		} else {
			p.push(p.rubyHeader())
		}
		p.accept("do")
		n.Kids = p.take(mark)
		n.B = p.rubyBody()
		p.accept("end")
		return p.close(n)
	case "case":
		n := p.at(If)
		if !p.cur().newline {
			n.A = p.rubyHeader()
		}
		mark := len(p.stack)
		for p.is("when") || p.is("in") || p.is("else") {
			p.pos++
			for !p.atEnd() && !p.cur().newline && !p.is("then") {
				p.skip()
			}
			p.accept("then")
			p.push(p.rubyBody())
		}
		p.accept("end")
		n.Kids = p.take(mark)
		return p.close(n)
	case "begin":
		n := p.at(Try)
		p.rubyRescued(n)
		return n
	case "rescue", "ensure", "else":
		n := p.at(Try)
		for s == "rescue" && !p.atEnd() && !p.cur().newline && !p.is("then") {
			p.pos++
		}
		p.accept("then")
		mark := len(p.stack)
		p.push(p.rubyBody())
		n.Kids = p.take(mark)
		return p.close(n)
	case "def":
		return p.rubyDef()
	case "class", "module":
		n := p.at(Class)
		if p.cur().kind == tokIdent {
			n.Name = p.text(p.cur())
		}
		for !p.atEnd() && !p.cur().newline && !p.is(";") {
			p.pos++
		}
		mark := len(p.stack)
		p.push(p.rubyBody())
		n.Kids = p.take(mark)
		p.accept("end")
		return p.close(n)
	case "return", "next", "break", "raise":
		n := p.at(Return)
		if s == "raise" {
			n.Name = s
		}
		if next := p.cur(); !next.newline && !p.is("if") && !p.is("unless") && !p.is("}") && !p.is("end") && !p.is(";") {
			n.A = p.expression(levelAssign)
			for p.accept(",") {
				p.expression(levelAssign)
			}
		}
		if s == "next" || s == "break" {
			return n.A
		}
		return p.close(n)
	case "alias", "undef", "redo", "retry":
		p.pos++
		for !p.atEnd() && !p.cur().newline {
			p.pos++
		}
		return nil
	}
	return nil
}

// rubyHeader reads a condition, in which do doesn't begin a block.
func (p *parser) rubyHeader() *Node {
	header := p.header
	p.header = 1
	n := p.expression(levelAssign)
	for n != nil && p.is(",") && !p.cur().newline {
		p.pos++
		p.expression(levelAssign)
	}
	p.header = header
	p.accept("then")
	return n
}

// rubyRescued reads what stands between begin or def and end.
func (p *parser) rubyRescued(n *Node) {
	mark := len(p.stack)
	p.push(p.rubyBody())
	for p.is("rescue") || p.is("ensure") || p.is("else") {
		p.push(p.rubyKeyword())
	}
	p.accept("end")
	n.Kids = p.take(mark)
	p.close(n)
}

func (p *parser) rubyDef() *Node {
	n := p.at(Func)
	for p.peekIs(1, ".") { // self.
		p.pos += 2
	}
	if !p.atEnd() {
		n.Name = p.text(p.cur())
		if p.cur().kind == tokPunct && !p.is("(") { // an operator
			for !p.atEnd() && !p.is("(") && !p.cur().newline {
				p.pos++
			}
		} else {
			p.pos++
		}
	}
	if p.is("=") && p.cur().start == p.lastEnd() { // a setter
		p.pos++
	}
	mark := len(p.stack)
	switch {
	case p.accept("("):
		p.rubyParams(")")
	case !p.cur().newline && !p.is("=") && !p.is(";"):
		p.rubyParams("")
	}
	n.Kids = p.take(mark)
	if p.is("=") && !p.cur().newline {
		p.pos++
		n.B = p.expression(levelAssign)
		return p.close(n)
	}
	body := p.node(Block, p.cur().start)
	p.rubyRescued(body)
	n.B = body
	return p.close(n)
}

// rubyParams pushes the parameters up to end, or up to the end of the line.
func (p *parser) rubyParams(end string) {
	for !p.atEnd() && !(end != "" && p.is(end)) && !(end == "" && p.cur().newline) {
		before := p.pos
		for p.is("*") || p.is("**") || p.is("&") || p.is("(") || p.is(")") && end == "|" || p.is("...") {
			p.pos++
		}
		if p.cur().kind == tokIdent {
			a := p.at(Param)
			a.Name = p.src[a.Start:a.End]
			if p.accept(":") || p.accept("=") {
				if !p.is(",") && !p.is(end) && !p.cur().newline {
					level := levelCond
					if end == "|" {
						level = levelBitXor
					}
					a.B = p.expression(level)
				}
			}
			p.push(p.close(a))
		}
		if !p.accept(",") && p.pos == before {
			p.pos++
		}
	}
	if end != "" {
		p.accept(end)
	}
}

// label reports whether an identifier is the key of an argument: name: value.
func (p *parser) label() bool {
	next := p.peek(1)
	return p.tokenIs(next, ":") && next.start == p.cur().end
}

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

// label0 reports whether the token at i is the key of an argument.
func (p *parser) label0(i int) bool {
	return i+1 < len(p.toks) && p.tokenIs(&p.toks[i+1], ":") && p.toks[i+1].start == p.toks[i].end
}

// rubyBlock reads a block as one more argument of a call.
func (p *parser) rubyBlock(n *Node) *Node {
	if n.Kind != Call {
		c := p.node(Call, n.Start)
		c.A = n
		n = c
	}
	block := p.node(Lambda, p.cur().start)
	p.rubyBlockBody(block)
	mark := len(p.stack)
	p.stack = append(p.stack, n.Kids...)
	p.push(block)
	n.Kids = p.take(mark)
	return p.close(n)
}

// rubyBlockBody reads { |params| statements } or do |params| statements end.
func (p *parser) rubyBlockBody(n *Node) {
	end := "end"
	if p.accept("{") {
		end = "}"
	} else if !p.accept("do") {
		return
	}
	if p.accept("|") {
		mark := len(p.stack)
		p.rubyParams("|")
		n.Kids = append(n.Kids, p.take(mark)...)
	}
	body := p.node(Block, p.cur().start)
	mark := len(p.stack)
	p.push(p.rubyBody())
	for p.is("rescue") || p.is("ensure") || p.is("else") {
		p.push(p.rubyKeyword())
	}
	body.Kids = p.take(mark)
	n.B = p.close(body)
	p.accept(end)
	p.close(n)
}
