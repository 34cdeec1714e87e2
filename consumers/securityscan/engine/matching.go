package engine

import (
	"slices"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// checkCall asks the rules about a call or a composite literal.
func (e *evaluation) checkCall(n *syntax.Node, callee, receiver value, args []value) {
	if callee.name != 0 {
		for _, m := range e.rs.facts[callee.name].calls {
			e.matchCall(n, m, receiver, args)
		}
		if n.A != nil && n.A.Kind == syntax.Member {
			e.used(n, callee.name)
		}
	}
	if n.A != nil && n.A.Kind == syntax.Member {
		for _, s := range e.suffixes(n.A) {
			for _, m := range s.calls {
				e.matchCall(n, m, receiver, args)
			}
			for _, m := range s.uses {
				e.report(m, n)
			}
		}
	}
}

// checkCallee asks the rules about all functions with such names.
func (e *evaluation) checkCallee(n *syntax.Node, receiver value, args []value) {
	if n.A == nil || !slices.ContainsFunc(args, func(v value) bool { return v.built }) {
		return
	}
	for _, p := range e.rs.callees {
		if p.re.MatchString(n.A.Name) {
			e.matchCall(n, p.m, receiver, args)
		}
	}
}

func (e *evaluation) matchCall(n *syntax.Node, m *matcher, receiver value, args []value) {
	defer func() { e.written = nil }()
	for i := range m.args {
		if !e.argumentHolds(n, &m.args[i], m.purpose, receiver, args) {
			return
		}
	}
	e.report(m, n)
}

func (e *evaluation) argumentHolds(n *syntax.Node, a *argument, p purposes, receiver value, args []value) bool {
	if a.self {
		return a.holds(e, receiver, true, p)
	}
	position := 0
	spread := false
	for i, k := range n.Kids {
		switch {
		case k.Kind == syntax.KeyArg || k.Kind == syntax.Pair:
			name := k.Name
			if k.Kind == syntax.Pair {
				name = k.A.Name
			}
			e.written = k.B
			if (a.name != "" && name == a.name || a.rest && a.position == 0) && a.holds(e, args[i], true, p) {
				return true
			}
			if a.name != "" && name == a.name {
				return false
			}
			continue
		case k.Kind == syntax.Spread:
			spread = true
			continue
		}
		e.written = k
		if a.position >= 0 && (position == a.position || a.rest && position > a.position) {
			if a.holds(e, args[i], true, p) {
				return true
			}
			if !a.rest {
				return false
			}
		}
		position++
	}
	if spread || a.rest { // what isn't seen may be there
		return false
	}
	return a.holds(e, value{}, false, p)
}

// verdict is whether a fragment is one that a matcher is for, once that was asked.
type verdict uint8

const (
	notAsked verdict = iota
	forIt
	notForIt
)

// applies reports whether the fragment is one that the matcher is for.
func (e *evaluation) applies(m *matcher) bool {
	if m.with == nil && m.unless == nil {
		return true
	}
	for m.index >= len(e.applied) {
		e.applied = append(e.applied, notAsked)
	}
	if e.applied[m.index] == notAsked {
		e.applied[m.index] = notForIt
		if (m.with == nil || m.with.MatchString(e.src)) && (m.unless == nil || !m.unless.MatchString(e.src)) {
			e.applied[m.index] = forIt
		}
	}
	return e.applied[m.index] == forIt
}
