package policy

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A condition is written "path operator argument":
//
//	a.b = x|y       b is one of them, without regard to case; of a list, some item is
//	a.b != x|y      b is missing or none of them
//	a.b ~ regexp    b matches; of values that the document doesn't tell, their source does
//	a.b !~ regexp   b is missing or doesn't match
//	a.b < n         b is less than a number; > likewise
//	a.b !>= n       b is missing or less; !<= likewise
//	a.b open        b is an address range with everybody in it
//	a.b literal     b is a text that is there in clear, and not empty
//	a.b missing     b isn't there, or empty; present is the opposite
//
// A step of a path is a field's name, names with a slash between them of which the first that is there counts, or * for all
// fields. A step that ends in a question mark must be there for the condition to hold. What the document doesn't tell
// satisfies nothing but ~ and present.
type condition struct {
	path []step
	op   string
	args []string
	exp  *regexp.Regexp
	num  float64
}

type step struct {
	names    []string
	required bool
}

func parseConditions(s string) ([]condition, error) {
	var all []condition
	for part := range strings.SplitSeq(s, " && ") {
		c, err := parseCondition(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("condition %q: %w", part, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func parseCondition(s string) (condition, error) {
	path, rest, _ := strings.Cut(s, " ")
	op, arg, _ := strings.Cut(strings.TrimSpace(rest), " ")
	c := condition{op: op}
	if path != "." {
		for name := range strings.SplitSeq(path, ".") {
			bare := strings.TrimSuffix(name, "?")
			if bare == "" {
				return c, fmt.Errorf("a step of the path has no name")
			}
			c.path = append(c.path, step{strings.Split(bare, "/"), bare != name})
		}
	}
	var err error
	arg = strings.TrimSpace(arg)
	switch op {
	case "=", "!=":
		c.args = strings.Split(arg, "|")
	case "~", "!~":
		c.exp, err = regexp.Compile(arg)
	case "<", ">", "!>=", "!<=":
		c.num, err = strconv.ParseFloat(arg, 64)
	case "open", "literal", "missing", "present":
		if arg != "" {
			err = fmt.Errorf("%s takes no argument", op)
		}
	default:
		err = fmt.Errorf("unknown operator %q", op)
	}
	return c, err
}

// match returns where the condition holds: the value, or what lacks it.
func (c condition) match(subject *Node) *Node { return c.follow(subject, subject, c.path) }

func (c condition) follow(n, parent *Node, path []step) *Node {
	if n == nil {
		if c.absent() {
			return parent
		}
		return nil
	}
	if n.Kind == List {
		if len(n.Items) == 0 && c.absent() {
			return parent
		}
		for _, item := range n.Items {
			if at := c.follow(item, parent, path); at != nil {
				return at
			}
		}
		return nil
	}
	if len(path) == 0 {
		if c.holds(n) {
			return n
		}
		return nil
	}
	if n.Kind == Unknown {
		return nil
	}
	first := path[0]
	if first.names[0] == "*" {
		for i := range n.Fields {
			if at := c.follow(n.Fields[i].Value, n, path[1:]); at != nil {
				return at
			}
		}
		return nil
	}
	for _, name := range first.names {
		if v := n.Get(name); v != nil {
			return c.follow(v, n, path[1:])
		}
	}
	if first.required {
		return nil
	}
	return c.follow(nil, n, nil)
}

// absent reports whether a value that isn't there satisfies the condition.
func (c condition) absent() bool { return c.op == "missing" || c.op[0] == '!' }

func (c condition) holds(n *Node) bool {
	scalar := n.Kind == Scalar
	switch c.op {
	case "=":
		return scalar && c.listed(n.Text)
	case "!=":
		return scalar && !c.listed(n.Text)
	case "~":
		return (scalar || n.Kind == Unknown) && c.exp.MatchString(n.Text)
	case "!~":
		return scalar && !c.exp.MatchString(n.Text)
	case "<", "!>=":
		v, err := strconv.ParseFloat(n.Text, 64)
		return scalar && err == nil && v < c.num
	case ">", "!<=":
		v, err := strconv.ParseFloat(n.Text, 64)
		return scalar && err == nil && v > c.num
	case "open":
		return scalar && open(n.Text)
	case "literal":
		return scalar && n.Text != ""
	case "missing":
		return scalar && n.Text == ""
	default: // present
		return !scalar || n.Text != ""
	}
}

func (c condition) listed(text string) bool {
	return slices.ContainsFunc(c.args, func(arg string) bool { return strings.EqualFold(arg, text) })
}

// open reports whether everybody's address lies in a range, as providers write it. A half of the address space (/1) is as
// good as all of it.
func open(text string) bool {
	switch strings.ToLower(text) {
	case "*", "any", "internet", "0.0.0.0", "::":
		return true
	}
	p, err := netip.ParsePrefix(text)
	return err == nil && p.Bits() <= 1
}
