package engine

import (
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// allocates are functions that return NULL when there is nothing left.
var allocates = map[string]bool{"malloc": true, "calloc": true, "realloc": true, "strdup": true, "fopen": true, "popen": true, "opendir": true}

// uncheckedAllocation finds pointers from functions that may return NULL which are used before anybody asks.
func uncheckedAllocation(e *evaluation, m *matcher) {
	e.all(e.tree.Root, syntax.Block, func(b *syntax.Node) {
		for i, s := range b.Kids {
			if s == nil {
				continue
			}
			pointer, call := "", s.B
			switch {
			case s.Kind == syntax.Decl:
				pointer = s.Name
			case s.Kind == syntax.Assign && s.Name == "=":
				pointer = e.path(s.A)
			}
			if pointer == "" || !allocates[allocator(call)] {
				continue
			}
			if use := e.firstUse(b.Kids[i+1:], pointer); use != nil {
				e.report(m, use)
			}
		}
	})
}

// allocator is the name of the function whose result, perhaps converted, an expression is.
func allocator(n *syntax.Node) string {
	for n != nil {
		switch {
		case n.Kind == syntax.Call && len(n.Kids) == 1 && n.A != nil && n.A.Kind == syntax.Type, n.Kind == syntax.Call && n.A == nil && len(n.Kids) == 1:
			n = n.Kids[0]
		case n.Kind == syntax.Unary:
			n = n.A
		default:
			return calledName(n)
		}
	}
	return ""
}

// reads are functions that read or write through a pointer without asking whether it is one.
var reads = map[string]bool{
	"memcpy": true, "memset": true, "memmove": true, "strcpy": true, "strncpy": true, "strcat": true, "sprintf": true, "snprintf": true,
	"fgets": true, "fread": true, "fwrite": true, "fprintf": true, "fscanf": true, "fclose": true, "fputs": true, "fseek": true,
	"strlen": true, "getline": true, "fgetc": true, "getc": true, "readdir": true, "pclose": true,
}

// mentions reports whether a text holds a name as a whole word.
func mentions(text, name string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(name)
		if (start == 0 || !wordByte(text[start-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		from = start + 1
	}
}

func wordByte(c byte) bool { return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// firstUse returns the first use of a pointer, nil if somebody asks about it, or it is handed on, first.
func (e *evaluation) firstUse(statements []*syntax.Node, pointer string) *syntax.Node {
	for _, s := range statements {
		if s == nil || !e.step() {
			return nil
		}
		if !mentions(s.Text(e.src), pointer) {
			continue
		}
		headers := []*syntax.Node{s}
		switch s.Kind {
		case syntax.If:
			headers = []*syntax.Node{s.A}
		case syntax.Loop:
			headers = append(headers[:0], s.Kids...)
		}
		for _, h := range headers {
			if use, asked := e.dereferenced(h, pointer); use != nil || asked {
				return use
			}
		}
		return nil
	}
	return nil
}

// dereferenced returns what reads or writes through a pointer in n, unless n asks first whether it is one.
func (e *evaluation) dereferenced(n *syntax.Node, pointer string) (use *syntax.Node, asked bool) {
	is := func(k *syntax.Node) bool { return k != nil && e.path(k) == pointer }
	syntax.Walk(n, func(k *syntax.Node) bool {
		if use != nil || asked || !e.step() {
			return false
		}
		switch k.Kind {
		case syntax.If, syntax.Cond, syntax.Lambda:
			asked = true
		case syntax.Unary:
			switch {
			case k.Name == "*" && is(k.A):
				use = k
			case k.Name == "!" || k.Name == "&":
				asked = is(k.A)
			case k.Name == "sizeof":
				return false
			}
		case syntax.Binary:
			switch k.Name {
			case "==", "!=", "&&", "||":
				asked = is(k.A) || is(k.B)
			}
		case syntax.Member, syntax.Index:
			if is(k.A) {
				use = k
			}
		case syntax.Call:
			given := slices.ContainsFunc(k.Kids, is)
			switch {
			case given && reads[calledName(k)]:
				use = k
			case given:
				asked = true // by the function, perhaps
			}
		}
		return use == nil && !asked
	})
	return use, asked
}
