package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// condition is a test of a value, or of the absence of one (ok false), for a rule's purpose.
type condition func(e *evaluation, v value, ok bool, p purposes) bool

// parseCondition reads the little language of conditions: words joined by " & " (binds tighter) and " | ", each perhaps
// behind "not ".
//
//	absent, present      the argument isn't or is given
//	const                written in the fragment
//	dynamic              not constant and not cleaned
//	param, input, remote at least a parameter, at least input of the process, from a client; not cleaned
//	built                put together from pieces of which one is dynamic
//	string, list, dict, number, none, function, true, false
//	is X, in X,Y         the constant X, or the name X of a library
//	lt N, gt N, bits N   compares a constant number; N may be octal (0o22) or hexadecimal
//	matches /RE/         the text, in which {hole} stands for a piece that isn't constant nor clean
//	has /RE/             the expression as written, here or where the value comes from
//	ident                the argument is a plain variable
func parseCondition(s string, n *names) (condition, error) {
	if alternatives := split(s, " | "); len(alternatives) > 1 {
		all, err := parseAll(alternatives, n)
		return func(e *evaluation, v value, ok bool, p purposes) bool {
			for _, c := range all {
				if c(e, v, ok, p) {
					return true
				}
			}
			return false
		}, err
	}
	if factors := split(s, " & "); len(factors) > 1 {
		all, err := parseAll(factors, n)
		return func(e *evaluation, v value, ok bool, p purposes) bool {
			for _, c := range all {
				if !c(e, v, ok, p) {
					return false
				}
			}
			return true
		}, err
	}
	s = strings.TrimSpace(s)
	if rest, negated := strings.CutPrefix(s, "not "); negated {
		c, err := parseCondition(rest, n)
		return func(e *evaluation, v value, ok bool, p purposes) bool { return !c(e, v, ok, p) }, err
	}
	word, rest, _ := strings.Cut(s, " ")
	if c, ok := words[word]; ok && rest == "" {
		return c, nil
	}
	switch word {
	case "is", "in":
		return parseIs(strings.Split(rest, ","), n)
	case "lt", "gt", "bits":
		limit, err := strconv.ParseInt(rest, 0, 64)
		if err != nil {
			return nil, fmt.Errorf("condition %q: %w", s, err)
		}
		return func(_ *evaluation, v value, ok bool, _ purposes) bool {
			x, isNumber := integer(v)
			return ok && isNumber && (word == "lt" && x < limit || word == "gt" && x > limit || word == "bits" && x&limit != 0)
		}, nil
	case "matches", "has":
		if len(rest) < 2 || rest[0] != '/' || rest[len(rest)-1] != '/' {
			return nil, fmt.Errorf("condition %q: a pattern stands between slashes", s)
		}
		re, err := pattern(rest[1 : len(rest)-1])
		if err != nil {
			return nil, fmt.Errorf("condition %q: %w", s, err)
		}
		if word == "has" {
			return func(e *evaluation, v value, ok bool, _ purposes) bool {
				return ok && (v.node != nil && re.MatchString(v.node.Text(e.src)) || e.written != nil && re.MatchString(e.written.Text(e.src)))
			}, nil
		}
		return func(_ *evaluation, v value, ok bool, _ purposes) bool {
			return ok && (v.trust == constant || v.built) && re.MatchString(v.text)
		}, nil
	}
	return nil, fmt.Errorf("condition %q: unknown word %q", s, word)
}

// split cuts at a separator outside /patterns/.
func split(s, separator string) []string {
	var out []string
	inside := false
	from := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '/' && (inside || i > 0 && s[i-1] == ' '):
			inside = !inside
		case !inside && strings.HasPrefix(s[i:], separator):
			out = append(out, s[from:i])
			from = i + len(separator)
			i = from - 1
		}
	}
	return append(out, s[from:])
}

func parseAll(parts []string, n *names) ([]condition, error) {
	all := make([]condition, len(parts))
	for i, part := range parts {
		c, err := parseCondition(part, n)
		if err != nil {
			return nil, err
		}
		all[i] = c
	}
	return all, nil
}

func parseIs(wanted []string, n *names) (condition, error) {
	texts := make(map[string]bool, len(wanted))
	ids := make(map[nameID]bool, len(wanted))
	for _, w := range wanted {
		w = strings.TrimSpace(w)
		texts[w] = true
		if identifierPath(w) {
			ids[n.add(w)] = true
		}
	}
	return func(_ *evaluation, v value, ok bool, _ purposes) bool {
		return ok && (v.name != 0 && ids[v.name] || v.trust == constant && texts[v.text])
	}, nil
}

func identifierPath(s string) bool {
	for _, r := range s {
		if r != '.' && r != '_' && r != '/' && r != '(' && r != ')' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}

// integer returns the value of a constant number.
func integer(v value) (int64, bool) {
	if v.trust != constant || v.shape != number {
		return 0, false
	}
	s := strings.TrimRight(v.text, "uUlL")
	x, err := strconv.ParseInt(s, 0, 64)
	return x, err == nil
}

func shaped(s shape) condition {
	return func(_ *evaluation, v value, ok bool, _ purposes) bool { return ok && v.shape == s }
}

func atLeast(t trust) condition {
	return func(_ *evaluation, v value, ok bool, p purposes) bool { return ok && v.trust >= t && v.clean&p == 0 }
}

func is(word string) condition {
	return func(_ *evaluation, v value, ok bool, _ purposes) bool {
		return ok && v.shape == boolean && v.trust == constant && v.text == word
	}
}

var words = map[string]condition{
	"absent":   func(_ *evaluation, _ value, ok bool, _ purposes) bool { return !ok },
	"present":  func(_ *evaluation, _ value, ok bool, _ purposes) bool { return ok },
	"const":    func(_ *evaluation, v value, ok bool, _ purposes) bool { return ok && v.trust == constant },
	"dynamic":  atLeast(unknown),
	"param":    atLeast(param),
	"input":    atLeast(local),
	"remote":   atLeast(remote),
	"built":    func(_ *evaluation, v value, ok bool, p purposes) bool { return ok && v.built && v.dynamic(p) },
	"string":   shaped(text),
	"number":   shaped(number),
	"list":     shaped(list),
	"dict":     shaped(dict),
	"none":     shaped(nothing),
	"function": shaped(function),
	"true":     is("true"),
	"false":    is("false"),
	"ident": func(e *evaluation, _ value, ok bool, _ purposes) bool {
		return ok && e.written != nil && e.written.Kind == syntax.Ident
	},
}
