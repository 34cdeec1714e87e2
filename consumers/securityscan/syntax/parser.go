package syntax

import "sync"

// Limits of what is read. They are counts, so the same fragment always gives the same tree.
const (
	MaxTokens = 120_000 // about half a megabyte of code
	maxDepth  = 120     // of nested expressions and blocks
	maxNested = 2       // of expressions inside strings inside expressions
)

// parser reads tokens into nodes. It never fails: what it can't read it steps over, at least one token at a time.
type parser struct {
	lang    *Language
	src     string
	lex     lexer
	toks    []token
	pos     int
	depth   int
	nested  int
	partial bool
	header  int // inside the header of a Go statement, where { doesn't follow a type
	nodes   []*[slabSize]Node
	used    int // of the last slab
	slab    int
	kids    []*Node // storage of Kids
	stack   []*Node // Kids under construction
}

const slabSize = 512

var parsers = sync.Pool{New: func() any { return new(parser) }}

// Parse reads a fragment. The tree must be released after use.
func Parse(lang *Language, src string) *Tree {
	p := parsers.Get().(*parser)
	p.lang, p.src = lang, src
	p.pos, p.depth, p.nested, p.header, p.slab, p.used = 0, 0, 0, 0, 0, 0
	p.kids, p.stack, p.partial = p.kids[:0], p.stack[:0], false
	p.lex = lexer{lang: lang, src: src, limit: len(src), tokens: p.lex.tokens[:0], cutAt: MaxTokens}
	p.lex.run()
	p.toks = append(p.lex.tokens, token{kind: tokEnd, newline: true, start: int32(p.lex.pos), end: int32(p.lex.pos)})
	p.lex.tokens = p.toks
	root := p.node(Block, 0)
	mark := len(p.stack)
	for !p.atEnd() {
		before := p.pos
		if n := p.statement(); n != nil {
			p.stack = append(p.stack, n)
		}
		if p.pos == before {
			p.pos++
		}
	}
	root.Kids = p.take(mark)
	root.End = int32(len(src))
	return &Tree{Source: src, Root: root, Nodes: p.slab*slabSize + p.used, Complete: !p.partial && !p.lex.didStop, p: p}
}

func (p *parser) release() {
	const keep = 64 // slabs; what a large fragment needed more goes to the garbage collector
	for i := 0; i <= p.slab && i < len(p.nodes); i++ {
		used := slabSize
		if i == p.slab {
			used = p.used
		}
		clear(p.nodes[i][:used]) // no reference to the source stays behind
	}
	if len(p.nodes) > keep {
		p.nodes = p.nodes[:keep]
	}
	clear(p.kids)
	clear(p.stack[:cap(p.stack)])
	p.src, p.lang = "", nil
	p.lex = lexer{tokens: p.lex.tokens[:0]}
	if cap(p.lex.tokens) > MaxTokens/4 {
		p.lex.tokens, p.kids = nil, nil
	}
	p.toks = nil
	parsers.Put(p)
}

func (p *parser) node(k Kind, start int32) *Node {
	if len(p.nodes) == 0 {
		p.nodes = append(p.nodes, new([slabSize]Node))
	}
	if p.used == slabSize {
		p.slab++
		p.used = 0
		if p.slab == len(p.nodes) {
			p.nodes = append(p.nodes, new([slabSize]Node))
		}
	}
	n := &p.nodes[p.slab][p.used]
	p.used++
	*n = Node{Kind: k, Start: start, End: start}
	return n
}

// take moves what was pushed since mark to storage of its own.
func (p *parser) take(mark int) []*Node {
	n := len(p.stack) - mark
	if n == 0 {
		return nil
	}
	if cap(p.kids)-len(p.kids) < n {
		p.kids = make([]*Node, 0, max(1024, 2*n))
	}
	from := len(p.kids)
	p.kids = append(p.kids, p.stack[mark:]...)
	p.stack = p.stack[:mark]
	return p.kids[from:len(p.kids):len(p.kids)]
}

func (p *parser) cur() *token { return &p.toks[min(p.pos, len(p.toks)-1)] }

func (p *parser) peek(n int) *token { return &p.toks[min(p.pos+n, len(p.toks)-1)] }

func (p *parser) text(t *token) string { return p.src[t.start:t.end] }

func (p *parser) atEnd() bool { return p.cur().kind == tokEnd }

// is reports whether the current token is this punctuation or keyword.
func (p *parser) is(s string) bool { return p.tokenIs(p.cur(), s) }

func (p *parser) tokenIs(t *token, s string) bool {
	return int(t.end-t.start) == len(s) && t.kind != tokString && p.src[t.start:t.end] == s
}

func (p *parser) peekIs(n int, s string) bool { return p.tokenIs(p.peek(n), s) }

func (p *parser) accept(s string) bool {
	if p.is(s) {
		p.pos++
		return true
	}
	return false
}

// lastEnd is where the token before the current one ends.
func (p *parser) lastEnd() int32 {
	if p.pos == 0 {
		return 0
	}
	return p.toks[min(p.pos, len(p.toks))-1].end
}

func (p *parser) close(n *Node) *Node {
	n.End = max(p.lastEnd(), n.Start)
	return n
}

func (p *parser) enter() bool {
	if p.depth >= maxDepth {
		p.partial = true
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

func (p *parser) statement() *Node {
	if !p.enter() {
		p.skip()
		return nil
	}
	defer p.leave()
	return p.lang.statement(p)
}

// skip steps over one token, or over everything between it and its closing bracket.
func (p *parser) skip() {
	open := 0
	for !p.atEnd() {
		t := p.cur()
		p.pos++
		if t.kind == tokPunct {
			switch p.src[t.start] {
			case '(', '[', '{':
				open++
			case ')', ']', '}':
				open--
			}
		}
		if open <= 0 {
			return
		}
	}
}

// braces reads { statements }. Without a brace it reads one statement.
func (p *parser) braces() *Node {
	b := p.node(Block, p.cur().start)
	mark := len(p.stack)
	if !p.accept("{") {
		if n := p.statement(); n != nil {
			p.stack = append(p.stack, n)
		}
		b.Kids = p.take(mark)
		return p.close(b)
	}
	header := p.header
	p.header = 0
	for !p.atEnd() && !p.is("}") {
		before := p.pos
		if n := p.statement(); n != nil {
			p.stack = append(p.stack, n)
		}
		if p.pos == before {
			p.pos++
		}
	}
	p.header = header
	p.accept("}")
	b.Kids = p.take(mark)
	return p.close(b)
}

// endStatement steps over what ends a statement.
func (p *parser) endStatement() {
	p.accept(";")
}

// at makes a node at the current token and steps over it.
func (p *parser) at(k Kind) *Node {
	n := p.node(k, p.cur().start)
	n.End = p.cur().end
	p.pos++
	return n
}
