package syntax

import "strings"

func (p *parser) phpVariable() bool {
	t := p.cur()
	return t.kind == tokIdent && p.src[t.start] == '$'
}

// phpName is a name without its namespace.
func phpName(s string) string { return s[strings.LastIndexByte(s, '\\')+1:] }

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
