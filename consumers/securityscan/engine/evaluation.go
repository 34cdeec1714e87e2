package engine

import (
	"slices"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// evaluation is the state of one scan.
type evaluation struct {
	rs     *ruleset
	src    string
	tree   *syntax.Tree
	budget int
	found  []weakness.Weakness

	vars      map[string]int32 // innermost binding of a variable, 1-based
	bindings  []binding
	changes   []change // of variables inside the branches that are being evaluated
	branching int
	functions map[string]*functionInfo
	current   *functionInfo // whose body is evaluated
	args      []value       // of the calls and literals that are being evaluated
	naming    []string      // functions that are being evaluated and targets of assignments, outermost first
	written   *syntax.Node  // argument that is asked about
	c         []*cFunction  // what is known of the functions of a fragment of C
	integers  *declaredIntegers
	order     syntax.Order // of the tree, once somebody asks
	applied   []verdict    // by matcher
	again     bool         // functions were called whose parameters weren't known yet
}

// binding is a variable's value, and the binding that it hides.
type binding struct {
	name   string
	hidden int32
	value  value
}

// change is the value that a binding had before a branch changed it.
type change struct {
	index int32
	old   value
}

// functionInfo is what is known of a function that the fragment defines.
type functionInfo struct {
	node        *syntax.Node
	args        []value // join of the arguments of all calls
	called      bool
	result      value
	known       bool // result was evaluated
	random      bool // a random source writes to something in it, once that was asked
	askedRandom bool
}

func newEvaluation() *evaluation {
	return &evaluation{vars: map[string]int32{}, functions: map[string]*functionInfo{}}
}

func (e *evaluation) reset() {
	clear(e.vars)
	clear(e.functions)
	clear(e.bindings)
	clear(e.found)
	clear(e.changes)
	clear(e.args[:cap(e.args)])
	clear(e.naming[:cap(e.naming)])
	e.args, e.naming = e.args[:0], e.naming[:0]
	e.bindings, e.found, e.changes = e.bindings[:0], e.found[:0], e.changes[:0]
	e.written, e.c, e.integers = nil, nil, nil
	e.order.Reset()
	clear(e.applied)
	e.rs, e.tree, e.src, e.current, e.branching, e.again = nil, nil, "", nil, 0, false
}

// run evaluates the fragment; a second time if calls told more about the parameters of functions.
func (e *evaluation) run() {
	e.declare(e.tree.Root)
	e.exec(e.tree.Root)
	if e.again {
		clear(e.vars)
		e.bindings, e.found, e.changes = e.bindings[:0], e.found[:0], e.changes[:0]
		e.exec(e.tree.Root)
	}
	for _, m := range e.rs.natives {
		if n := natives[m.native]; n.concerns(e.src) && e.applies(m) {
			n.look(e, m)
		}
	}
}

// declare notes the functions of the fragment.
func (e *evaluation) declare(n *syntax.Node) {
	for _, k := range n.Kids {
		switch k.Kind {
		case syntax.Func:
			if k.Name != "" {
				e.functions[k.Name] = &functionInfo{node: k}
			}
		case syntax.Decorate:
			if k.B != nil && k.B.Kind == syntax.Func {
				e.functions[k.B.Name] = &functionInfo{node: k.B, called: false}
			}
		case syntax.Class, syntax.Block, syntax.Try, syntax.If:
			e.declare(k)
		}
	}
}

// step counts work; it reports false when there was enough of it.
func (e *evaluation) step() bool {
	e.budget--
	return e.budget > 0
}

func (e *evaluation) report(m *matcher, n *syntax.Node) {
	if e.applies(m) && (m.named == nil || slices.ContainsFunc(e.naming, m.named.MatchString)) {
		e.found = append(e.found, weakness.At(m.rule, e.src, int(n.Start), int(n.End)))
	}
}

// named evaluates an expression whose value gets a name.
func (e *evaluation) named(name string, n *syntax.Node) value {
	e.naming = append(e.naming, name)
	v := e.value(n)
	e.naming = e.naming[:len(e.naming)-1]
	return v
}

// bind gives a variable a value.
func (e *evaluation) bind(name string, v value) {
	if i, ok := e.vars[name]; ok {
		b := &e.bindings[i-1]
		if e.branching > 0 {
			e.changes = append(e.changes, change{i, b.value})
		}
		b.value = v
		return
	}
	e.define(name, v)
}

// define makes a new variable that hides others of its name until the scope ends.
func (e *evaluation) define(name string, v value) {
	e.bindings = append(e.bindings, binding{name: name, hidden: e.vars[name], value: v})
	e.vars[name] = int32(len(e.bindings))
}

// leaveScope forgets the variables defined since there were mark of them.
func (e *evaluation) leaveScope(mark int) {
	for i := len(e.bindings) - 1; i >= mark; i-- {
		b := &e.bindings[i]
		if b.hidden == 0 {
			delete(e.vars, b.name)
		} else {
			e.vars[b.name] = b.hidden
		}
	}
	clear(e.bindings[mark:])
	e.bindings = e.bindings[:mark]
}

// branches evaluates blocks of which at most one runs: afterwards a variable may have any of the values.
func (e *evaluation) branches(blocks []*syntax.Node) {
	type outcome struct {
		index int32
		value value
	}
	var outcomes []outcome
	e.branching++
	for _, b := range blocks {
		mark := len(e.changes)
		e.exec(b)
		for i := len(e.changes) - 1; i >= mark; i-- { // undo, so that the next branch starts from the same values
			c := e.changes[i]
			if int(c.index) > len(e.bindings) {
				continue
			}
			outcomes = append(outcomes, outcome{c.index, e.bindings[c.index-1].value})
			e.bindings[c.index-1].value = c.old
		}
		e.changes = e.changes[:mark]
	}
	e.branching--
	seen := map[int32]int{}
	for _, o := range outcomes {
		b := &e.bindings[o.index-1]
		if e.branching > 0 && seen[o.index] == 0 {
			e.changes = append(e.changes, change{o.index, b.value})
		}
		seen[o.index]++
		b.value = join(b.value, o.value)
	}
}
