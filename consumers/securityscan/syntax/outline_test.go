package syntax

import (
	"strings"
)

// outline writes a tree as an S-expression, short enough to be compared by eye.
func outline(n *Node) string {
	var b strings.Builder
	write(&b, n)
	return b.String()
}

var kindNames = [...]string{"bad", "", "", "", "tpl", ".", "index", "call", "lit", "list", "key", "pair", "spread", "bin", "un",
	"assign", "cond", "fn", "type", "do", "def", "param", "class", "decl", "import", "if", "loop", "return", "try", "with", "deco", "del"}

func write(b *strings.Builder, n *Node) {
	if n == nil {
		b.WriteByte('_')
		return
	}
	switch n.Kind {
	case Ident, Number, Type:
		b.WriteString(n.Name)
		return
	case String:
		b.WriteString("'" + n.Name + "'")
		return
	}
	b.WriteString("(" + kindNames[n.Kind])
	if n.Name != "" {
		b.WriteString(" " + n.Name)
	}
	if n.Local != "" {
		b.WriteString(" " + n.Local)
	}
	if n.A != nil {
		b.WriteByte(' ')
		write(b, n.A)
	}
	for _, k := range n.Kids {
		b.WriteByte(' ')
		write(b, k)
	}
	if n.B != nil {
		b.WriteString(" <- ")
		write(b, n.B)
	}
	b.WriteByte(')')
}
