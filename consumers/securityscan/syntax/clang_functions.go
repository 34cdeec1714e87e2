package syntax

// matching returns the index of the bracket that closes the one at i, or -1. It looks a bounded way ahead.
func (p *parser) matching(i int) int {
	open := 0
	for n := i; n < len(p.toks) && n < i+400; n++ {
		t := &p.toks[n]
		if t.kind != tokPunct {
			continue
		}
		switch p.src[t.start] {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return n
			}
		case ';', '{', '}':
			return -1
		}
	}
	return -1
}

// bodyAfter returns where the body of a function begins whose parameters end before i, or -1.
func (p *parser) bodyAfter(i int) int {
	for n := i; n < len(p.toks) && n < i+60; n++ {
		t := &p.toks[n]
		switch s := p.text(t); {
		case s == "{":
			return n
		case t.kind == tokIdent && (n > i || s == "const" || s == "noexcept" || s == "override" || s == "throws" || s == "final"):
		case n == i && (s == ":" || s == "->"):
		case n > i && s != ";" && s != "}" && s != "=":
		default:
			return -1
		}
	}
	return -1
}

// prototype reports whether the brackets that end at end hold declarations rather than arguments.
func (p *parser) prototype(end int) bool {
	for i := p.pos + 1; i < end; i++ {
		if p.toks[i].kind == tokIdent && p.toks[i-1].kind == tokIdent || p.toks[i].kind == tokIdent && p.tokenIs(&p.toks[i-1], "&") {
			return true
		}
	}
	return end == p.pos+1
}

// cParams pushes the parameters between the bracket here and the one at end.
func (p *parser) cParams(end int) {
	p.accept("(")
	from := p.pos
	depth := 0
	for i := p.pos; i <= end; i++ {
		switch s := p.text(&p.toks[i]); {
		case i < end && (s == "(" || s == "[" || s == "<"):
			depth++
			continue
		case i < end && (s == ")" || s == "]" || s == ">"):
			depth--
			continue
		case i < end && (s != "," || depth > 0):
			continue
		}
		if name := p.paramName(from, i); name > from {
			n := p.node(Param, p.toks[from].start)
			n.End = p.toks[i-1].end
			n.Name = p.text(&p.toks[name])
			n.A = p.typeText(from, name)
			p.push(n)
		}
		from = i + 1
	}
}

// paramName is the index of the last name of a parameter, before its size or default.
func (p *parser) paramName(from, to int) int {
	name := -1
	for i := from; i < to; i++ {
		if p.toks[i].kind == tokIdent {
			name = i
		} else if p.tokenIs(&p.toks[i], "[") || p.tokenIs(&p.toks[i], "=") {
			break
		}
	}
	return name
}
