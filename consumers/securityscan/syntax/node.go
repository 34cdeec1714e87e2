// Package syntax reads fragments of source code into one tree for all languages, whether they parse or not: what an
// assistant suggests is seldom a whole file. It keeps what a search for weaknesses needs (calls with their arguments,
// assignments, strings with what is interpolated, functions, imports, blocks) and forgets the rest. It knows nothing about
// weaknesses, reports no syntax errors and takes time linear in the fragment.
package syntax

// Kind says what a node is and which of its fields are used.
type Kind uint8

// The kinds of nodes.
const (
	Bad      Kind = iota // nothing that could be read
	Ident                // Name
	Number               // Name as written
	String               // Name is the content; escapes are kept as written
	Template             // Kids are Strings and the expressions between them
	Member               // A.Name, A->Name, A::Name
	Index                // A[Kids...]
	Call                 // A(Kids...); Name is "new" for constructors
	Literal              // composite literal A{Kids...}; A is nil for {...} alone
	List                 // [Kids...], (Kids...): lists, tuples, sets
	KeyArg               // Name: keyword of an argument, B: value
	Pair                 // A: B in a literal
	Spread               // *A, **A, ...A; Name is the operator
	Binary               // A Name B
	Unary                // Name A
	Assign               // A Name B; Name is "=", ":=", "+=" …
	Cond                 // A ? Kids[0] : Kids[1]
	Lambda               // function without a name: Kids are Params, B the body
	Type                 // Name: a type that isn't a plain name, as written without spaces

	Block    // Kids
	Func     // Name, Kids are Params, A the receiver's Param or nil, B the body
	Param    // Name, A: type or nil, B: default or nil
	Class    // Name, Kids[0]: body, A: List of bases or nil
	Decl     // Name, A: type or nil, B: initial value or nil
	Import   // Name: what; Local: under which name here, empty if under its own
	If       // A condition, Kids: branches; also switch and match, whose branches are Cases
	Loop     // Kids: header, B: body
	Return   // A or nil
	Try      // Kids: blocks, all of which may run
	With     // Kids: header, B: body
	Decorate // A: decorator's expression, B: what it decorates
	Delete   // Kids
)

// Node is a node of the tree. Kids belong to the kind, as listed there.
type Node struct {
	Kind       Kind
	Raw        bool // String: escapes mean nothing
	Start, End int32
	place      int32 // in an Order
	Name       string
	Local      string
	A, B       *Node
	Kids       []*Node
}

// Text is the node as written.
func (n *Node) Text(src string) string { return src[n.Start:n.End] }

// Tree is a fragment that has been read. It must not be used after Release.
type Tree struct {
	Source   string
	Root     *Node // a Block
	Nodes    int
	Complete bool // false where limits cut the fragment short or the rest could not be read
	p        *parser
}

// Release gives the tree's memory back.
func (t *Tree) Release() {
	if t.p != nil {
		t.p.release()
		t.p, t.Root = nil, nil
	}
}

// Walk calls visit for n and everything below it until visit returns false for a node, whose kids are then left out.
func Walk(n *Node, visit func(*Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	Walk(n.A, visit)
	for _, k := range n.Kids {
		Walk(k, visit)
	}
	Walk(n.B, visit)
}
