package engine

import "github.com/assayhq/assay/consumers/securityscan/syntax"

// prototypePollution looks for writes to properties whose names come from outside, two levels deep or along a path: a
// function that copies every property and calls itself for those that are objects, a loop that descends along a list of
// names and writes at its end, and a[x][y] = z with names from the request.
func prototypePollution(e *evaluation, m *matcher) {
	syntax.Walk(e.tree.Root, func(n *syntax.Node) bool {
		switch n.Kind {
		case syntax.Func, syntax.Lambda, syntax.Decl:
			name, body := n.Name, n.B
			if n.Kind == syntax.Decl && (body == nil || body.Kind != syntax.Lambda) {
				return true
			}
			if at := deepWrite(body, name); at != nil {
				e.report(m, at)
				return false
			}
		case syntax.Assign:
			if n.A != nil && n.A.Kind == syntax.Index && n.A.A.Kind == syntax.Index && e.fromRequest(n.A) && e.fromRequest(n.A.A) {
				e.report(m, n)
			}
		}
		return true
	})
}

// deepWrite returns the write to a property in a function that descends, by calling itself or in a loop.
func deepWrite(body *syntax.Node, name string) *syntax.Node {
	var write *syntax.Node
	written, descended := "", map[string]bool{}
	recursive := false
	syntax.Walk(body, func(n *syntax.Node) bool {
		switch n.Kind {
		case syntax.Call:
			if n.A != nil && name != "" && n.A.Kind == syntax.Ident && n.A.Name == name {
				recursive = true
			}
		case syntax.Assign:
			switch {
			case n.A == nil || n.B == nil || n.Name != "=":
			case n.A.Kind == syntax.Index && n.A.A.Kind == syntax.Ident && len(n.A.Kids) == 1 && variable(n.A.Kids[0]):
				if write == nil || written != n.A.A.Name {
					write, written = n, n.A.A.Name
				}
			case n.A.Kind == syntax.Ident && indexes(n.B, n.A.Name):
				descended[n.A.Name] = true
			}
		}
		return n.Kind != syntax.Func
	})
	if write != nil && (recursive && write.B != nil && reads(body) || descended[written]) {
		return write
	}
	return nil
}

// variable reports whether a key isn't constant.
func variable(n *syntax.Node) bool {
	return n.Kind == syntax.Ident || n.Kind == syntax.Index || n.Kind == syntax.Member
}

// indexes reports whether the value of n is a property, under a name that isn't constant, of the variable.
func indexes(n *syntax.Node, name string) bool {
	found := false
	syntax.Walk(n, func(n *syntax.Node) bool {
		found = found || n.Kind == syntax.Index && n.A.Kind == syntax.Ident && n.A.Name == name && len(n.Kids) == 1 && variable(n.Kids[0])
		return !found
	})
	return found
}

// reads reports whether a loop over the names of an object's properties is there.
func reads(body *syntax.Node) bool {
	found := false
	syntax.Walk(body, func(n *syntax.Node) bool {
		found = found || n.Kind == syntax.Loop || n.Kind == syntax.Call && n.A != nil && n.A.Kind == syntax.Member && n.A.Name == "forEach"
		return !found
	})
	return found
}

// fromRequest reports whether an element is chosen by what a client sent: directly, or by a variable made from that.
func (e *evaluation) fromRequest(index *syntax.Node) bool {
	if len(index.Kids) != 1 {
		return false
	}
	key := index.Kids[0]
	if key.Kind != syntax.Ident {
		return e.peek(key).trust == remote
	}
	found := false
	syntax.Walk(e.tree.Root, func(n *syntax.Node) bool {
		found = found || n.Kind == syntax.Decl && n.Name == key.Name && e.step() && (e.peek(n.B).trust == remote || n.B.Kind == syntax.Ident && n.B.Name == "{}")
		return !found
	})
	return found
}
