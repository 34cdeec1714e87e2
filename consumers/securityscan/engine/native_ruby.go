package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// members calls visit for x.name and x.name(…), in the order of the fragment.
func (e *evaluation) members(name string, visit func(at *syntax.Node)) {
	e.all(e.tree.Root, syntax.Member, func(n *syntax.Node) {
		if n.Name == name {
			visit(n)
		}
	})
}

// constantize looks for classes that the request names.
func constantize(e *evaluation, m *matcher) {
	for _, name := range [...]string{"constantize", "safe_constantize"} {
		e.members(name, func(n *syntax.Node) {
			if v := e.peek(n.A); v.trust == remote && v.clean&m.purpose == 0 {
				e.report(m, n)
			}
		})
	}
}

// htmlSafe looks for texts made from values that are declared to be safe HTML.
func htmlSafe(e *evaluation, m *matcher) {
	e.members("html_safe", func(n *syntax.Node) {
		pieces := []*syntax.Node{n.A}
		if n.A.Kind == syntax.Template {
			pieces = n.A.Kids
		}
		for _, piece := range pieces {
			v := e.peek(piece)
			if v.dynamic(m.purpose) && (v.trust >= param || piece.Kind == syntax.Member && userText(piece.Name)) {
				e.report(m, n)
				return
			}
		}
	})
}

// userText reports whether an attribute is called like something that people write.
func userText(name string) bool {
	switch name {
	case "body", "content", "html", "description", "bio", "comment", "message", "text", "title", "name":
		return true
	}
	return false
}

// verifyFalse looks for verify: false in a hash of ssl options, or in a call of an HTTP client.
func verifyFalse(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Pair, func(n *syntax.Node) {
		if n.A != nil && n.B != nil && n.B.Kind == syntax.Ident && n.B.Name == "false" {
			switch n.A.Name {
			case "verify", "verify_ssl", "ssl_verify", "ssl_verify_peer", "verify_peer":
				if v := strings.ToLower(e.src); n.A.Name != "verify" || strings.Contains(v, "ssl") || strings.Contains(v, "http") || strings.Contains(v, "faraday") {
					e.report(m, n)
				}
			}
		}
	})
}

// noent looks for XML parsers that are told to replace entities.
func noent(e *evaluation, m *matcher) {
	for _, name := range [...]string{"noent", "dtdload", "NOENT", "DTDLOAD"} {
		e.members(name, func(n *syntax.Node) { e.report(m, n) })
	}
}
