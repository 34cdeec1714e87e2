package syntax

// JavaScript and TypeScript, with JSX in both.
var (
	JavaScript = &Language{
		Name: "javascript", SlashComments: true, Backtick: "template", IdentChars: "$#", Regex: true, Newlines: true, Arrow: true,
		NewKeyword: true, scan: jsTemplate, statement: jsStatement, operand: jsOperand, trailer: jsTrailer,
	}
	TypeScript = &Language{
		Name: "typescript", SlashComments: true, Backtick: "template", IdentChars: "$#", Regex: true, Newlines: true, Arrow: true,
		NewKeyword: true, Annotated: true, Generics: true, scan: jsTemplate, statement: jsStatement, operand: jsOperand, trailer: jsTrailer,
	}
)

// jsTemplate reads a template literal up to its own end, over the templates in its holes.
func jsTemplate(l *lexer) bool {
	if l.src[l.pos] != '`' {
		return false
	}
	var holes [16]int // braces open in each hole
	depth := 0        // 2k+1 in the text of a template, 2k in its hole
	depth = 1
	for i := l.pos + 1; i < l.limit; i++ {
		c := l.src[i]
		if depth%2 == 1 {
			switch {
			case c == '\\':
				i++
			case c == '`':
				if depth--; depth == 0 {
					l.emit(token{kind: tokString, interp: true, open: 1, close: 1, start: int32(l.pos), end: int32(i + 1)})
					return true
				}
			case c == '$' && i+1 < l.limit && l.src[i+1] == '{' && depth/2+1 < len(holes):
				i++
				depth++
				holes[depth/2] = 0
			}
			continue
		}
		switch c {
		case '`':
			depth++
		case '{':
			holes[depth/2]++
		case '}':
			if holes[depth/2]--; holes[depth/2] < 0 {
				depth--
			}
		}
	}
	l.emit(token{kind: tokString, interp: true, open: 1, start: int32(l.pos), end: int32(l.limit)})
	return true
}

func jsStatement(p *parser) *Node {
	t := p.cur()
	if t.kind == tokIdent {
		switch s := p.text(t); s {
		case "var", "let", "const":
			if p.peekIs(1, "enum") {
				p.pos++
				return p.jsClass()
			}
			if next := p.peek(1); next.kind == tokIdent || p.tokenIs(next, "{") || p.tokenIs(next, "[") {
				p.pos++
				n := p.jsDeclarations()
				p.endStatement()
				return n
			}
		case "if", "switch":
			n := p.at(If)
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
		case "for", "while", "with":
			n := p.at(Loop)
			p.accept("await")
			n.Kids = p.jsLoopHeader()
			n.B = p.braces()
			return p.close(n)
		case "do":
			n := p.at(Loop)
			n.B = p.braces()
			if p.accept("while") {
				n.Kids = p.jsLoopHeader()
			}
			return p.close(n)
		case "else", "try", "finally", "catch":
			n := p.at(Try)
			if s == "catch" && p.is("(") {
				p.skip()
			}
			mark := len(p.stack)
			p.push(p.braces())
			n.Kids = p.take(mark)
			return p.close(n)
		case "return", "throw":
			n := p.at(Return)
			if s == "throw" {
				n.Name = "raise"
			}
			if !p.cur().newline {
				n.A = p.expression(levelAssign)
			}
			p.endStatement()
			return p.close(n)
		case "case", "default":
			if !p.peekIs(1, "=") && !p.peekIs(1, "(") {
				return p.caseBody()
			}
		case "break", "continue", "debugger":
			p.pos++
			p.endStatement()
			return nil
		case "import":
			if !p.peekIs(1, "(") && !p.peekIs(1, ".") {
				return p.jsImport()
			}
		case "export":
			p.pos++
			p.accept("default")
			if p.is("*") || p.is("{") && p.jsExportList() {
				p.jsRestOfLine()
				return nil
			}
			return p.statement()
		case "async":
			if p.peekIs(1, "function") {
				p.pos++
				return p.jsFunction(Func)
			}
		case "function":
			return p.jsFunction(Func)
		case "class", "interface", "enum", "namespace", "module", "abstract", "declare":
			if next := p.peek(1); next.kind == tokIdent && !next.newline {
				return p.jsClass()
			}
		case "type":
			if p.peek(1).kind == tokIdent && !p.peek(1).newline && (p.peekIs(2, "=") || p.peekIs(2, "<")) {
				p.pos += 2
				if p.is("<") {
					p.jsAngles()
				}
				if p.accept("=") {
					p.jsType()
				}
				p.endStatement()
				return nil
			}
		}
	}
	switch {
	case p.is("{"):
		return p.braces()
	case p.is("@"):
		n := p.at(Decorate)
		n.A = p.expression(levelUnary)
		n.B = p.statement()
		return p.close(n)
	case p.jsMethodAhead():
		return p.jsMember()
	}
	n := p.expression(levelAssign)
	if n != nil && p.is(",") && p.header == 0 {
		b := p.node(Block, n.Start)
		mark := len(p.stack)
		p.push(n)
		for p.accept(",") {
			p.push(p.expression(levelAssign))
		}
		b.Kids = p.take(mark)
		n = p.close(b)
	}
	if p.is(":") && n != nil && n.Kind == Ident { // label
		p.pos++
	}
	p.endStatement()
	return n
}

// jsLoopHeader reads (a; b; c), (x of y) or (condition).
func (p *parser) jsLoopHeader() []*Node {
	if !p.accept("(") {
		return nil
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		if p.is("var") || p.is("let") || p.is("const") {
			p.pos++
			target := p.jsPattern()
			if p.is("of") || p.is("in") {
				p.pos++
				p.jsBind(target, p.expression(levelAssign))
				continue
			}
			p.jsInitial(target)
			for p.accept(",") {
				p.jsInitial(p.jsPattern())
			}
		} else if n := p.expression(levelAssign); n != nil {
			if p.accept("of") {
				a := p.node(Assign, n.Start)
				a.Name, a.A, a.B = "in", n, p.expression(levelAssign)
				n = p.close(a)
			}
			p.push(n)
		}
		if !p.accept(";") && !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
	return p.take(mark)
}

// jsExportList reports whether the braces here are followed by from or by the end: export { a, b }.
func (p *parser) jsExportList() bool {
	end := p.closing(p.pos)
	if end < 0 {
		return false
	}
	next := &p.toks[min(end+1, len(p.toks)-1)]
	return p.tokenIs(next, "from") || p.tokenIs(next, ";") || next.newline
}

func (p *parser) jsRestOfLine() {
	for !p.atEnd() && !p.accept(";") {
		if p.is("{") || p.is("(") || p.is("[") {
			p.skip()
		} else {
			p.pos++
		}
		if p.cur().newline {
			return
		}
	}
}

// closing returns the index of the bracket that closes the one at i, of any kind, or -1. It looks a bounded way ahead.
func (p *parser) closing(i int) int {
	open := 0
	for n := i; n < len(p.toks) && n < i+300; n++ {
		t := &p.toks[n]
		if t.kind != tokPunct {
			continue
		}
		switch p.src[t.start] {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			if open--; open == 0 {
				return n
			}
		}
	}
	return -1
}
