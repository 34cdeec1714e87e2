package syntax

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
