package engine

import (
	"strings"
	"sync"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// fixedNonce finds encryption with a nonce or initialization vector that is a constant or was never filled from a random
// source.
func fixedNonce(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Call, func(n *syntax.Node) {
		if n.A == nil || n.A.Kind != syntax.Member || len(n.Kids) < 2 {
			return
		}
		switch n.A.Name {
		case "NewCBCEncrypter", "NewCTR", "NewOFB", "NewCFBEncrypter":
		case "Seal":
			if len(n.Kids) != 4 {
				return
			}
		default:
			return
		}
		if e.fixedBytes(n.Kids[1], 4) {
			e.report(m, n)
		}
	})
}

// fixedBytes reports whether bytes are the same in every run, as far as the fragment shows where they come from.
func (e *evaluation) fixedBytes(n *syntax.Node, depth int) bool {
	if n == nil || depth == 0 {
		return false
	}
	switch n.Kind {
	case syntax.Index:
		return e.fixedBytes(n.A, depth-1)
	case syntax.Literal, syntax.String, syntax.Number:
		return true
	case syntax.Call:
		if n.A == nil {
			return false
		}
		switch {
		case n.A.Name == "make":
			return true
		case n.A.Kind == syntax.Type || n.A.Name == "DecodeString":
			return len(n.Kids) > 0 && e.fixedBytes(n.Kids[0], depth-1)
		}
		if f := e.functions[n.A.Name]; f != nil && n.A.Kind == syntax.Ident && f.node.B != nil && !e.fillsAny(f) {
			fixed := false
			e.all(f.node.B, syntax.Return, func(r *syntax.Node) {
				for _, v := range elementsOf(r.A)[:min(1, len(elementsOf(r.A)))] {
					fixed = fixed || e.fixedBytes(v, depth-1)
				}
			})
			return fixed
		}
	case syntax.Ident:
		return e.fixedVariable(n, depth)
	}
	return false
}

func (e *evaluation) fixedVariable(n *syntax.Node, depth int) bool {
	fixed, known := false, false
	filled := sync.OnceValue(func() bool { return e.fills(e.tree.Root, n.Name) })
	e.all(e.tree.Root, syntax.Assign, func(a *syntax.Node) {
		for i, t := range elementsOf(a.A) {
			switch {
			case t.Kind == syntax.Ident && t.Name == n.Name && i == 0:
				known = true
				fixed = fixed || e.fixedBytes(a.B, depth-1)
			case t.Kind == syntax.Index && t.A.Kind == syntax.Ident && t.A.Name == n.Name && filled() && a.B != nil && a.B.Kind == syntax.Number:
				known, fixed = true, true // overwritten in part
			}
		}
	})
	e.all(e.tree.Root, syntax.Decl, func(d *syntax.Node) {
		if d.Name == n.Name {
			known = true
			fixed = fixed || d.B == nil && d.A != nil && d.A.Kind == syntax.Type && strings.HasPrefix(d.A.Name, "[") || e.fixedBytes(d.B, depth-1)
		}
	})
	if !known {
		return e.fixedParameter(n, depth)
	}
	overwritten := false
	e.all(e.tree.Root, syntax.Assign, func(a *syntax.Node) {
		if a.A != nil && a.A.Kind == syntax.Index && a.A.A.Kind == syntax.Ident && a.A.A.Name == n.Name {
			overwritten = true
		}
	})
	return fixed && (overwritten || !filled())
}

// fixedParameter asks the calls of the function in which n is a parameter.
func (e *evaluation) fixedParameter(n *syntax.Node, depth int) bool {
	fixed := false
	for name, f := range e.functions {
		for i, p := range f.node.Kids {
			if p.Name != n.Name || f.node.Start > n.Start || f.node.End < n.End {
				continue
			}
			e.all(e.tree.Root, syntax.Call, func(c *syntax.Node) {
				if c.A != nil && c.A.Name == name && i < len(c.Kids) {
					fixed = fixed || e.fixedBytes(c.Kids[i], depth-1)
				}
			})
		}
	}
	return fixed
}

// fills reports whether a random source writes to a variable (to any, if it has no name) below n.
func (e *evaluation) fills(n *syntax.Node, name string) bool {
	filled := false
	e.all(n, syntax.Call, func(c *syntax.Node) {
		if c.A == nil || filled {
			return
		}
		random := false
		switch c.A.Name {
		case "Read", "ReadFull", "ReadAtLeast", "copy", "Copy", "CopyN":
			random = name == "" || c.A.Name != "copy"
		default:
			if f := e.functions[c.A.Name]; f != nil && name != "" {
				random = e.fillsAny(f)
			}
		}
		if !random {
			return
		}
		if name == "" {
			filled = true
			return
		}
		for _, k := range c.Kids {
			filled = filled || e.mentions(k, name) > 0
		}
	})
	return filled
}

// fillsAny reports whether a function of the fragment has a random source write to something.
func (e *evaluation) fillsAny(f *functionInfo) bool {
	if !f.askedRandom {
		f.askedRandom, f.random = true, e.fills(f.node.B, "")
	}
	return f.random
}
