package engine

import "github.com/assayhq/assay/consumers/securityscan/syntax"

// prototypePollution looks for writes to properties whose names come from outside, two levels deep or along a path: a
// function that copies every property and calls itself for those that are objects, a loop that descends along a list of
// names and writes at its end, and a[x][y] = z with names from the request.
func prototypePollution(e *evaluation, m *matcher) {
	syntax.Walk(e.tree.Root, func(n *syntax.Node) bool {
		switch n.Kind {
		case syntax.Func, syntax.Lambda, syntax.Decl:
			fn := n
			if n.Kind == syntax.Decl {
				fn = n.B
			}
			if fn == nil || fn.Kind != syntax.Func && fn.Kind != syntax.Lambda {
				return true
			}
			if at := deepWrite(fn, n.Name); at != nil {
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
func deepWrite(fn *syntax.Node, name string) *syntax.Node {
	var write *syntax.Node
	keys := map[string]bool{}      // names of properties that a loop goes through
	descended := map[string]bool{} // variables that go down a path
	params := map[string]bool{}
	for _, p := range fn.Kids {
		params[p.Name] = true
	}
	syntax.Walk(fn.B, func(n *syntax.Node) bool {
		switch n.Kind {
		case syntax.Loop:
			if len(n.Kids) == 1 && n.Kids[0].Kind == syntax.Decl {
				keys[n.Kids[0].Name] = true
			}
		case syntax.Call:
			if n.A != nil && n.A.Kind == syntax.Member && n.A.Name == "forEach" && len(n.Kids) > 0 && n.Kids[0].Kind == syntax.Lambda && len(n.Kids[0].Kids) > 0 {
				keys[n.Kids[0].Kids[0].Name] = true
			}
		case syntax.Assign:
			if n.A == nil || n.B == nil || n.Name != "=" {
				return true
			}
			if n.A.Kind == syntax.Ident && indexes(n.B, n.A.Name) {
				descended[n.A.Name] = true
			}
			if n.A.Kind != syntax.Index || n.A.A.Kind != syntax.Ident || len(n.A.Kids) != 1 || !variable(n.A.Kids[0]) {
				return true
			}
			to, key := n.A.A.Name, n.A.Kids[0]
			if descended[to] || key.Kind == syntax.Ident && keys[key.Name] && params[to] && copiesInto(n.B, name, to) {
				write = n
			}
		}
		return write == nil
	})
	return write
}

// copiesInto reports whether a value is made by calling the function again, with a property of something else than to.
func copiesInto(value *syntax.Node, name, to string) bool {
	found := false
	syntax.Walk(value, func(n *syntax.Node) bool {
		if name != "" && n.Kind == syntax.Call && n.A != nil && n.A.Kind == syntax.Ident && n.A.Name == name {
			for _, k := range n.Kids {
				found = found || k.Kind == syntax.Index && k.A.Kind == syntax.Ident && k.A.Name != to && len(k.Kids) == 1 && variable(k.Kids[0])
			}
		}
		return !found
	})
	return found
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
