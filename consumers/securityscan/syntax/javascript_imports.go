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
