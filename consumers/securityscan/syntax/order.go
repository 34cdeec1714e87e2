package syntax

import "slices"

// Order is the nodes of a tree by kind, in the order in which Walk meets them. What is asked about often, as every function
// of a file is, then costs what is found and not what is searched. The zero value is that of no tree.
type Order struct {
	behind []int32             // by place in the order: the place of the first node that isn't below this one
	places [Delete + 1][]int32 // by kind, ascending
	nodes  [Delete + 1][]*Node // at those places
}

// Read makes it that of a tree, as far as step, asked once for every node, allows.
func (x *Order) Read(root *Node, step func() bool) {
	if root == nil || !step() {
		return
	}
	at := int32(len(x.behind))
	root.place = at
	x.behind = append(x.behind, at+1)
	x.places[root.Kind] = append(x.places[root.Kind], at)
	x.nodes[root.Kind] = append(x.nodes[root.Kind], root)
	x.Read(root.A, step)
	for _, k := range root.Kids {
		x.Read(k, step)
	}
	x.Read(root.B, step)
	x.behind[at] = int32(len(x.behind))
}

// Empty reports whether nothing was read.
func (x *Order) Empty() bool { return len(x.behind) == 0 }

// Below returns the nodes of a kind in n, a node of the tree, n included.
func (x *Order) Below(n *Node, kind Kind) []*Node {
	if n == nil || int(n.place) >= len(x.behind) {
		return nil
	}
	from, _ := slices.BinarySearch(x.places[kind], n.place)
	to, _ := slices.BinarySearch(x.places[kind], x.behind[n.place])
	return x.nodes[kind][from:to]
}

// Reset makes it that of no tree, and keeps its memory unless that is much.
func (x *Order) Reset() {
	const keep = 1 << 15
	if cap(x.behind) > keep {
		*x = Order{}
		return
	}
	x.behind = x.behind[:0]
	for kind := range x.nodes {
		clear(x.nodes[kind])
		x.nodes[kind], x.places[kind] = x.nodes[kind][:0], x.places[kind][:0]
	}
}
