package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// looseComparison looks for hashes, tokens and passwords that are compared with == or !=.
func looseComparison(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Binary, func(n *syntax.Node) {
		if (n.Name == "==" || n.Name == "!=") && n.A != nil && n.B != nil {
			if digests(n.A) && !fixed(n.B) || digests(n.B) && !fixed(n.A) || secret(n.A) && fromClient(n.B) || secret(n.B) && fromClient(n.A) {
				e.report(m, n)
			}
		}
	})
}

// digests reports whether the expression is a call of a hash function.
func digests(n *syntax.Node) bool {
	if n.Kind != syntax.Call || n.A == nil || n.A.Kind != syntax.Ident {
		return false
	}
	switch n.A.Name {
	case "md5", "sha1", "hash", "crypt", "hash_hmac":
		return true
	}
	return false
}

func fixed(n *syntax.Node) bool {
	return n.Kind == syntax.Number || n.Kind == syntax.Ident && n.Name == "null"
}

// secret reports whether a variable or element is called like something that must not be guessed.
func secret(n *syntax.Node) bool {
	name := n.Name
	if n.Kind == syntax.Index && len(n.Kids) == 1 {
		name = n.Kids[0].Name
	}
	name = strings.ToLower(name)
	return n.Kind != syntax.String && (strings.Contains(name, "token") || strings.Contains(name, "password") || strings.Contains(name, "secret") || strings.Contains(name, "hash"))
}

// fromClient reports whether the expression is an element of what the client sent.
func fromClient(n *syntax.Node) bool {
	return n.Kind == syntax.Index && n.A != nil && n.A.Kind == syntax.Ident && (n.A.Name == "$_GET" || n.A.Name == "$_POST" || n.A.Name == "$_REQUEST" || n.A.Name == "$_COOKIE")
}

// functionFromRequest looks for calls of a function, or constructions of a class, that an element of the request names.
func functionFromRequest(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Call, func(n *syntax.Node) {
		if n.A != nil && fromClient(n.A) {
			e.report(m, n)
		}
	})
}

// variableVariable looks for $$name in a loop over the request.
func variableVariable(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Loop, func(n *syntax.Node) {
		if len(n.Kids) == 1 && n.Kids[0].Kind == syntax.Assign && n.Kids[0].B != nil && strings.HasPrefix(n.Kids[0].B.Name, "$_") {
			e.all(n.B, syntax.Assign, func(k *syntax.Node) {
				if k.A != nil && k.A.Kind == syntax.Ident && strings.HasPrefix(k.A.Name, "$$") {
					e.report(m, k)
				}
			})
		}
	})
}
