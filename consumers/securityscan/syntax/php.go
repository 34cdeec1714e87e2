package syntax

import "strings"

// PHP is read inside and outside of HTML. Names keep the $ of variables and lose their namespace.
var PHP = &Language{
	Name: "php", HashComments: true, SlashComments: true, Backtick: "template", Interpolation: "$", IdentChars: `$\`,
	DotConcat: true, NewKeyword: true, scan: phpScan, statement: phpStatement, operand: phpOperand,
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
