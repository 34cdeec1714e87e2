package syntax

import "strings"

// PHP is read inside and outside of HTML. Names keep the $ of variables and lose their namespace.
var PHP = &Language{
	Name: "php", HashComments: true, SlashComments: true, Backtick: "template", Interpolation: "$", IdentChars: `$\`,
	DotConcat: true, NewKeyword: true, scan: phpScan, statement: phpStatement, operand: phpOperand,
}

// phpScan reads the borders of HTML and heredocs.
func phpScan(l *lexer) bool {
	rest := l.src[l.pos:l.limit]
	switch {
	case strings.HasPrefix(rest, "?>"):
		l.emit(token{kind: tokPunct, start: int32(l.pos), end: int32(l.pos + 2)})
		phpHTML(l)
		return true
	case strings.HasPrefix(rest, "<?="):
		l.emit(token{kind: tokPunct, start: int32(l.pos), end: int32(l.pos + 3)})
		return true
	case strings.HasPrefix(rest, "<?"):
		l.pos += 2
		if strings.HasPrefix(strings.ToLower(l.src[l.pos:min(l.pos+3, l.limit)]), "php") {
			l.pos += 3
		}
		return true
	case strings.HasPrefix(rest, "<<<"):
		return phpHeredoc(l)
	case rest[0] == '<' && len(l.tokens) == 0:
		phpHTML(l)
		return true
	}
	return false
}

// phpHTML steps over what isn't PHP.
func phpHTML(l *lexer) {
	if i := strings.Index(l.src[l.pos:l.limit], "<?"); i >= 0 {
		l.pos += i
		return
	}
	l.pos = l.limit
}

func phpHeredoc(l *lexer) bool {
	start := l.pos + 3
	for start < l.limit && (l.src[start] == ' ' || l.src[start] == '"' || l.src[start] == '\'') {
		start++
	}
	end := l.identEnd(start)
	line := strings.IndexByte(l.src[start:l.limit], '\n')
	if end == start || line < 0 || start+line-l.pos > 200 {
		return false
	}
	label := l.src[start:end]
	body := start + line + 1
	t := token{kind: tokString, interp: l.src[start-1] != '\'', open: uint8(body - l.pos), start: int32(l.pos), end: int32(l.limit)}
	for from := body; from < l.limit; {
		next := l.limit
		if i := strings.IndexByte(l.src[from:l.limit], '\n'); i >= 0 {
			next = from + i + 1
		}
		trimmed := strings.TrimLeft(l.src[from:next], " \t")
		if after, ok := strings.CutPrefix(trimmed, label); ok && (after == "" || !letter(after[0]) && !digit(after[0])) {
			t.end = int32(next - len(after))
			t.close = uint8(min(int(t.end)-from, 255))
			break
		}
		from = next
	}
	l.emit(t)
	return true
}

func (p *parser) phpEnd() {
	if !p.accept(";") {
		p.accept("?>")
	}
}

func phpStatement(p *parser) *Node {
	t := p.cur()
	if p.accept("?>") || p.accept(";") {
		return nil
	}
	if p.is("<?=") {
		return p.phpEcho()
	}
	if t.kind == tokIdent {
		switch s := strings.ToLower(p.text(t)); s {
		case "echo":
			return p.phpEcho()
		case "if", "elseif", "switch":
			return p.phpIf()
		case "foreach", "for", "while", "declare":
			n := p.at(Loop)
			n.Kids = p.phpHeader()
			n.B = p.phpBody()
			return p.close(n)
		case "do":
			n := p.at(Loop)
			n.B = p.braces()
			if p.accept("while") {
				n.Kids = p.phpHeader()
			}
			return p.close(n)
		case "else", "try", "finally", "catch":
			n := p.at(Try)
			if s == "catch" && p.is("(") {
				p.skip()
			}
			mark := len(p.stack)
			p.push(p.phpBody())
			n.Kids = p.take(mark)
			return p.close(n)
		case "endif", "endforeach", "endfor", "endwhile", "endswitch":
			p.pos++
			p.phpEnd()
			return nil
		case "return", "throw":
			n := p.at(Return)
			if s == "throw" {
				n.Name = "raise"
			}
			n.A = p.expression(levelAssign)
			p.phpEnd()
			return p.close(n)
		case "case", "default":
			return p.caseBody()
		case "function":
			if next := p.peek(1); next.kind == tokIdent || p.tokenIs(next, "&") {
				return p.phpFunction(Func)
			}
		case "abstract", "final", "readonly", "class", "interface", "trait", "enum":
			if p.peek(1).kind == tokIdent {
				return p.phpClass()
			}
		case "public", "private", "protected", "static", "var", "const":
			if next := p.peek(1); next.kind == tokIdent || p.tokenIs(next, "?") {
				return p.phpMember()
			}
		case "namespace", "use", "break", "continue", "global", "goto":
			for !p.atEnd() && !p.is(";") && !p.is("?>") && !p.is("{") {
				p.pos++
			}
			p.phpEnd()
			return nil
		}
	}
	if p.is("{") {
		return p.braces()
	}
	n := p.expression(levelAssign)
	p.phpEnd()
	return n
}

// phpEcho reads what is printed as the arguments of echo.
func (p *parser) phpEcho() *Node {
	c := p.at(Call)
	c.A = p.node(Ident, c.Start)
	c.A.End, c.A.Name = c.End, "echo"
	mark := len(p.stack)
	for {
		p.push(p.expression(levelAssign))
		if !p.accept(",") {
			break
		}
	}
	c.Kids = p.take(mark)
	p.close(c)
	p.phpEnd()
	return c
}

func (p *parser) phpIf() *Node {
	n := p.at(If)
	n.A = p.parens()
	mark := len(p.stack)
	body := p.phpBody()
	if branches(body) {
		p.stack = append(p.stack, body.Kids...)
	} else {
		p.push(body)
	}
	switch {
	case p.is("elseif"):
		p.push(p.phpIf())
	case p.accept("else"):
		p.push(p.phpBody())
		p.accept("endif")
	default:
		p.accept("endif")
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

// phpBody reads { statements }, one statement, or statements from : to the keyword that ends them.
func (p *parser) phpBody() *Node {
	if !p.accept(":") {
		return p.braces()
	}
	b := p.node(Block, p.cur().start)
	mark := len(p.stack)
	for !p.atEnd() && !p.is("else") && !p.is("elseif") && !p.is("endif") && !p.is("endforeach") && !p.is("endfor") && !p.is("endwhile") && !p.is("endswitch") && !p.is("}") {
		before := p.pos
		p.push(p.statement())
		if p.pos == before {
			p.skip()
		}
	}
	if !p.is("endif") && strings.HasPrefix(p.text(p.cur()), "end") {
		p.pos++
	}
	b.Kids = p.take(mark)
	return p.close(b)
}

// phpHeader reads ($list as $key => $value), (a; b; c) or (condition).
func (p *parser) phpHeader() []*Node {
	if !p.accept("(") {
		return nil
	}
	mark := len(p.stack)
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.expression(levelAssign)
		if n != nil && p.accept("as") {
			a := p.node(Assign, n.Start)
			a.Name, a.B = "in", n
			a.A = p.expression(levelCond)
			if p.accept("=>") {
				list := p.node(List, a.Start)
				inner := len(p.stack)
				p.push(a.A)
				p.push(p.expression(levelCond))
				list.Kids = p.take(inner)
				a.A = p.close(list)
			}
			n = p.close(a)
		}
		p.push(n)
		if !p.accept(";") && !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
	return p.take(mark)
}

// phpFunction reads function name(…) use (…): type { … }, named or not.
func (p *parser) phpFunction(kind Kind) *Node {
	n := p.at(kind)
	p.accept("&")
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
		p.pos++
	}
	mark := len(p.stack)
	p.phpParams()
	n.Kids = p.take(mark)
	for !p.atEnd() && !p.is("{") && !p.is(";") && !p.is("=>") && !p.is("}") && !p.is(")") {
		if p.is("(") { // use (…)
			p.skip()
		} else {
			p.pos++
		}
	}
	switch {
	case p.is("{"):
		n.B = p.braces()
	case p.accept("=>"):
		n.B = p.expression(levelAssign)
	default:
		p.phpEnd()
	}
	return p.close(n)
}

func (p *parser) phpParams() {
	if !p.accept("(") {
		return
	}
	for !p.atEnd() && !p.is(")") {
		before := p.pos
		n := p.node(Param, p.cur().start)
		for !p.atEnd() && !p.is(",") && !p.is(")") && !p.is("{") && !p.phpVariable() {
			if t := p.cur(); t.kind == tokIdent {
				n.A = p.at(Ident)
				n.A.Name = phpName(p.text(t))
			} else {
				p.pos++
			}
		}
		if p.phpVariable() {
			n.Name = p.text(p.cur())
			p.pos++
			if p.accept("=") {
				n.B = p.expression(levelCond)
			}
			p.push(p.close(n))
		}
		if !p.accept(",") && p.pos == before {
			p.skip()
		}
	}
	p.accept(")")
}

func (p *parser) phpVariable() bool {
	t := p.cur()
	return t.kind == tokIdent && p.src[t.start] == '$'
}

// phpName is a name without its namespace.
func phpName(s string) string { return s[strings.LastIndexByte(s, '\\')+1:] }

func (p *parser) phpClass() *Node {
	for !p.is("class") && !p.is("interface") && !p.is("trait") && !p.is("enum") && !p.is("function") && !p.atEnd() && !p.is("{") {
		p.pos++
	}
	if p.is("function") {
		return p.phpFunction(Func)
	}
	n := p.at(Class)
	if p.cur().kind == tokIdent {
		n.Name = p.text(p.cur())
	}
	for !p.atEnd() && !p.is("{") && !p.is(";") {
		p.pos++
	}
	mark := len(p.stack)
	if p.is("{") {
		p.push(p.braces())
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

// phpMember reads a method, property or constant behind its modifiers.
func (p *parser) phpMember() *Node {
	start := p.pos
	for !p.atEnd() && !p.is("function") && !p.phpVariable() && !p.is("=") && !p.is(";") && !p.is("(") && !p.is("::") {
		p.pos++
	}
	switch {
	case p.is("function"):
		return p.phpFunction(Func)
	case p.phpVariable() || p.is("="):
		if p.is("=") {
			p.pos--
		}
		d := p.at(Decl)
		d.Name = p.src[d.Start:d.End]
		if p.accept("=") {
			d.B = p.expression(levelAssign)
		}
		p.phpEnd()
		return p.close(d)
	}
	p.pos = start // static::call()
	n := p.expression(levelAssign)
	p.phpEnd()
	return n
}

// phpOperand reads names, casts, closures, inclusions and commands in backticks.
func phpOperand(p *parser) *Node {
	t := p.cur()
	switch {
	case t.kind == tokString && p.src[t.start] == '`':
		return p.phpCall(p.node(Call, t.start), "shell_exec", p.oneString())
	case p.is("(") && p.peek(1).kind == tokIdent && p.peekIs(2, ")") && phpCast(p.text(p.peek(1))):
		c := p.at(Call)
		name := p.text(p.cur())
		p.pos += 2
		return p.phpCall(c, name, p.expression(levelUnary))
	case t.kind != tokIdent:
		return nil
	}
	switch s := p.text(t); strings.ToLower(s) {
	case "include", "include_once", "require", "require_once", "print":
		c := p.at(Call)
		return p.phpCall(c, s, p.expression(levelCond))
	case "function", "fn":
		return p.postfix(p.phpFunction(Lambda))
	case "static":
		if p.peekIs(1, "function") || p.peekIs(1, "fn") {
			p.pos++
			return p.phpFunction(Lambda)
		}
	case "match":
		if p.peekIs(1, "(") {
			return p.phpMatch()
		}
	case "new":
		n := p.construct()
		if n.A != nil && n.A.Kind == Ident {
			n.A.Name = phpName(n.A.Name)
		}
		return p.postfix(n)
	}
	if s := p.text(t); strings.IndexByte(s, '\\') >= 0 {
		n := p.at(Ident)
		n.Name = phpName(s)
		return p.postfix(n)
	}
	return nil
}

func (p *parser) phpCall(c *Node, name string, argument *Node) *Node {
	c.A = p.node(Ident, c.Start)
	c.A.End, c.A.Name = c.End, name
	mark := len(p.stack)
	p.push(argument)
	c.Kids = p.take(mark)
	return p.close(c)
}

func phpCast(s string) bool {
	switch s {
	case "int", "integer", "float", "double", "bool", "boolean", "string", "array", "object":
		return true
	}
	return false
}

// phpMatch reads match (x) { a => b } as the list of its results.
func (p *parser) phpMatch() *Node {
	n := p.at(List)
	p.skip()
	mark := len(p.stack)
	if p.is("{") {
		body := p.bracketed(Literal, "}")
		for _, k := range body.Kids {
			if k.Kind == Pair {
				p.push(k.B)
			}
		}
	}
	n.Kids = p.take(mark)
	return p.close(n)
}
