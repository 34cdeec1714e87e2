package engine

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// natives are the analyses that need more than names and values: rules name them as native.
var natives = map[string]func(*evaluation, *matcher){
	"bidirectional-text":     bidirectionalText,
	"c-allocation-overflow":  allocationOverflow,
	"c-buffer-overrun":       bufferOverrun,
	"c-local-returned":       localReturned,
	"c-unchecked-allocation": uncheckedAllocation,
	"c-unchecked-subscript":  uncheckedSubscript,
	"c-used-after-free":      usedAfterFree,
	"context-leak":           contextLeak,
	"fixed-nonce":            fixedNonce,
	"integer-conversion":     integerConversion,
	"secret-marshalled":      secretMarshalled,
	"ssh-callback-state":     sshCallbackState,
	"walk-then-open":         walkThenOpen,

	"javascript-prototype-pollution": prototypePollution,
	"java-shell-array":               shellArray,
	"java-statement-appended":        appendedStatement,
	"php-function-from-request":      functionFromRequest,
	"php-loose-comparison":           looseComparison,
	"php-variable-variable":          variableVariable,
	"ruby-constantize":               constantize,
	"ruby-html-safe":                 htmlSafe,
	"ruby-noent":                     noent,
	"ruby-verify-false":              verifyFalse,
	"java-trusts-all":                trustsAll,
}

// bidirectionalText finds the control characters for the direction of text (Boucher and Anderson 2021, "Trojan Source").
func bidirectionalText(e *evaluation, m *matcher) {
	for _, c := range [...]string{"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"} {
		if i := strings.Index(e.src, c); i >= 0 {
			e.report(m, &syntax.Node{Start: int32(i), End: int32(i + len(c))})
			return
		}
	}
}

// all calls visit for every node of a kind, as far as the budget goes.
func (e *evaluation) all(n *syntax.Node, kind syntax.Kind, visit func(*syntax.Node)) {
	syntax.Walk(n, func(k *syntax.Node) bool {
		if !e.step() {
			return false
		}
		if k.Kind == kind {
			visit(k)
		}
		return true
	})
}

// mentions counts the places where a name is used.
func (e *evaluation) mentions(n *syntax.Node, name string) int {
	count := 0
	syntax.Walk(n, func(k *syntax.Node) bool {
		if !e.step() {
			return false
		}
		if (k.Kind == syntax.Ident || k.Kind == syntax.Member) && k.Name == name {
			count++
		}
		return true
	})
	return count
}

// calleeText is what is called, as written.
func (e *evaluation) calleeText(n *syntax.Node) string {
	if n == nil || n.Kind != syntax.Call || n.A == nil || n.A.End-n.A.Start > 120 {
		return ""
	}
	return n.A.Text(e.src)
}

// parts returns the elements of a list, or the node itself.
func elementsOf(n *syntax.Node) []*syntax.Node {
	if n == nil {
		return nil
	}
	if n.Kind == syntax.List {
		return n.Kids
	}
	return []*syntax.Node{n}
}
