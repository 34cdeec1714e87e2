package syntax

import "strings"

// stringLiteral reads a string, or several behind each other where that makes one.
func (p *parser) stringLiteral() *Node {
	first := p.oneString()
	if !p.lang.Adjacent || p.cur().kind != tokString || !p.joins(p.cur()) {
		return first
	}
	n := p.node(Template, first.Start)
	mark := len(p.stack)
	p.pushParts(first)
	for p.cur().kind == tokString && p.joins(p.cur()) {
		p.pushParts(p.oneString())
	}
	n.Kids = p.take(mark)
	return p.close(n)
}

func (p *parser) joins(t *token) bool {
	return !t.newline || !p.lang.Newlines || p.lang.Indented && p.header > 0
}

func (p *parser) pushParts(n *Node) {
	if n.Kind == Template {
		p.stack = append(p.stack, n.Kids...)
		return
	}
	p.push(n)
}

func (p *parser) oneString() *Node {
	t := *p.cur()
	p.pos++
	from, to := int(t.start)+int(t.open), int(t.end)-int(t.close)
	from = min(from, int(t.end))
	to = max(from, to)
	if t.interp && p.nested < maxNested && strings.IndexByte(p.src[from:to], p.hole()) >= 0 {
		n := p.node(Template, t.start)
		n.End = t.end
		mark := len(p.stack)
		p.parts(from, to, t.raw)
		n.Kids = p.take(mark)
		return n
	}
	n := p.node(String, t.start)
	n.End = t.end
	n.Raw = t.raw
	n.Name = p.src[from:to]
	return n
}

// hole is the byte with which an interpolation begins.
func (p *parser) hole() byte {
	switch {
	case p.lang.Prefixed:
		return '{'
	case p.lang.Interpolation == "#{":
		return '#'
	}
	return '$'
}

// parts pushes the text of an interpolated string and the expressions in it.
func (p *parser) parts(from, to int, raw bool) {
	literal := func(a, b int) {
		if b > a {
			n := p.node(String, int32(a))
			n.End, n.Name, n.Raw = int32(b), p.src[a:b], raw
			p.push(n)
		}
	}
	start := from
	for i := from; i < to; i++ {
		c := p.src[i]
		if c == '\\' && !raw {
			i++
			continue
		}
		if c != p.hole() {
			continue
		}
		open := i // of the expression
		switch {
		case c == '{':
			if i+1 < to && p.src[i+1] == '{' {
				i++
				continue
			}
			open = i + 1
		case i+1 < to && p.src[i+1] == '{':
			open = i + 2
		case c == '$' && p.lang.Interpolation == "$" && i+1 < to && letter(p.src[i+1]):
			end := i + 1
			for end < to && (letter(p.src[end]) || digit(p.src[end])) {
				end++
			}
			if end+2 < to && p.src[end] == '-' && p.src[end+1] == '>' && letter(p.src[end+2]) {
				end += 2
				for end < to && (letter(p.src[end]) || digit(p.src[end])) {
					end++
				}
			} else if end < to && p.src[end] == '[' {
				if j := strings.IndexByte(p.src[end:to], ']'); j > 0 {
					end += j + 1
				}
			}
			literal(start, i)
			p.push(p.inner(i, end))
			start, i = end, end-1
			continue
		default:
			continue
		}
		end, expr := p.holeEnd(open, to)
		literal(start, i)
		p.push(p.inner(open, expr))
		start = min(end+1, to)
		i = end
	}
	literal(start, to)
}

// holeEnd returns where the hole that begins at i is closed and where its expression ends: at the closing brace, or
// before a format (":…", "!r") of Python.
func (p *parser) holeEnd(i, to int) (end, expr int) {
	depth, expr := 0, -1
	var quote byte
	for ; i < to; i++ {
		c := p.src[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == '}' && depth == 0:
			if expr < 0 {
				expr = i
			}
			return i, expr
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth == 0 && p.lang.Prefixed && expr < 0 && (c == ':' || c == '!' && i+1 < to && p.src[i+1] != '='):
			expr = i
		}
	}
	if expr < 0 {
		expr = to
	}
	return to, expr
}

// inner reads the expression at src[from:to].
func (p *parser) inner(from, to int) *Node {
	if p.nested >= maxNested {
		n := p.node(Bad, int32(from))
		n.End = int32(to)
		return n
	}
	saved := p.toks
	pos, header := p.pos, p.header
	l := lexer{lang: p.lang, src: p.src, pos: from, limit: to, cutAt: 4096}
	l.run()
	p.toks = append(l.tokens, token{kind: tokEnd, newline: true, start: int32(to), end: int32(to)})
	p.pos, p.header = 0, 1
	p.nested++
	n := p.expression(levelAssign)
	p.nested--
	p.toks, p.pos, p.header = saved, pos, header
	if n == nil {
		n = p.node(Bad, int32(from))
		n.End = int32(to)
	}
	return n
}
