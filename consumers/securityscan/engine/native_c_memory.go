package engine

import (
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// bufferOverrun finds what is written behind the end of an array whose declaration the fragment shows: copies that are longer
// than it, or as long as somebody else says and nobody checks, formats that need more room, subscripts and loops that go too
// far.
func bufferOverrun(e *evaluation, m *matcher) {
	e.inC(func(f *cFunction) {
		for _, c := range f.calls {
			if f.overruns(e, c) {
				e.report(m, c)
			}
		}
		for _, n := range f.uses {
			a, ok := f.array(n.A)
			if !ok || a.length == 0 || len(n.Kids) != 1 || n.Kids[0].Kind != syntax.Number {
				continue
			}
			if i, err := strconv.ParseInt(n.Kids[0].Name, 0, 64); err == nil && i >= a.length && !f.onlyAddress(e, n, i == a.length) {
				e.report(m, n)
			}
		}
		for _, l := range f.loops {
			if n := f.pastTheEnd(e, l); n != nil {
				e.report(m, n)
			}
		}
	})
}

// onlyAddress reports whether a subscript just behind the end is taken as the address of the end.
func (f *cFunction) onlyAddress(e *evaluation, n *syntax.Node, end bool) bool {
	before := strings.TrimRight(e.src[:n.Start], " (")
	return end && strings.HasSuffix(before, "&") || strings.HasSuffix(before, "sizeof")
}

// lengthArgument is the place of the length among the arguments of functions that write to their first one, or to the one
// given: destination, length.
var lengthArgument = map[string][2]int{
	"memcpy": {0, 2}, "memmove": {0, 2}, "strncpy": {0, 2}, "memset": {0, 2}, "bcopy": {1, 2}, "fgets": {0, 1}, "read": {1, 2},
	"recv": {1, 2}, "recvfrom": {1, 2}, "snprintf": {0, 1}, "strlcpy": {0, 2}, "wmemcpy": {0, 2}, "fread": {0, 2},
}

func (f *cFunction) overruns(e *evaluation, c *syntax.Node) bool {
	name := calledName(c)
	if at, ok := lengthArgument[name]; ok && len(c.Kids) > max(at[0], at[1]) {
		a, ok := f.array(c.Kids[at[0]])
		n := c.Kids[at[1]]
		if !ok {
			return false
		}
		if length, err := strconv.ParseInt(n.Text(e.src), 0, 64); err == nil {
			return a.bytes && a.length > 0 && length > a.length && name != "fread"
		}
		// as long as a parameter or an input says
		if n.Kind != syntax.Ident || name == "snprintf" || name == "strlcpy" {
			return false
		}
		_, input := f.inputs[n.Name]
		return a.local && (f.params[n.Name] || input) && !f.checked(e, n, c) && name != "memset"
	}
	switch name {
	case "strcpy", "strcat", "stpcpy":
		if len(c.Kids) != 2 {
			return false
		}
		a, ok := f.array(c.Kids[0])
		source := c.Kids[1]
		switch {
		case !ok:
			return false
		case source.Kind == syntax.String:
			return name != "strcat" && a.bytes && a.length > 0 && int64(written(source.Name)) >= a.length
		}
		return a.local && source.Kind == syntax.Ident && f.params[source.Name] && !f.checked(e, source, c)
	case "strncat":
		if len(c.Kids) != 3 {
			return false
		}
		_, ok := f.array(c.Kids[0])
		limit := strings.ReplaceAll(c.Kids[2].Text(e.src), " ", "")
		return ok && (limit == "sizeof("+c.Kids[0].Name+")" || limit == "sizeof"+c.Kids[0].Name)
	case "sprintf":
		if len(c.Kids) < 2 || c.Kids[1].Kind != syntax.String {
			return false
		}
		a, ok := f.array(c.Kids[0])
		return ok && a.bytes && a.length > 0 && formatted(c.Kids[1].Name, c.Kids[2:], f, e, c) >= a.length
	case "scanf", "fscanf", "sscanf":
		return f.scansTooMuch(c)
	}
	return false
}

// written is the length of a string literal whose escapes are kept as written.
func written(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		n++
	}
	return n
}

// unboundedText is the length that a text of unknown length counts for.
const unboundedText = 1 << 20

// formatted is the longest text that a format makes, without the zero at its end. Texts that aren't parameters count as
// empty: who knows.
func formatted(format string, args []*syntax.Node, f *cFunction, e *evaluation, call *syntax.Node) (length int64) {
	for i := 0; i < len(format); i++ {
		if format[i] == '\\' {
			i++
			length++
			continue
		}
		if format[i] != '%' {
			length++
			continue
		}
		verb := strings.IndexFunc(format[i+1:], func(r rune) bool {
			return r >= 'a' && r <= 'z' && r != 'l' && r != 'h' && r != 'z' || r >= 'A' && r <= 'Z' && r != 'L' || r == '%'
		})
		if verb < 0 {
			return length
		}
		flags := format[i+1 : i+1+verb]
		i += 1 + verb
		if format[i] == '%' {
			length++
			continue
		}
		var arg *syntax.Node
		if len(args) > 0 {
			arg, args = args[0], args[1:]
		}
		switch format[i] {
		case 's':
			if arg != nil && arg.Kind == syntax.Ident && f.params[arg.Name] && !strings.Contains(flags, ".") && !f.checked(e, arg, call) {
				length += unboundedText
			}
		case 'f', 'F':
			if !strings.Contains(flags, ".") && (arg == nil || arg.Kind != syntax.Number) {
				length += 317 // -DBL_MAX with six decimals
			}
		case 'd', 'i', 'u':
			if arg == nil || arg.Kind != syntax.Number {
				length++ // at least; a value seldom needs all of its digits
			}
		case 'c':
			length++
		}
	}
	return length
}

// scansTooMuch reports whether a width in the format of a scan leaves no room for the zero.
func (f *cFunction) scansTooMuch(c *syntax.Node) bool {
	for i, k := range c.Kids {
		if k.Kind != syntax.String {
			continue
		}
		args := c.Kids[i+1:]
		for _, part := range strings.Split(k.Name, "%")[1:] {
			if strings.HasPrefix(part, "*") || part == "" || len(args) == 0 {
				continue
			}
			width := strings.TrimRight(part[:len(part)-len(strings.TrimLeft(part, "0123456789"))], " ")
			verb := strings.TrimLeft(part, "0123456789")
			if a, ok := f.array(args[0]); ok && a.bytes && a.length > 0 && width != "" && (strings.HasPrefix(verb, "s") || strings.HasPrefix(verb, "[")) {
				if n, err := strconv.ParseInt(width, 10, 64); err == nil && n >= a.length {
					return true
				}
			}
			args = args[1:]
		}
		return false
	}
	return false
}

// pastTheEnd returns the subscript in a loop that runs up to and including the array's length.
func (f *cFunction) pastTheEnd(e *evaluation, l *syntax.Node) *syntax.Node {
	var counter, limit string
	for _, k := range l.Kids {
		if k.Kind == syntax.Binary && k.Name == "<=" && k.A != nil && k.A.Kind == syntax.Ident && k.B != nil {
			counter, limit = k.A.Name, k.B.Text(e.src)
		}
	}
	if counter == "" || l.B == nil {
		return nil
	}
	var found *syntax.Node
	syntax.Walk(l.B, func(n *syntax.Node) bool {
		if n.Kind == syntax.Index && len(n.Kids) == 1 && n.Kids[0].Kind == syntax.Ident && n.Kids[0].Name == counter && found == nil {
			if a, ok := f.array(n.A); ok && a.size == limit {
				found = n
			}
		}
		return e.step()
	})
	return found
}

// uncheckedSubscript finds subscripts of arrays that come from outside, or from the caller, and that no condition asks about.
func uncheckedSubscript(e *evaluation, m *matcher) {
	e.inC(func(f *cFunction) {
		for _, n := range f.uses {
			if len(n.Kids) != 1 || n.Kids[0].Kind != syntax.Ident || n.A == nil || n.A.Kind != syntax.Ident {
				continue
			}
			index := n.Kids[0]
			a, declared := f.array(n.A)
			at, input := f.inputs[index.Name]
			caller := f.params[index.Name] && declared && a.length > 0
			if (input && at < n.Start || caller) && !f.checked(e, index, n) {
				e.report(m, n)
			}
		}
	})
}

// allocationOverflow finds sizes that are products with a number of somebody else's that no condition asks about.
func allocationOverflow(e *evaluation, m *matcher) {
	e.inC(func(f *cFunction) {
		for _, c := range f.calls {
			switch calledName(c) {
			case "malloc", "alloca", "realloc", "kmalloc", "xmalloc":
			default:
				continue
			}
			if len(c.Kids) == 0 {
				continue
			}
			size := c.Kids[len(c.Kids)-1]
			if calledName(c) == "kmalloc" {
				size = c.Kids[0]
			}
			if size.Kind != syntax.Binary || size.Name != "*" {
				continue
			}
			for _, factor := range []*syntax.Node{size.A, size.B} {
				if factor == nil || factor.Kind != syntax.Ident {
					continue
				}
				if _, input := f.inputs[factor.Name]; (input || f.params[factor.Name]) && !f.checked(e, factor, c) {
					e.report(m, c)
					break
				}
			}
		}
	})
}
