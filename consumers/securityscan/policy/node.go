// Package policy judges configuration: rules, which are data, on documents, which may come from YAML, HCL or JSON. It must
// not know any format or product: those who read a format turn it into nodes and name the nodes that rules may speak of.
package policy

// Kind is what a node is.
type Kind uint8

// Kinds of nodes.
const (
	Unknown Kind = iota // an expression whose value the document doesn't tell; Text is its source
	Scalar
	Map
	List
)

// Node is a value in a document, found at [Start, End) in bytes.
type Node struct {
	Kind       Kind
	Text       string // of scalars and unknown values
	Fields     []Field
	Items      []*Node
	Start, End int
}

// Field is an entry of a map. Names may repeat.
type Field struct {
	Name  string
	Value *Node
}

// Get returns the first field of that name, nil if there is none or n isn't a map.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Fields {
		if n.Fields[i].Name == name {
			return n.Fields[i].Value
		}
	}
	return nil
}

// Add appends a field. A second field of a name becomes a list with the first, as blocks do that are repeated.
func (n *Node) Add(name string, value *Node) {
	for i := range n.Fields[:min(len(n.Fields), maxDistinct)] {
		if f := &n.Fields[i]; f.Name == name {
			if f.Value.Kind != List || f.Value.Start != repeated {
				f.Value = &Node{Kind: List, Start: repeated, Items: []*Node{f.Value}}
			}
			f.Value.Items = append(f.Value.Items, value)
			return
		}
	}
	n.Fields = append(n.Fields, Field{name, value})
}

// maxDistinct is among how many fields Add looks for one of the same name: no real block has more.
const maxDistinct = 500

// repeated is the place of lists that the document doesn't have as such.
const repeated = -1

// String returns the text of a scalar, nothing for anything else.
func (n *Node) String() string {
	if n == nil || n.Kind != Scalar {
		return ""
	}
	return n.Text
}

// Each calls visit for the items of a list, or for n itself if it is none.
func (n *Node) Each(visit func(*Node)) {
	switch {
	case n == nil:
	case n.Kind == List:
		for _, item := range n.Items {
			item.Each(visit)
		}
	default:
		visit(n)
	}
}

// Walk visits n and all nodes below it, parents first.
func (n *Node) Walk(visit func(*Node)) {
	if n == nil {
		return
	}
	visit(n)
	for i := range n.Fields {
		n.Fields[i].Value.Walk(visit)
	}
	for _, item := range n.Items {
		item.Walk(visit)
	}
}
