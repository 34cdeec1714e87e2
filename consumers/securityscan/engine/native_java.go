package engine

import (
	"regexp"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

var (
	statementStart = regexp.MustCompile(`(?i)^\s*(select|insert|update|delete|from)\s`)
	valueFollows   = regexp.MustCompile(`(?i)(['"%(=<>,]|\blike|\border\s+by|\bgroup\s+by|\blimit|\bwhere|\band|\bor)\s*$`)
)

// shellArray looks for arrays of a shell, -c and a text built from values: new String[] {"sh", "-c", "x " + y}.
func shellArray(e *evaluation, m *matcher) {
	syntax.Walk(e.tree.Root, func(n *syntax.Node) bool {
		if (n.Kind == syntax.Literal || n.Kind == syntax.List) && len(n.Kids) >= 3 && n.Kids[0].Kind == syntax.String && n.Kids[1].Kind == syntax.String {
			switch n.Kids[1].Name {
			case "-c", "-lc", "/c", "/C", "-Command":
				if v := e.peek(n.Kids[2]); v.built && v.dynamic(m.purpose) {
					e.report(m, n)
				}
			}
		}
		return e.step()
	})
}

// appendedStatement looks for statements that a StringBuilder puts together: values appended behind a quote or a comparison.
func appendedStatement(e *evaluation, m *matcher) {
	statement := map[string]bool{} // builders that begin with a statement
	syntax.Walk(e.tree.Root, func(n *syntax.Node) bool {
		switch {
		case n.Kind == syntax.Decl && n.B != nil && n.B.Kind == syntax.Call && n.B.Name == "new" && len(n.B.Kids) == 1:
			if s := n.B.Kids[0]; s.Kind == syntax.String && statementStart.MatchString(s.Name) {
				statement[n.Name] = true
			}
		case n.Kind == syntax.Call && n.A != nil && n.A.Kind == syntax.Member && n.A.Name == "append" && len(n.Kids) == 1:
			v := e.peek(n.Kids[0])
			if statement[builderName(n)] && v.dynamic(m.purpose) && v.shape != number && n.Kids[0].Kind != syntax.Number && e.openEnded(n.A.A) {
				e.report(m, n)
				return false
			}
		}
		return e.step()
	})
}

// builderName is the variable that a chain of append begins with.
func builderName(n *syntax.Node) string {
	for n != nil && (n.Kind == syntax.Call || n.Kind == syntax.Member) {
		n = n.A
	}
	if n == nil || n.Kind != syntax.Ident {
		return ""
	}
	return n.Name
}

// openEnded reports whether the text appended before is one that a value follows: a quote, a comparison, ORDER BY; the
// first append of a statement counts as one.
func (e *evaluation) openEnded(before *syntax.Node) bool {
	if before.Kind == syntax.Ident {
		return true
	}
	if before.Kind == syntax.Call && len(before.Kids) == 1 && before.Kids[0].Kind == syntax.String {
		return valueFollows.MatchString(before.Kids[0].Name)
	}
	return false
}

// trustsAll looks for trust managers whose check of the server is empty, in a class of their own.
func trustsAll(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Func, func(n *syntax.Node) {
		if n.Name == "checkServerTrusted" && n.B != nil && len(n.B.Kids) == 0 {
			e.report(m, n)
		}
	})
}
