package engine

import (
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// template is an interpolated string.
func (e *evaluation) template(n *syntax.Node) value {
	v := value{shape: text, node: n}
	for i, k := range n.Kids {
		o := e.eval(k)
		if i == 0 {
			o.shape = text
			if k.Kind != syntax.String {
				o = concat(value{shape: text}, o)
			}
			v = o
		} else {
			v = concat(v, o)
		}
	}
	v.node = n
	v.name = 0
	return v
}

// percent is Python's formatting operator; ok is false where the left side isn't a text.
func (e *evaluation) percent(n *syntax.Node) (value, bool) {
	format := e.eval(n.A)
	if format.shape != text || n.B == nil {
		return value{}, false
	}
	var args []value
	var named *syntax.Node
	switch n.B.Kind {
	case syntax.List:
		for _, k := range n.B.Kids {
			args = append(args, e.value(k))
		}
	case syntax.Literal:
		named = n.B
		e.value(n.B)
	default:
		args = append(args, e.value(n.B))
	}
	v := e.printf(format, args, named)
	v.node = n
	return v, true
}

// printf fills the verbs of a format with arguments. Verbs for numbers make them harmless.
func (e *evaluation) printf(format value, args []value, named *syntax.Node) value {
	v := value{shape: text, trust: format.trust, clean: format.clean, built: format.built}
	s := format.text
	next := 0
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 || i+1 >= len(s) {
			return concat(v, value{shape: text, text: s})
		}
		v = concat(v, value{shape: text, text: s[:i]})
		s = s[i+1:]
		key := ""
		if s[0] == '(' {
			if j := strings.IndexByte(s, ')'); j > 0 {
				key, s = s[1:j], s[j+1:]
			}
		}
		j := 0
		for j < len(s) && strings.IndexByte("+-# 0123456789.*lhz[]", s[j]) >= 0 {
			j++
		}
		if j == len(s) {
			return v
		}
		verb := s[j]
		s = s[j+1:]
		if verb == '%' {
			v = concat(v, value{shape: text, text: "%"})
			continue
		}
		arg := value{trust: unknown}
		switch {
		case key != "" && named != nil:
			for _, k := range named.Kids {
				if k.Kind == syntax.Pair && k.A.Name == key {
					arg = e.peek(k.B)
				}
			}
		case next < len(args):
			arg = args[next]
			next++
		}
		if strings.IndexByte("diouxXeEfFgGcbtp", verb) >= 0 {
			arg = e.digits(arg)
		}
		v = concat(v, arg)
	}
}

// formatted evaluates a call that makes a text: "printf N" (the format is argument N), "braces" (the format, with {} for
// the arguments, is what the method is called on), "join" (the parts are argument 0, what the method is called on between
// them), "joined N" (the parts are argument N, the next comes between them), "path N" (argument N and all behind it with a slash
// between them) or "concat N" (argument N and all behind it).
func (e *evaluation) formatted(n *syntax.Node, how string, receiver value, given []value) (value, bool) {
	kind, position, _ := strings.Cut(how, " ")
	at, _ := strconv.Atoi(position)
	switch kind {
	case "printf":
		if at >= len(given) {
			return value{}, false
		}
		format := given[at]
		if format.trust != constant && !format.built {
			v := format
			for _, o := range given[at+1:] {
				v = worst(v, o)
			}
			v.shape, v.built, v.text = text, true, hole(v.trust)
			return v, true
		}
		return e.printf(format, given[at+1:], nil), true
	case "same":
		if at >= len(given) {
			return value{}, false
		}
		return given[at], true
	case "braces":
		if receiver.shape != text {
			return value{}, false
		}
		return e.braces(receiver, n.Kids, given), true
	case "join":
		v := value{shape: text, trust: receiver.trust}
		for i, k := range n.Kids {
			if i < at {
				continue
			}
			o := given[i]
			if k.Kind == syntax.List {
				for j, part := range k.Kids {
					if j > 0 {
						v = concat(v, receiver)
					}
					v = concat(v, e.peek(part))
				}
			} else {
				v = concat(v, value{trust: o.trust, clean: o.clean, shape: text, text: o.text})
			}
			break
		}
		return v, true
	case "joined": // the parts, then what comes between them
		if at+1 < len(given) {
			receiver = given[at+1]
		}
		return e.formatted(&syntax.Node{Kids: n.Kids[:min(at+1, len(n.Kids))]}, "join "+position, receiver, given)
	case "path":
		v := value{shape: text}
		for i := at; i < len(given); i++ {
			if i > at {
				v = concat(v, value{shape: text, text: "/"})
			}
			v = concat(v, given[i])
		}
		return v, true
	case "concat":
		v := value{shape: text}
		if receiver.shape == text {
			v = receiver
		}
		for i := at; i < len(given); i++ {
			v = concat(v, given[i])
		}
		return v, true
	}
	return value{}, false
}

// braces fills the {} of a format with arguments, by order, position or name.
func (e *evaluation) braces(format value, args []*syntax.Node, given []value) value {
	v := value{shape: text, trust: format.trust, clean: format.clean, built: format.built}
	s := format.text
	next := 0
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return concat(v, value{shape: text, text: s})
		}
		v = concat(v, value{shape: text, text: s[:i]})
		s = s[i+1:]
		if strings.HasPrefix(s, "{") {
			s = s[1:]
			continue
		}
		j := strings.IndexByte(s, '}')
		if j < 0 {
			return v
		}
		field := s[:j]
		s = s[j+1:]
		field, spec, _ := strings.Cut(field, ":")
		field, _, _ = strings.Cut(field, "!")
		field, _, _ = strings.Cut(field, ".")
		field, _, _ = strings.Cut(field, "[")
		arg := value{trust: unknown}
		position, err := strconv.Atoi(field)
		if field == "" {
			position, err = next, nil
			next++
		}
		for k, seen := 0, 0; k < len(args); k++ {
			switch {
			case args[k].Kind == syntax.KeyArg:
				if args[k].Name == field {
					arg = given[k]
				}
			case args[k].Kind == syntax.Spread:
			default:
				if err == nil && seen == position {
					arg = given[k]
				}
				seen++
			}
		}
		if n := len(spec); n > 0 && strings.IndexByte("dxXobeEfFgG", spec[n-1]) >= 0 {
			arg = e.digits(arg)
		}
		v = concat(v, arg)
	}
}

// digits is a value that a format made a number. It is harmless, but a statement's text is no place for it.
func (e *evaluation) digits(v value) value {
	if v.trust == constant {
		return value{shape: text, text: "0"}
	}
	return value{trust: v.trust, clean: everything &^ e.rs.purposes["statement"]}
}
