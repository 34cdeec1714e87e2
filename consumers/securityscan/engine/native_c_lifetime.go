package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// usedAfterFree finds pointers that are used, or freed again, behind a free in the same block, or behind an if of the same
// block that frees and goes on.
func usedAfterFree(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Block, func(b *syntax.Node) {
		for i, s := range b.Kids {
			for _, pointer := range e.frees(s) {
				if use := e.usedIn(b.Kids[i+1:], pointer); use != nil {
					e.report(m, use)
				}
			}
		}
	})
}

// frees are the pointers that a statement frees on a way that leads to the next one.
func (e *evaluation) frees(s *syntax.Node) []string {
	if s == nil {
		return nil
	}
	switch s.Kind {
	case syntax.Call:
		if calledName(s) == "free" && len(s.Kids) == 1 {
			if p := e.path(s.Kids[0]); p != "" {
				return []string{p}
			}
		}
	case syntax.Unary:
		if s.Name == "delete" && s.A != nil {
			if p := e.path(s.A); p != "" {
				return []string{p}
			}
		}
	case syntax.If:
		var freed []string
		for _, branch := range s.Kids {
			if branch == nil {
				continue
			}
			statements := branch.Kids
			if branch.Kind != syntax.Block {
				statements = []*syntax.Node{branch}
			}
			if e.leaves(branch) {
				continue
			}
			for i, k := range statements {
				if k == nil || k.Kind == syntax.If || !e.step() {
					continue
				}
				for _, p := range e.frees(k) {
					if !e.overwritten(statements[i+1:], p) {
						freed = append(freed, p)
					}
				}
			}
		}
		return freed
	}
	return nil
}

// leaves reports whether a block may end otherwise than at its end. Jumps are no nodes, so its text is asked.
func (e *evaluation) leaves(b *syntax.Node) bool {
	text := b.Text(e.src)
	for _, word := range []string{"return", "goto", "break", "continue", "exit", "abort", "throw", "longjmp", "NULL", "nullptr"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

func (e *evaluation) overwritten(statements []*syntax.Node, pointer string) bool {
	for _, s := range statements {
		if s != nil && s.Kind == syntax.Assign && e.path(s.A) == pointer {
			return true
		}
	}
	return false
}

// usedIn returns the first use of a freed pointer in statements, nil if it gets another value first, or if what follows
// can't be told.
func (e *evaluation) usedIn(statements []*syntax.Node, pointer string) *syntax.Node {
	for _, s := range statements {
		if s == nil || !e.step() {
			return nil
		}
		if s.Kind == syntax.Assign && e.path(s.A) == pointer || s.Kind == syntax.Decl && s.Name == pointer {
			if s.B != nil {
				return e.use(s.B, pointer)
			}
			return nil
		}
		if use := e.use(s, pointer); use != nil {
			return use
		}
		if s.Kind == syntax.Return || s.Kind == syntax.Loop || s.Kind == syntax.If && mentions(s.Text(e.src), pointer) {
			return nil
		}
		if text := s.Text(e.src); strings.Contains(text, "goto ") || strings.Contains(text, "&"+pointer) || strings.Contains(text, pointer+" =") || strings.Contains(text, pointer+"=") {
			return nil
		}
	}
	return nil
}

// use returns the part of an expression or statement that reads through a pointer or hands it on. What only asks about it
// doesn't count.
func (e *evaluation) use(n *syntax.Node, pointer string) *syntax.Node {
	var found *syntax.Node
	syntax.Walk(n, func(k *syntax.Node) bool {
		if found != nil || !e.step() {
			return false
		}
		switch k.Kind {
		case syntax.Block, syntax.If, syntax.Loop, syntax.Lambda, syntax.Cond:
			return k == n && k.Kind != syntax.If && k.Kind != syntax.Loop // what runs under conditions may not follow the free
		case syntax.Assign:
			if e.path(k.A) == pointer {
				return false
			}
		case syntax.Unary:
			if k.Name == "&" {
				return false
			}
			if k.Name == "*" && k.A != nil && e.path(k.A) == pointer {
				found = k
			}
		case syntax.Member, syntax.Index:
			if k.A != nil && e.path(k.A) == pointer {
				found = k
			}
		case syntax.Call:
			for _, a := range k.Kids {
				if e.path(a) == pointer && !strings.HasPrefix(calledName(k), "sizeof") {
					found = k
				}
			}
		case syntax.Return:
			if k.A != nil && e.path(k.A) == pointer {
				found = k
			}
		}
		return found == nil
	})
	return found
}

// localReturned finds functions that return the address of what is gone when they return: an array of theirs.
func localReturned(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Func, func(f *syntax.Node) {
		arrays := map[string]bool{}
		syntax.Walk(f.B, func(n *syntax.Node) bool {
			switch n.Kind {
			case syntax.Decl:
				line := e.src[strings.LastIndexByte(e.src[:n.Start], '\n')+1 : n.Start]
				if len(n.Kids) > 0 && n.Kids[0].Kind == syntax.List && !strings.Contains(line, "static") && !strings.Contains(line, "thread_local") && !strings.Contains(line, "*") {
					arrays[n.Name] = true
				}
			case syntax.Return:
				if n.A != nil && n.A.Kind == syntax.Ident && arrays[n.A.Name] {
					e.report(m, n)
				}
			case syntax.Lambda:
				return false
			}
			return e.step()
		})
	})
}
