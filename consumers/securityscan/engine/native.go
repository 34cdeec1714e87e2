package engine

import (
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
)

// native is an analysis that needs more than names and values. It looks at fragments in which one of the anchors occurs.
type native struct {
	look    func(*evaluation, *matcher)
	anchors []string
}

func (n native) concerns(src string) bool {
	return len(n.anchors) == 0 || slices.ContainsFunc(n.anchors, func(a string) bool { return strings.Contains(src, a) })
}

// natives are the analyses by the names under which rules ask for them.
var natives = map[string]native{
	"bidirectional-text":     {bidirectionalText, []string{"\xe2"}},
	"c-allocation-overflow":  {allocationOverflow, []string{"alloc"}},
	"c-buffer-overrun":       {bufferOverrun, nil},
	"c-local-returned":       {localReturned, nil},
	"c-unchecked-allocation": {uncheckedAllocation, []string{"alloc", "open", "strdup"}},
	"c-unchecked-subscript":  {uncheckedSubscript, []string{"["}},
	"c-used-after-free":      {usedAfterFree, []string{"free", "delete"}},
	"context-leak":           {contextLeak, []string{"ontext", "Request"}},
	"fixed-nonce":            {fixedNonce, []string{"Seal", "NewCBCEncrypter", "NewCTR", "NewOFB", "NewCFBEncrypter"}},
	"integer-conversion":     {integerConversion, []string{"int", "byte", "rune"}},
	"secret-marshalled":      {secretMarshalled, []string{"Marshal", "Encode"}},
	"ssh-callback-state":     {sshCallbackState, []string{"PublicKeyCallback"}},
	"walk-then-open":         {walkThenOpen, []string{"filepath.Walk"}},

	"javascript-prototype-pollution": {prototypePollution, []string{"["}},
	"java-shell-array":               {shellArray, []string{"-c", "-lc", "/c", "/C", "-Command"}},
	"java-statement-appended":        {appendedStatement, []string{"append"}},
	"php-function-from-request":      {functionFromRequest, []string{"$_"}},
	"php-loose-comparison":           {looseComparison, []string{"==", "!="}},
	"php-variable-variable":          {variableVariable, []string{"$$"}},
	"ruby-constantize":               {constantize, []string{"constantize"}},
	"ruby-html-safe":                 {htmlSafe, []string{"html_safe"}},
	"ruby-noent":                     {noent, []string{"Nokogiri", "XML"}},
	"ruby-verify-false":              {verifyFalse, []string{"verify"}},
	"java-trusts-all":                {trustsAll, []string{"checkServerTrusted"}},
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
	for _, k := range e.below(n, kind) {
		if !e.step() {
			return
		}
		visit(k)
	}
}

// below are the nodes of a kind in n.
func (e *evaluation) below(n *syntax.Node, kind syntax.Kind) []*syntax.Node {
	if e.order.Empty() {
		e.order.Read(e.tree.Root, e.step)
	}
	return e.order.Below(n, kind)
}

// mentions counts the places where a name is used.
func (e *evaluation) mentions(n *syntax.Node, name string) int {
	count := 0
	for _, kind := range [...]syntax.Kind{syntax.Ident, syntax.Member} {
		for _, k := range e.below(n, kind) {
			if !e.step() {
				return count
			}
			if k.Name == name {
				count++
			}
		}
	}
	return count
}

// calleeText is what is called, as written.
func (e *evaluation) calleeText(n *syntax.Node) string {
	if n == nil || n.Kind != syntax.Call || n.A == nil || n.A.End-n.A.Start > 120 {
		return ""
	}
	return n.A.Text(e.src)
}

// elementsOf returns the elements of a list, or the node itself.
func elementsOf(n *syntax.Node) []*syntax.Node {
	if n == nil {
		return nil
	}
	if n.Kind == syntax.List {
		return n.Kids
	}
	return []*syntax.Node{n}
}
