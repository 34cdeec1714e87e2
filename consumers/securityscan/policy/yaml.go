package policy

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds the nodes of a stream. Aliases count each time that they are followed.
const maxNodes = 50_000

// ReadYAML returns the documents of a stream of YAML or JSON with their places, those before the first error if there is one.
func ReadYAML(code string) (documents []*Node, err error) {
	d := yaml.NewDecoder(strings.NewReader(code))
	r := yamlReader{lines: lineStarts(code), left: maxNodes, size: len(code)}
	for {
		var n yaml.Node
		switch err := d.Decode(&n); {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return documents, err
		}
		if len(n.Content) == 1 {
			if doc := r.node(n.Content[0]); doc != nil {
				documents = append(documents, doc)
			}
		}
	}
}

type yamlReader struct {
	lines []int
	left  int
	size  int
}

// node returns nil for null, and once the budget is spent.
func (r *yamlReader) node(y *yaml.Node) *Node {
	if r.left--; r.left < 0 {
		return nil
	}
	n := &Node{Start: r.offset(y.Line, y.Column)}
	switch y.Kind {
	case yaml.AliasNode:
		if y.Alias == nil {
			return nil
		}
		v := r.node(y.Alias)
		return v
	case yaml.ScalarNode:
		if y.Tag == "!!null" {
			return nil
		}
		n.Kind, n.Text = Scalar, y.Value
		n.End = n.Start + max(len(y.Value), 1)
		if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			n.End += 2
		}
	case yaml.SequenceNode:
		n.Kind = List
		for _, c := range y.Content {
			if v := r.node(c); v != nil {
				n.Items = append(n.Items, v)
			}
		}
		n.End = n.Start + 1
	case yaml.MappingNode:
		n.Kind = Map
		for i := 0; i+1 < len(y.Content); i += 2 {
			key, value := y.Content[i], r.node(y.Content[i+1])
			switch {
			case value == nil:
			case key.Tag == "!!merge":
				value.Each(func(m *Node) { n.Fields = append(n.Fields, m.Fields...) })
			default:
				n.Fields = append(n.Fields, Field{key.Value, value})
			}
		}
		n.End = n.Start + 1
		if len(y.Content) > 0 {
			n.End = n.Start + len(y.Content[0].Value)
		}
	}
	n.End = min(n.End, r.size)
	return n
}

// offset turns a line and a column, both from 1 and in the parser's characters, into a place. Columns count characters,
// places bytes: in a line with others than ASCII before the value the place is a little early.
func (r *yamlReader) offset(line, column int) int {
	if line < 1 || line > len(r.lines) {
		return 0
	}
	return min(r.lines[line-1]+max(column-1, 0), max(r.size-1, 0))
}

func lineStarts(code string) []int {
	starts := []int{0}
	for i := range len(code) {
		if code[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
