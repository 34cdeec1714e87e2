package engine

import "github.com/assayhq/assay/consumers/securityscan/syntax"

// trust says where a value comes from, from what the author wrote to what a stranger sends.
type trust uint8

const (
	constant trust = iota // written in the fragment
	cleaned               // can't carry anything harmful: numbers, results of sanitizers
	unknown               // defined elsewhere
	param                 // parameter of the enclosing function
	local                 // environment, arguments, standard input
	remote                // what a client of the service sends
)

// shape is the kind of thing a value is, as far as the fragment shows it.
type shape uint8

const (
	anything shape = iota
	text           // a string
	number
	boolean
	nothing // None, nil, null
	list
	dict
	function
)

// purposes is a set of uses that a value was cleaned for; see Pack.purposes.
type purposes uint32

const everything purposes = 1<<32 - 1

// value is what is known of the result of an expression.
type value struct {
	trust trust
	shape shape
	built bool         // a text put together from pieces that aren't all constant
	clean purposes     // what it was cleaned for
	name  nameID       // what it refers to, or the type it has
	text  string       // of constants; of built texts with holes (see hole)
	node  *syntax.Node // literal or function that it is
	decl  *syntax.Node // type it was declared with, where that isn't a name known to the rules
}

// hole stands for a piece of unknown text in a value's text: a byte that says how far the piece can be trusted.
func hole(t trust) string { return "\x00\x01\x02\x03\x04\x05"[t : t+1] }

// maxText bounds the text that is kept of a value, in bytes.
const maxText = 1024

// dynamic reports whether the value isn't constant and wasn't cleaned for the purpose.
func (v value) dynamic(p purposes) bool { return v.trust >= unknown && v.clean&p == 0 }

// join is what holds for a value that may be either.
func join(a, b value) value {
	if a.trust < b.trust {
		a, b = b, a
	}
	a.clean = cleanedFor(a, b)
	a.built = a.built || b.built
	if a.shape == boolean && a.trust == constant && b.trust == constant && a.text != b.text {
		a.text = ""
	}
	if a.name == 0 {
		a.name = b.name
	}
	if a.text == "" && a.trust > constant {
		a.text = b.text
	}
	return a
}

// cleanedFor is what is clean in something made of both. What comes from outside counts; what merely isn't known doesn't
// spoil what was cleaned.
func cleanedFor(a, b value) purposes {
	if a.trust < b.trust {
		a, b = b, a
	}
	if b.trust > unknown || b.trust == unknown && a.trust == unknown {
		return a.clean & b.clean
	}
	return a.clean
}

// worst is the value of something made of both in a way that isn't known.
func worst(a, b value) value {
	v := join(a, b)
	return value{trust: v.trust, clean: v.clean}
}

// concat is text a followed by text b.
func concat(a, b value) value {
	v := value{trust: max(a.trust, b.trust), shape: text}
	v.built = a.built || b.built || v.trust >= unknown
	if v.trust >= unknown {
		v.clean = cleanedFor(a, b)
	}
	at, bt := piece(a), piece(b)
	if len(at)+len(bt) > maxText {
		if len(at) >= maxText {
			v.text = at
			return v
		}
		bt = bt[:min(len(bt), maxText-len(at))]
	}
	if at == "" {
		v.text = bt
	} else {
		v.text = at + bt
	}
	return v
}

// piece is the text of a value inside a larger one.
func piece(v value) string {
	if v.built || v.shape == text && (v.trust == constant || v.trust == cleaned && v.text != "") || v.trust == constant && v.text != "" {
		return v.text
	}
	if v.clean == everything {
		return hole(cleaned)
	}
	return hole(v.trust)
}
