package engine

import (
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// resolve returns the fact about a plain callee without evaluating it as an expression.
func (e *evaluation) resolve(n *syntax.Node) (*fact, nameID) {
	v := e.eval(n)
	if v.name == 0 {
		return nil, 0
	}
	return &e.rs.facts[v.name], v.name
}

// suffixes returns the facts about all names that end as n does.
func (e *evaluation) suffixes(n *syntax.Node) []*fact {
	if n.Kind != syntax.Member {
		return nil
	}
	candidates := e.rs.suffixes[n.Name]
	if len(candidates) == 0 {
		return nil
	}
	var found []*fact
	for i := range candidates {
		if endsWith(n.A, candidates[i].before) {
			found = append(found, &candidates[i].fact)
		}
	}
	return found
}

// endsWith reports whether the chain of names that ends in n has these names, last first.
func endsWith(n *syntax.Node, before []string) bool {
	for _, part := range before {
		if part == result {
			if n.Kind != syntax.Call {
				return false
			}
			n = n.A
			continue
		}
		if n == nil || (n.Kind != syntax.Member && n.Kind != syntax.Ident) || n.Name != part {
			return false
		}
		n = n.A
	}
	return true
}

// call evaluates a call: its arguments, the rules about it, and what it returns.
func (e *evaluation) call(n *syntax.Node) value {
	var receiver value
	callee := value{trust: unknown}
	switch {
	case n.A == nil:
	case n.A.Kind == syntax.Member:
		receiver = e.eval(n.A.A)
		callee.name = e.rs.names.member(receiver.name, n.A.Name)
	default:
		callee = e.eval(n.A)
	}
	mark := len(e.args)
	e.elements(n, anything)
	args := e.args[mark:]
	e.checkCall(n, callee, receiver, args)
	e.checkCallee(n, receiver, args)
	v := e.returned(n, callee, receiver, args)
	if callee.name != 0 && e.rs.facts[callee.name].fills != "" && len(n.Kids) > 0 {
		e.fill(n, e.rs.facts[callee.name].fills, args)
	}
	e.args = e.args[:mark]
	return v
}

// returned is what a call returns.
func (e *evaluation) returned(n *syntax.Node, callee, receiver value, given []value) value {
	v := value{trust: unknown, node: n}
	args := value{clean: everything}
	for _, a := range given {
		args = worst(args, a)
	}
	var single value
	if len(given) > 0 {
		single = given[0]
	}
	var f fact
	known := callee.name != 0
	if known {
		f = e.rs.facts[callee.name]
		v.name = e.rs.names.member(callee.name, result)
		if f.returns != 0 {
			v.name = f.returns
		}
		if v.name != 0 && e.rs.facts[v.name].trust > 0 {
			v.trust = e.rs.facts[v.name].trust
		}
	}
	if n.A != nil {
		for _, s := range e.suffixes(n.A) {
			f.trust = max(f.trust, s.trust)
			f.clean |= s.clean
			f.passes = f.passes || s.passes
			if f.format == "" && !f.passes { // path.join isn't "*.join"
				f.format = s.format
			}
			if s.returns != 0 && v.name == 0 {
				v.name = s.returns
			}
		}
	}
	switch {
	case f.format != "":
		if made, ok := e.formatted(n, f.format, receiver, given); ok {
			made.node = n
			return made
		}
	case f.clean != 0:
		in := args
		if receiver.trust > constant && len(n.Kids) == 0 {
			in = receiver
		}
		if in.trust == constant {
			return value{shape: text, trust: constant, text: single.text, node: n}
		}
		v.trust, v.clean = in.trust, in.clean|f.clean
		if f.clean == everything {
			v.trust = cleaned
		}
		v.shape = single.shape
		v.built = false
		return v
	case f.trust > 0:
		v.trust = f.trust
		return v
	case f.passes:
		if len(n.Kids) == 1 && single.shape != list && receiver.trust < param {
			single.name = v.name
			return single
		}
		in := worst(args, receiver)
		in.node, in.name = n, v.name
		return in
	}
	if n.A == nil {
		return v
	}
	switch n.A.Kind {
	case syntax.Ident:
		if info := e.functions[n.A.Name]; info != nil {
			return e.localCall(n, info, given, args)
		}
		if suggestsCleaning(n.A.Name) {
			v.trust, v.clean = cleaned, everything
		}
	case syntax.Member:
		if suggestsCleaning(n.A.Name) {
			v.trust, v.clean = cleaned, everything
			return v
		}
		if info := e.functions[n.A.Name]; info != nil && n.A.A.Kind == syntax.Ident && (n.A.A.Name == "self" || n.A.A.Name == "this") {
			return e.localCall(n, info, given, args)
		}
		if n.A.Name == "map" && e.mapsToHarmless(single) {
			v.trust, v.clean, v.shape = cleaned, everything, list
			return v
		}
		if receiver.trust >= param && receiver.trust > v.trust { // a method of what came from outside
			v.trust, v.clean = receiver.trust, receiver.clean
		}
		if receiver.shape == text && receiver.built {
			v.built, v.text, v.shape = true, receiver.text, text
			v.trust, v.clean = receiver.trust, receiver.clean
		} else if receiver.shape == text && receiver.trust == constant && args.trust == constant {
			v.trust, v.text, v.shape = constant, receiver.text, text
		}
	case syntax.Type: // conversion
		if len(n.Kids) == 1 {
			single.name = v.name
			return single
		}
	}
	return v
}

// mapsToHarmless reports whether a function makes constants, or clean values, of whatever it is given: () => '?', Number.
func (e *evaluation) mapsToHarmless(f value) bool {
	if f.name != 0 && e.rs.facts[f.name].clean == everything {
		return true
	}
	return f.shape == function && f.node != nil && f.node.B != nil && (f.node.B.Kind == syntax.String || f.node.B.Kind == syntax.Number)
}

// localCall notes what a function of the fragment is called with, and returns what it returns.
func (e *evaluation) localCall(n *syntax.Node, info *functionInfo, given []value, args value) value {
	for i, k := range n.Kids {
		if k.Kind == syntax.KeyArg || k.Kind == syntax.Spread {
			break
		}
		v := given[i]
		switch {
		case i < len(info.args):
			v = join(info.args[i], v)
			if v.trust == constant && v.text != info.args[i].text {
				v.text = ""
			}
			info.args[i] = v
		case i == len(info.args):
			info.args = append(info.args, v)
		}
	}
	if !info.called {
		info.called, e.again = true, true
	}
	if !info.known {
		return value{trust: max(args.trust, unknown), clean: args.clean, node: n}
	}
	v := info.result
	v.node = n
	if v.trust == param {
		v.trust, v.clean = max(args.trust, unknown), args.clean
	}
	return v
}

// peek evaluates again what was evaluated before, without asking the rules.
func (e *evaluation) peek(n *syntax.Node) value {
	found := len(e.found)
	v := e.eval(n)
	e.found = e.found[:found]
	return v
}

// fill gives the variable that a function writes to, its first argument, what is written; with "local N" it is all arguments
// from there on.
func (e *evaluation) fill(n *syntax.Node, how string, args []value) {
	if from, ok := strings.CutPrefix(how, "local "); ok {
		first, err := strconv.Atoi(from)
		for i := first; err == nil && i < len(n.Kids); i++ {
			e.fill(&syntax.Node{Kids: n.Kids[i : i+1]}, "local", nil)
		}
		return
	}
	target := n.Kids[0]
	if target.Kind == syntax.Unary && target.A != nil {
		target = target.A
	}
	key := e.path(target)
	if key == "" {
		return
	}
	switch how {
	case "local":
		e.bind(key, value{trust: local})
	case "remote":
		e.bind(key, value{trust: remote})
	default:
		if v, ok := e.formatted(n, how, value{}, args); ok {
			e.bind(key, v)
		}
	}
}
