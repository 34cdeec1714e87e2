package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// contextLeak finds contexts whose cancel function is thrown away, and endless loops that work without looking whether the
// context that they were given is done.
func contextLeak(e *evaluation, m *matcher) {
	kept := map[string]bool{} // most have the same name
	e.all(e.tree.Root, syntax.Assign, func(n *syntax.Node) {
		call := e.calleeText(n.B)
		if call != "context.WithCancel" && call != "context.WithTimeout" && call != "context.WithDeadline" &&
			call != "context.WithCancelCause" && call != "signal.NotifyContext" {
			return
		}
		targets := elementsOf(n.A)
		if len(targets) != 2 {
			return
		}
		name := targets[1].Name
		if _, asked := kept[name]; !asked {
			kept[name] = e.kept(name, 3)
		}
		if !kept[name] {
			e.report(m, n)
		}
	})
	visit := func(f *syntax.Node) {
		if f.B == nil || !hasContext(f) {
			return
		}
		e.all(f.B, syntax.Loop, func(n *syntax.Node) {
			if len(n.Kids) == 0 && e.endless(n.B) {
				e.report(m, n)
			}
		})
		e.all(f.B, syntax.Unary, func(n *syntax.Node) {
			if n.Name != "go" || n.A == nil || n.A.Kind != syntax.Call || n.A.A == nil || n.A.A.Kind != syntax.Lambda {
				return
			}
			e.all(n.A.A.B, syntax.Call, func(c *syntax.Node) {
				if t := e.calleeText(c); t == "context.Background" || t == "context.TODO" {
					e.report(m, c)
				}
			})
		})
	}
	e.all(e.tree.Root, syntax.Func, visit)
	e.all(e.tree.Root, syntax.Lambda, visit)
}

// kept reports whether a cancel function is used: called, handed on or returned, not just assigned to something that isn't.
func (e *evaluation) kept(name string, depth int) bool {
	if name == "_" || name == "" {
		return false
	}
	uses := e.mentions(e.tree.Root, name)
	written := 0
	next := false
	e.all(e.tree.Root, syntax.Assign, func(n *syntax.Node) {
		for _, t := range elementsOf(n.A) {
			if t.Name == name {
				written++
			}
		}
		if n.B != nil && n.B.Name == name && (n.B.Kind == syntax.Ident || n.B.Kind == syntax.Member) {
			written++
			if t := elementsOf(n.A); len(t) == 1 && depth > 0 && (t[0].Kind == syntax.Index || t[0].Name != "_" && e.kept(t[0].Name, depth-1)) {
				next = true
			}
		}
	})
	return uses > written || next
}

func hasContext(f *syntax.Node) bool {
	for _, p := range f.Kids {
		if p.A != nil && p.A.Kind == syntax.Member && (p.A.Name == "Context" || p.A.Name == "Request") {
			return true
		}
	}
	return false
}

// endless reports whether the body of a loop without a condition does something, never ends and looks at no channel.
func (e *evaluation) endless(body *syntax.Node) bool {
	calls, ends := 0, false
	syntax.Walk(body, func(n *syntax.Node) bool {
		if !e.step() {
			return false
		}
		switch n.Kind {
		case syntax.Call:
			calls++
			if n.A != nil && (n.A.Name == "Done" || n.A.Name == "Err") {
				ends = true
			}
		case syntax.Return:
			ends = true
		case syntax.Unary:
			ends = ends || n.Name == "<-"
		case syntax.Lambda:
			return false
		}
		return true
	})
	text := body.Text(e.src)
	return calls > 0 && !ends && !strings.Contains(text, "break") && !strings.Contains(text, "os.Exit") && !strings.Contains(text, "goto ")
}
