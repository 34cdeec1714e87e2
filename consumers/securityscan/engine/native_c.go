package engine

import (
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// cFunction is what the analyses of C know of a function, or of a fragment without one.
type cFunction struct {
	body   *syntax.Node
	params map[string]bool
	arrays map[string]cArray
	inputs map[string]int32 // numbers that come from outside: where they are read
	checks map[string]int32 // variables that a condition asks about: where first
	calls  []*syntax.Node
	uses   []*syntax.Node // subscripts
	loops  []*syntax.Node
}

// cArray is a declared array. Bytes and length are 0 where the fragment doesn't show them.
type cArray struct {
	length int64
	size   string // as written
	bytes  bool   // an element is one byte
	local  bool
}

// inC calls visit for every function of the fragment, or for the fragment if there is none.
func (e *evaluation) inC(visit func(*cFunction)) {
	if e.c == nil {
		e.readFunctions()
	}
	for _, f := range e.c {
		visit(f)
	}
}

func (e *evaluation) readFunctions() {
	globals := map[string]cArray{}
	functions := 0
	syntax.Walk(e.tree.Root, func(n *syntax.Node) bool {
		switch n.Kind {
		case syntax.Func:
			functions++
			return false
		case syntax.Decl:
			e.declareArray(n, globals, false)
		}
		return e.step()
	})
	if functions == 0 {
		e.c = []*cFunction{e.readC(nil, e.tree.Root, globals)}
		return
	}
	e.all(e.tree.Root, syntax.Func, func(f *syntax.Node) {
		if f.B != nil {
			e.c = append(e.c, e.readC(f.Kids, f.B, globals))
		}
	})
}

func (e *evaluation) declareArray(d *syntax.Node, arrays map[string]cArray, local bool) {
	if len(d.Kids) != 1 || d.A == nil || d.Kids[0].Kind != syntax.List || len(d.Kids[0].Kids) != 1 {
		return
	}
	size := d.Kids[0].Kids[0]
	a := cArray{size: size.Text(e.src), local: local}
	a.length, _ = strconv.ParseInt(strings.TrimRight(a.size, "uUlL"), 0, 64)
	switch strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(d.A.Name, "unsigned"), "signed")) {
	case "char", "uint8_t", "int8_t", "byte", "BYTE":
		a.bytes = true
	}
	arrays[d.Name] = a
}

// readsNumber are functions that make a number of a text from outside.
var readsNumber = map[string]bool{"atoi": true, "atol": true, "atoll": true, "strtol": true, "strtoul": true, "getchar": true, "ntohs": true, "ntohl": true}

func (e *evaluation) readC(params []*syntax.Node, body *syntax.Node, globals map[string]cArray) *cFunction {
	f := &cFunction{
		body: body, params: map[string]bool{}, arrays: map[string]cArray{}, inputs: map[string]int32{}, checks: map[string]int32{},
	}
	for name, a := range globals {
		f.arrays[name] = a
	}
	for _, p := range params {
		f.params[p.Name] = true
		delete(f.arrays, p.Name)
	}
	check := func(n *syntax.Node) {
		syntax.Walk(n, func(k *syntax.Node) bool {
			if k.Kind == syntax.Ident || k.Kind == syntax.Member {
				name := k.Text(e.src)
				if at, ok := f.checks[name]; !ok || k.Start < at {
					f.checks[name] = k.Start
				}
			}
			return e.step()
		})
	}
	syntax.Walk(body, func(n *syntax.Node) bool {
		switch n.Kind {
		case syntax.Decl:
			e.declareArray(n, f.arrays, true)
			if n.B != nil && n.B.Kind == syntax.Call && readsNumber[calledName(n.B)] {
				f.inputs[n.Name] = n.Start
			}
		case syntax.Assign:
			if n.A != nil && n.A.Kind == syntax.Ident && n.B != nil && n.B.Kind == syntax.Call && readsNumber[calledName(n.B)] {
				f.inputs[n.A.Name] = n.Start
			}
		case syntax.Call:
			f.calls = append(f.calls, n)
			switch calledName(n) {
			case "scanf", "fscanf", "sscanf":
				for _, k := range n.Kids {
					if k.Kind == syntax.Unary && k.Name == "&" && k.A != nil && k.A.Kind == syntax.Ident {
						f.inputs[k.A.Name] = k.Start
					}
				}
			case "assert", "min", "MIN", "std.min":
				check(n)
			}
		case syntax.Index:
			f.uses = append(f.uses, n)
		case syntax.If, syntax.Cond:
			check(n.A)
		case syntax.Loop:
			f.loops = append(f.loops, n)
			for _, k := range n.Kids {
				check(k)
			}
		}
		return e.step()
	})
	return f
}

// calledName is the name of a called function, without what it belongs to.
func calledName(n *syntax.Node) string {
	if n == nil || n.Kind != syntax.Call || n.A == nil {
		return ""
	}
	return n.A.Name
}

// checked reports whether a condition before n asks about one of the variables in an expression.
func (f *cFunction) checked(e *evaluation, n, before *syntax.Node) bool {
	found := false
	syntax.Walk(n, func(k *syntax.Node) bool {
		if k.Kind == syntax.Ident || k.Kind == syntax.Member {
			at, ok := f.checks[k.Text(e.src)]
			found = found || ok && at < before.Start
		}
		return e.step() && !found
	})
	return found
}

// array returns the array that an expression names.
func (f *cFunction) array(n *syntax.Node) (cArray, bool) {
	if n == nil || n.Kind != syntax.Ident {
		return cArray{}, false
	}
	a, ok := f.arrays[n.Name]
	return a, ok
}
