package syntax

// declaration reads "T a = 1, *b;", "T f(U x) { … }" or "T a(args);". It returns nil, and steps over nothing, where
// an expression stands instead.
func (p *parser) declaration() *Node {
	start := p.pos
	name, ok := p.declarator()
	if !ok {
		return nil
	}
	next := p.peek(name + 1)
	typ := p.typeText(start, start+name)
	switch {
	case p.tokenIs(next, "("):
		end := p.matching(start + name + 1)
		if end < 0 {
			return nil
		}
		after := p.bodyAfter(end + 1)
		if after < 0 {
			if typ == nil || !p.lang.Generics {
				return nil
			}
			p.pos = start + name
			d := p.at(Decl) // T a(args);
			d.Name = p.src[d.Start:d.End]
			d.A = typ
			if p.prototype(end) {
				p.pos = end + 1
				p.endStatement()
				return p.close(d)
			}
			c := p.node(Call, d.Start)
			c.A = typ
			p.pos++
			mark := len(p.stack)
			p.elements(")")
			c.Kids = p.take(mark)
			d.B = p.close(c)
			p.endStatement()
			return p.close(d)
		}
		n := p.node(Func, p.toks[start].start)
		n.Name = p.text(&p.toks[start+name])
		p.pos = start + name + 1
		mark := len(p.stack)
		p.cParams(end)
		n.Kids = p.take(mark)
		p.pos = after
		n.B = p.braces()
		return p.close(n)
	case typ == nil:
		return nil
	}
	p.pos = start + name
	mark := len(p.stack)
	for {
		for p.accept("*") || p.accept("&") || p.accept("const") {
		}
		if p.cur().kind != tokIdent {
			break
		}
		d := p.at(Decl)
		d.Name = p.src[d.Start:d.End]
		d.A = typ
		for p.is("[") {
			size := p.bracketed(List, "]")
			d.Kids = append(d.Kids, size)
		}
		if p.accept("=") || p.accept(":") {
			d.B = p.expression(levelAssign)
		} else if p.is("{") {
			d.B = p.bracketed(Literal, "}")
		}
		p.push(p.close(d))
		if !p.accept(",") {
			break
		}
	}
	decls := p.take(mark)
	if !p.is(")") {
		p.endStatement()
	}
	if len(decls) == 1 {
		return decls[0]
	}
	b := p.node(Block, p.toks[start].start)
	b.Kids = decls
	return p.close(b)
}

// declarator returns how far ahead the declared name is, if what stands here looks like "type name".
func (p *parser) declarator() (int, bool) {
	idents, last := 0, -1
	stars := false
	for i := 0; i < 40; i++ {
		t := p.peek(i)
		switch s := p.text(t); {
		case t.kind == tokIdent:
			switch s {
			case "return", "sizeof", "new", "delete", "else", "case", "goto", "throw":
				return 0, false
			case "await", "in", "instanceof":
				if !p.lang.inC() {
					return 0, false
				}
			case "operator":
				return 0, false
			}
			idents++
			last = i
		case t.kind == tokPunct && (s == "*" || s == "&" || s == "&&"):
			if last != i-1 && !stars || idents == 0 {
				return 0, false
			}
			stars = true
		case s == "::" || s == "~":
			if s == "::" && idents > 0 {
				idents--
			}
		case s == "<" && p.lang.Generics && last == i-1 && idents > 0:
			n := p.genericsEnd(i)
			if n < 0 {
				return 0, false
			}
			i = n
		case s == "[" && p.lang.Annotated, s == "." && p.lang.NewKeyword && !p.lang.Adjacent:
			return 0, false
		case s == "(":
			return last, last >= 0 && last == i-1 && idents >= 1
		case s == "=" || s == ";" || s == "," || s == "[" || s == ":" || s == ")" || s == "{":
			return last, idents >= 2 && last == i-1
		default:
			return 0, false
		}
	}
	return 0, false
}

// genericsEnd returns how far ahead the bracket < at i is closed, or -1.
func (p *parser) genericsEnd(i int) int {
	open := 0
	for n := i; n < i+24; n++ {
		t := p.peek(n)
		switch s := p.text(t); {
		case s == "<":
			open++
		case s == ">" || s == ">>":
			if open -= len(s); open <= 0 {
				return n
			}
		case t.kind == tokIdent, t.kind == tokNumber, s == ",", s == "::", s == "*", s == "&", s == "?", s == ".", s == "[", s == "]":
		default:
			return -1
		}
	}
	return -1
}

// inC reports whether the language is C or C++, where in and is are names like others.
func (l *Language) inC() bool { return l.TypeFirst && l.Adjacent }

// pointerType reads (T *), which stands before what it converts. It returns nil, and steps over nothing, where something else
// stands in the brackets.
func (p *parser) pointerType() *Node {
	if !p.lang.inC() {
		return nil
	}
	i := 1
	for i < maxPointer && (p.peek(i).kind == tokIdent || p.peekIs(i, "::")) {
		i++
	}
	name := i
	for i < maxPointer && (p.peekIs(i, "*") || i > name && p.peekIs(i, "const")) {
		i++
	}
	if name == 1 || i == name || !p.peekIs(i, ")") {
		return nil
	}
	text := p.src[p.peek(1).start:p.peek(i-1).end]
	n := p.at(Type) // steps over the bracket
	n.Name = text
	p.pos += i
	return p.close(n)
}

// maxPointer bounds how far ahead a type is looked for.
const maxPointer = 16

// typeText is the type that the tokens from start to before name spell, or nil if there are none.
func (p *parser) typeText(start, name int) *Node {
	from := start
	for from < name {
		switch p.text(&p.toks[from]) {
		case "const", "static", "struct", "unsigned", "signed", "inline", "extern", "register", "volatile", "final", "public",
			"private", "protected", "auto":
			if from+1 < name {
				from++
				continue
			}
		}
		break
	}
	if from >= name {
		return nil
	}
	n := p.node(Type, p.toks[start].start)
	n.End = p.toks[name-1].end
	n.Name = p.src[p.toks[start].start:n.End]
	if from+1 == name {
		n.Kind, n.Start, n.Name = Ident, p.toks[from].start, p.text(&p.toks[from])
		if start < from {
			switch q := p.text(&p.toks[from-1]); q {
			case "unsigned", "signed":
				n.Kind, n.Name = Type, q+" "+n.Name
			}
		}
	}
	return n
}
