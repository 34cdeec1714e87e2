package syntax

import "strings"

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
