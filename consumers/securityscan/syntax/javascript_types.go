package syntax

import "strings"

// jsModule is a module's name without the scheme of Node's own modules.
func jsModule(name string) string { return strings.TrimPrefix(name, "node:") }

// jsImport reads import a, {b as c}, * as d from 'module' into one Import for every name.
func (p *parser) jsImport() *Node {
	b := p.at(Block)
	if p.is("type") && !p.peekIs(1, "from") {
		p.pos++
	}
	mark := len(p.stack)
	for !p.atEnd() && p.cur().kind != tokString && !p.is(";") {
		t := p.cur()
		switch {
		case p.accept("from"):
			continue
		case p.is("*") && p.peekIs(1, "as"):
			p.pos += 2
			p.jsImported("")
		case t.kind == tokIdent && p.peekIs(1, "as"):
			name := p.text(t)
			p.pos += 2
			p.jsImported("." + name)
		case t.kind == tokIdent:
			name := ""
			if len(p.stack) > mark && p.pos > 0 && !p.tokenIs(&p.toks[p.pos-1], "import") || p.tokenIs(&p.toks[p.pos-1], "{") {
				name = "." + p.text(t)
			}
			p.jsImported(name)
		default:
			p.pos++
		}
		if p.cur().newline && !p.is("}") && len(p.stack) == mark {
			break
		}
	}
	module := ""
	if p.cur().kind == tokString {
		module = jsModule(p.oneString().Name)
	}
	b.Kids = p.take(mark)
	for _, k := range b.Kids {
		k.Name = module + k.Name
	}
	p.endStatement()
	return p.close(b)
}

func (p *parser) jsImported(member string) {
	if p.cur().kind != tokIdent {
		return
	}
	n := p.at(Import)
	n.Name, n.Local = member, p.src[n.Start:n.End]
	p.push(n)
}

// jsClass reads a class; of an interface, an enum or a namespace it reads as much.
func (p *parser) jsClass() *Node {
	typed := false
	for p.is("abstract") || p.is("declare") {
		p.pos++
	}
	if p.is("const") || p.is("function") {
		return p.statement()
	}
	typed = p.is("interface")
	namespace := p.is("namespace") || p.is("module") || p.is("enum")
	n := p.at(Class)
	if p.cur().kind == tokIdent && !p.is("extends") {
		n.Name = p.text(p.cur())
		p.pos++
	}
	for !p.atEnd() && !p.is("{") && !p.is(";") {
		if p.is("<") {
			p.jsAngles()
			continue
		}
		p.pos++
	}
	if typed {
		p.skip()
		return p.close(n)
	}
	mark := len(p.stack)
	if namespace {
		p.push(p.braces())
	} else {
		p.push(p.jsClassBody())
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

func (p *parser) jsClassBody() *Node {
	b := p.node(Block, p.cur().start)
	if !p.accept("{") {
		return b
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is("}") {
		before := p.pos
		if !p.accept(";") && p.enter() {
			p.push(p.jsMember())
			p.leave()
		}
		if p.pos == before {
			p.skip()
		}
	}
	p.accept("}")
	b.Kids = p.take(mark)
	return p.close(b)
}

// jsMember reads a method or a field.
func (p *parser) jsMember() *Node {
	if p.is("@") {
		n := p.at(Decorate)
		n.A = p.expression(levelUnary)
		n.B = p.jsMember()
		return p.close(n)
	}
	start := p.cur().start
	for p.jsModifier() || p.accept("*") {
	}
	if p.is("static") && p.peekIs(1, "{") {
		p.pos++
		return p.braces()
	}
	n := p.node(Func, start)
	switch t := p.cur(); {
	case t.kind == tokIdent || t.kind == tokNumber:
		n.Name = p.text(t)
		p.pos++
	case t.kind == tokString:
		n.Name = p.oneString().Name
	case p.is("["):
		p.skip()
	default:
		return nil
	}
	if !p.accept("?") {
		p.accept("!")
	}
	if p.is("(") || p.is("<") {
		return p.jsCallable(n)
	}
	n.Kind = Decl
	if p.accept(":") {
		n.A = p.jsType()
	}
	if p.accept("=") {
		n.B = p.expression(levelAssign)
	}
	p.endStatement()
	return p.close(n)
}

// jsMethodAhead reports whether a method stands here, outside of a class: name(…) {, with modifiers and types.
func (p *parser) jsMethodAhead() bool {
	pos := p.pos
	defer func() { p.pos = pos }()
	for p.jsModifier() {
	}
	if p.cur().kind != tokIdent {
		return false
	}
	p.pos++
	if p.is("<") && p.lang.Annotated {
		p.jsAngles()
	}
	if !p.is("(") || p.cur().newline {
		return false
	}
	end := p.closing(p.pos)
	if end < 0 {
		return false
	}
	p.pos = end + 1
	if p.is("{") {
		return !p.cur().newline
	}
	if p.lang.Annotated && p.accept(":") {
		p.jsType()
		return p.is("{")
	}
	return false
}

// jsAngles steps over <T, U extends V>.
func (p *parser) jsAngles() {
	open := 0
	for i := 0; i < 200 && !p.atEnd(); i++ {
		switch s := p.text(p.cur()); {
		case s == "<":
			open++
		case s == ">" || s == ">>" || s == ">>>":
			open -= len(s)
		case s == "(" || s == "[" || s == "{":
			p.skip()
			continue
		case s == ")" || s == "]" || s == "}" || s == ";":
			return
		}
		p.pos++
		if open <= 0 {
			return
		}
	}
}

// jsType steps over a type. The node is an Ident for a plain name.
func (p *parser) jsType() *Node {
	n := p.node(Type, p.cur().start)
	from, expected, group := p.pos, true, false
	for !p.atEnd() {
		t := p.cur()
		s := p.text(t)
		if t.newline && !expected && s != "|" && s != "&" {
			break
		}
		switch {
		case t.kind == tokString || t.kind == tokNumber:
			if !expected {
				return p.jsTypeEnd(n, from)
			}
			p.pos++
			expected = false
		case t.kind == tokIdent:
			switch s {
			case "keyof", "typeof", "readonly", "infer", "unique", "is", "asserts", "extends", "new":
				expected = true
			default:
				if !expected {
					return p.jsTypeEnd(n, from)
				}
				expected = false
			}
			p.pos++
			group = false
		case s == "(" || s == "{":
			if !expected {
				return p.jsTypeEnd(n, from)
			}
			group = s == "("
			p.skip()
			expected = false
		case s == "[":
			p.skip()
			expected = false
		case s == "<":
			p.jsAngles()
			expected = false
		case s == "=>" && group, s == "|", s == "&", s == ".":
			p.pos++
			expected, group = true, false
		default:
			return p.jsTypeEnd(n, from)
		}
	}
	return p.jsTypeEnd(n, from)
}

func (p *parser) jsTypeEnd(n *Node, from int) *Node {
	if p.pos == from {
		return nil
	}
	p.close(n)
	n.Name = strings.TrimSpace(p.src[n.Start:n.End])
	if p.pos == from+1 && p.toks[from].kind == tokIdent {
		n.Kind = Ident
	}
	return n
}

// jsx reads <tag key="v" key={v}>children</tag> as a call of tag: attributes are KeyArgs, expressions among the children
// arguments.
func (p *parser) jsx() *Node {
	if !p.enter() {
		p.skip()
		return nil
	}
	defer p.leave()
	c := p.at(Call)
	c.Name = "jsx"
	if p.cur().kind == tokIdent {
		c.A = p.at(Ident)
		c.A.Name = p.src[c.A.Start:c.A.End]
		for p.is(".") || p.is("-") || p.is(":") {
			p.pos += 2
		}
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is(">") && !p.is("/") {
		before := p.pos
		switch {
		case p.is("{"):
			p.push(p.jsxHole())
		case p.cur().kind == tokIdent:
			k := p.at(KeyArg)
			for p.is("-") || p.is(":") {
				p.pos += 2
			}
			k.Name = p.src[k.Start:p.lastEnd()]
			if p.accept("=") {
				if p.is("{") {
					k.B = p.jsxHole()
				} else if p.cur().kind == tokString {
					k.B = p.oneString()
				}
			}
			p.push(p.close(k))
		}
		if p.pos == before {
			p.pos++
		}
	}
	if p.accept("/") {
		p.accept(">")
		c.Kids = p.take(mark)
		return p.close(c)
	}
	p.accept(">")
	for !p.atEnd() {
		before := p.pos
		switch {
		case p.is("<") && p.peekIs(1, "/"):
			for !p.atEnd() && !p.accept(">") {
				p.pos++
			}
			c.Kids = p.take(mark)
			return p.close(c)
		case p.is("<") && (p.peek(1).kind == tokIdent || p.peekIs(1, ">")):
			p.push(p.jsx())
		case p.is("{"):
			p.push(p.jsxHole())
		case p.is(")") && p.cur().newline, p.is("}"):
			c.Kids = p.take(mark) // the closing tag is missing
			return p.close(c)
		}
		if p.pos == before {
			p.pos++
		}
	}
	c.Kids = p.take(mark)
	return p.close(c)
}

func (p *parser) jsxHole() *Node {
	p.accept("{")
	p.accept("...")
	n := p.expression(levelAssign)
	for !p.atEnd() && !p.accept("}") {
		p.skip()
	}
	return n
}
