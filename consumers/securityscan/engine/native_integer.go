package engine

import (
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// interval is the range of values of an integer; float64 is exact enough to compare the bounds of Go's types.
type interval struct{ low, high float64 }

var integerTypes = map[string]interval{
	"int": {math.MinInt64, math.MaxInt64}, "int64": {math.MinInt64, math.MaxInt64}, "int32": {math.MinInt32, math.MaxInt32},
	"rune": {math.MinInt32, math.MaxInt32}, "int16": {math.MinInt16, math.MaxInt16}, "int8": {math.MinInt8, math.MaxInt8},
	"uint": {0, math.MaxUint64}, "uint64": {0, math.MaxUint64}, "uintptr": {0, math.MaxUint64}, "uint32": {0, math.MaxUint32},
	"uint16": {0, math.MaxUint16}, "uint8": {0, math.MaxUint8}, "byte": {0, math.MaxUint8},
}

var integerLimits = map[string]float64{
	"MaxInt8": math.MaxInt8, "MinInt8": math.MinInt8, "MaxInt16": math.MaxInt16, "MinInt16": math.MinInt16,
	"MaxInt32": math.MaxInt32, "MinInt32": math.MinInt32, "MaxInt64": math.MaxInt64, "MinInt64": math.MinInt64,
	"MaxInt": math.MaxInt64, "MinInt": math.MinInt64, "MaxUint8": math.MaxUint8, "MaxUint16": math.MaxUint16,
	"MaxUint32": math.MaxUint32, "MaxUint64": math.MaxUint64, "MaxUint": math.MaxUint64,
}

// calledIntegers are functions with the bounds of their results.
var calledIntegers = map[string]interval{
	"strconv.Atoi": integerTypes["int"], "rand.Int63": {0, math.MaxInt64}, "rand.Int": {0, math.MaxInt64},
	"rand.Uint64": integerTypes["uint64"], "rand.Uint32": integerTypes["uint32"], "rand.Int31": {0, math.MaxInt32},
}

// integerConversion finds conversions of integers to types that don't hold all their values, where nothing in the function
// compares the value with bounds that fit.
func integerConversion(e *evaluation, m *matcher) {
	visit := func(f *syntax.Node) {
		if f.B == nil {
			return
		}
		types := e.integerVariables(f)
		type question struct{ expression, to string }
		type answer struct{ lower, upper bool }
		answers := map[question]answer{}
		e.all(f.B, syntax.Call, func(n *syntax.Node) {
			if n.A == nil || n.A.Kind != syntax.Ident || len(n.Kids) != 1 {
				return
			}
			to, isType := integerTypes[n.A.Name]
			if !isType {
				return
			}
			from, ok := e.integerRange(n.Kids[0], types)
			if !ok || from.low >= to.low && from.high <= to.high {
				return
			}
			q := question{n.Kids[0].Text(e.src), n.A.Name}
			a, asked := answers[q]
			if !asked {
				a.lower, a.upper = e.compared(f.B, n.Kids[0], to)
				answers[q] = a
			}
			if from.low < to.low && !a.lower || from.high > to.high && !a.upper {
				e.report(m, n)
			}
		})
	}
	e.all(e.tree.Root, syntax.Func, visit)
}

// declaredIntegers are the ranges of the types and fields that the fragment declares.
type declaredIntegers struct{ fields, named map[string]interval }

func (e *evaluation) declaredIntegers() *declaredIntegers {
	types, named := map[string]interval{}, map[string]interval{}
	e.all(e.tree.Root, syntax.Class, func(c *syntax.Node) {
		if c.A != nil {
			if r, ok := integerTypes[c.A.Name]; ok {
				named[c.Name] = r
			}
		}
		for _, b := range c.Kids {
			for _, d := range b.Kids {
				if d.A != nil {
					if r, ok := integerTypes[d.A.Name]; ok {
						types["."+d.Name] = r
					}
				}
			}
		}
	})
	return &declaredIntegers{types, named}
}

// integerVariables are the ranges of the variables of a function by their types.
func (e *evaluation) integerVariables(f *syntax.Node) map[string]interval {
	if e.integers == nil {
		e.integers = e.declaredIntegers()
	}
	types, named := maps.Clone(e.integers.fields), e.integers.named
	note := func(name string, typ *syntax.Node) {
		if typ == nil {
			return
		}
		if r, ok := integerTypes[typ.Name]; ok {
			types[name] = r
		} else if r, ok := named[typ.Name]; ok {
			types[name] = r
		} else if i := strings.LastIndexByte(typ.Name, ']'); i >= 0 {
			if r, ok := integerTypes[typ.Name[i+1:]]; ok {
				types[name+"[]"] = r
			}
		}
	}
	e.all(f, syntax.Param, func(p *syntax.Node) { note(p.Name, p.A) })
	for pass := 0; pass < 2; pass++ {
		e.all(f.B, syntax.Decl, func(d *syntax.Node) {
			note(d.Name, d.A)
			if _, constant := constantOf(d.B); constant {
				delete(types, d.Name)
			} else if d.A == nil && d.B != nil {
				if r, ok := e.integerRange(d.B, types); ok {
					types[d.Name] = r
				}
			}
		})
		e.all(f.B, syntax.Assign, func(a *syntax.Node) {
			t := elementsOf(a.A)
			if len(t) == 0 || t[0].Kind != syntax.Ident {
				return
			}
			if _, known := types[t[0].Name]; known || a.Name != ":=" && a.Name != "in" {
				return
			}
			if r, ok := e.integerRange(a.B, types); ok && a.B.Kind != syntax.Number && a.Name == ":=" {
				types[t[0].Name] = r
			}
		})
	}
	return types
}

// integerRange is the range of an expression; ok is false where its type isn't known.
func (e *evaluation) integerRange(n *syntax.Node, types map[string]interval) (interval, bool) {
	if n == nil {
		return interval{}, false
	}
	if c, ok := constantOf(n); ok {
		return interval{c, c}, true
	}
	switch n.Kind {
	case syntax.Ident:
		r, ok := types[n.Name]
		return r, ok
	case syntax.Member:
		r, ok := types["."+n.Name]
		return r, ok
	case syntax.Index:
		if n.A.Kind == syntax.Ident {
			r, ok := types[n.A.Name+"[]"]
			return r, ok
		}
	case syntax.Unary:
		r, ok := e.integerRange(n.A, types)
		if n.Name == "-" && ok {
			r.low, r.high = min(-r.high, r.low), max(-r.low, r.high)
		}
		return r, ok
	case syntax.Binary:
		a, okA := e.integerRange(n.A, types)
		b, okB := e.integerRange(n.B, types)
		if !okA {
			return b, okB && b.low != b.high
		}
		if c, ok := constantOf(n.B); ok && c > 0 {
			switch n.Name {
			case "%":
				return interval{max(a.low, -(c - 1)), min(a.high, c-1)}, true
			case "&":
				return interval{0, min(max(a.high, 0), c)}, true
			case ">>":
				return interval{math.Floor(a.low / math.Pow(2, c)), math.Floor(a.high / math.Pow(2, c))}, true
			case "/":
				return interval{a.low / c, a.high / c}, true
			}
		}
		if a.low == a.high && okB {
			return b, true
		}
		return a, true
	case syntax.Call:
		text := e.calleeText(n)
		if r, ok := integerTypes[text]; ok {
			if from, known := e.integerRange(n.Kids[0], types); len(n.Kids) == 1 && known && from.low >= r.low && from.high <= r.high {
				return from, true
			}
			return r, true
		}
		if (text == "strconv.ParseInt" || text == "strconv.ParseUint") && len(n.Kids) == 3 {
			if bits, ok := constantOf(n.Kids[2]); ok && bits > 0 {
				if text == "strconv.ParseInt" {
					return interval{-math.Pow(2, bits-1), math.Pow(2, bits-1) - 1}, true
				}
				return interval{0, math.Pow(2, bits) - 1}, true
			}
			if text == "strconv.ParseInt" {
				return integerTypes["int64"], true
			}
			return integerTypes["uint64"], true
		}
		r, ok := calledIntegers[text]
		return r, ok
	}
	return interval{}, false
}

func constantOf(n *syntax.Node) (float64, bool) {
	switch {
	case n == nil:
	case n.Kind == syntax.Number:
		x, err := strconv.ParseInt(strings.ReplaceAll(n.Name, "_", ""), 0, 64)
		return float64(x), err == nil
	case n.Kind == syntax.Unary && n.Name == "-":
		x, ok := constantOf(n.A)
		return -x, ok
	case n.Kind == syntax.Member:
		x, ok := integerLimits[n.Name]
		return x, ok
	case n.Kind == syntax.Call && len(n.Kids) == 1 && n.A != nil && integerTypes[n.A.Name] != interval{}:
		return constantOf(n.Kids[0])
	}
	return 0, false
}

// compared reports whether an expression is compared with a lower and with an upper bound that keep it within to.
func (e *evaluation) compared(body, value *syntax.Node, to interval) (lower, upper bool) {
	expr := value.Text(e.src)
	e.all(body, syntax.Binary, func(n *syntax.Node) {
		if n.A == nil || n.B == nil {
			return
		}
		bound := n.B
		if n.A.Text(e.src) != expr {
			if n.B.Text(e.src) != expr {
				switch n.Name { // a sum is compared: what that means for its parts isn't worked out
				case "<", "<=", ">", ">=":
					shared := e.sharesVariable(n, value)
					lower, upper = lower || shared, upper || shared
				}
				return
			}
			bound = n.A
		}
		switch n.Name {
		case "<", "<=", ">", ">=":
		case "==", "!=":
			if c, ok := constantOf(bound); ok && c >= to.low && c <= to.high {
				lower, upper = true, true
			}
			return
		default:
			return
		}
		c, ok := constantOf(bound)
		switch {
		case !ok:
			lower, upper = true, true
		case c > 0 && c <= to.high+1:
			upper = true
			if n.Name[0] == '>' && c < 16 {
				lower = true
			}
		case c >= to.low-1, to.high == math.MaxUint8 && c >= math.MinInt8: // a byte of either sign
			lower = true
		}
	})
	e.all(body, syntax.Call, func(c *syntax.Node) { // min, max and the like
		if c.A != nil && (c.A.Name == "min" || c.A.Name == "max") && strings.Contains(c.Text(e.src), expr) {
			lower, upper = true, true
		}
	})
	return lower, upper
}

// sharesVariable reports whether a comparison is about a variable of an expression, or of one from which it was made.
func (e *evaluation) sharesVariable(comparison, value *syntax.Node) bool {
	shared := false
	e.all(value, syntax.Ident, func(v *syntax.Node) {
		shared = shared || integerTypes[v.Name] == interval{} && e.mentions(comparison, v.Name) > 0
	})
	if value.Kind == syntax.Ident && !shared {
		e.all(e.tree.Root, syntax.Assign, func(a *syntax.Node) {
			if t := elementsOf(a.A); a.Name == ":=" && len(t) == 1 && t[0].Name == value.Name && a.B != nil && a.B.Kind != syntax.Ident && a.B.Kind != syntax.Call {
				e.all(a.B, syntax.Ident, func(v *syntax.Node) { shared = shared || e.mentions(comparison, v.Name) > 0 })
			}
		})
	}
	return shared
}
