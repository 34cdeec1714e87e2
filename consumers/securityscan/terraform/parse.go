package terraform

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/assayhq/assay/consumers/securityscan/policy"
)

// block is one at the top of a file.
type block struct {
	kind   string // resource, data, variable, ...
	labels []string
	body   *policy.Node
}

// label returns the i-th label, empty if there are fewer.
func (b block) label(i int) string {
	if i < len(b.labels) {
		return b.labels[i]
	}
	return ""
}

// address is how other blocks refer to this one.
func (b block) address() string {
	a := strings.Join(b.labels, ".")
	if b.kind == "data" {
		return "data." + a
	}
	return a
}

// reader turns the syntax of HCL into nodes. Variables and locals that have a literal value stand for it.
type reader struct {
	code   string
	values map[string]hclsyntax.Expression
	nested int // references that are being resolved
}

// parse reads what can be read of a file, and reports whether that was all.
func parse(code string) (blocks []block, complete bool) {
	file, problems := hclsyntax.ParseConfig([]byte(code), "", hcl.InitialPos)
	if file == nil {
		return nil, false
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, false
	}
	r := reader{code: code, values: make(map[string]hclsyntax.Expression)}
	for _, b := range body.Blocks {
		switch {
		case b.Type == "variable" && len(b.Labels) == 1:
			if a := b.Body.Attributes["default"]; a != nil {
				r.values["var."+b.Labels[0]] = a.Expr
			}
		case b.Type == "locals":
			for name, a := range b.Body.Attributes {
				r.values["local."+name] = a.Expr
			}
		}
	}
	for _, b := range body.Blocks {
		blocks = append(blocks, block{b.Type, b.Labels, r.block(b)})
	}
	return blocks, !problems.HasErrors()
}

func (r *reader) block(b *hclsyntax.Block) *policy.Node {
	n := r.body(b.Body)
	n.Start, n.End = b.TypeRange.Start.Byte, b.OpenBraceRange.Start.Byte
	return n
}

func (r *reader) body(body *hclsyntax.Body) *policy.Node {
	n := &policy.Node{Kind: policy.Map}
	for _, a := range inOrder(body.Attributes) {
		v := r.value(a.Expr)
		if v == nil {
			continue // null is as if it weren't there
		}
		if inBase64[a.Name] {
			if plain := decoded(v.Text); plain != "" {
				v.Text = plain
			}
		}
		if v.Kind == policy.Scalar || v.Kind == policy.Unknown {
			v.Start, v.End = a.SrcRange.Start.Byte, a.SrcRange.End.Byte
		}
		n.Fields = append(n.Fields, policy.Field{Name: a.Name, Value: v})
	}
	for _, b := range body.Blocks {
		if b.Type != "dynamic" || len(b.Labels) != 1 {
			n.Add(b.Type, r.block(b))
			continue
		}
		for _, content := range b.Body.Blocks {
			if content.Type == "content" {
				n.Add(b.Labels[0], r.block(content))
			}
		}
	}
	return n
}

func inOrder(attributes hclsyntax.Attributes) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(attributes), func(a, b *hclsyntax.Attribute) int {
		return cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte)
	})
}

// inBase64 are arguments that may hold a text in base64; it is the text that matters.
var inBase64 = map[string]bool{"user_data": true, "user_data_base64": true, "custom_data": true}

// maxNested bounds references to references, which may go round in circles.
const maxNested = 8

// value returns nil for null.
func (r *reader) value(e hclsyntax.Expression) *policy.Node {
	rng := e.Range()
	n := &policy.Node{Start: rng.Start.Byte, End: rng.End.Byte}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		text, ok := literal(e.Val)
		if !ok {
			return nil
		}
		if e.Val.Type() == cty.Number {
			text = r.source(rng)
		}
		n.Kind, n.Text = policy.Scalar, text
	case *hclsyntax.TemplateExpr:
		r.template(n, e.Parts)
	case *hclsyntax.TemplateWrapExpr:
		return r.value(e.Wrapped)
	case *hclsyntax.ParenthesesExpr:
		return r.value(e.Expression)
	case *hclsyntax.TupleConsExpr:
		n.Kind = policy.List
		n.Items = r.list(e.Exprs)
	case *hclsyntax.ObjectConsExpr:
		n.Kind = policy.Map
		for _, item := range e.Items {
			if v := r.value(item.ValueExpr); v != nil {
				n.Add(r.key(item.KeyExpr), v)
			}
		}
	case *hclsyntax.FunctionCallExpr:
		return r.call(n, e)
	case *hclsyntax.ScopeTraversalExpr:
		n.Text = r.source(rng)
		if v, ok := r.values[n.Text]; ok && r.nested < maxNested {
			r.nested++
			defer func() { r.nested-- }()
			if known := r.value(v); known != nil && known.Kind != policy.Unknown {
				known.Start, known.End = n.Start, n.End
				return known
			}
		}
	default:
		n.Text = r.source(rng)
	}
	return n
}

func (r *reader) list(es []hclsyntax.Expression) (items []*policy.Node) {
	for _, e := range es {
		if v := r.value(e); v != nil {
			items = append(items, v)
		}
	}
	return items
}

// template joins the parts. What isn't a literal stands there as in the source.
func (r *reader) template(n *policy.Node, parts []hclsyntax.Expression) {
	var text strings.Builder
	n.Kind = policy.Scalar
	for _, p := range parts {
		v := r.value(p)
		switch {
		case v == nil:
		case v.Kind == policy.Scalar:
			text.WriteString(v.Text)
		default:
			n.Kind = policy.Unknown
			text.WriteString("${" + r.source(p.Range()) + "}")
		}
	}
	n.Text = text.String()
}

// call evaluates the functions that matter to what is judged.
func (r *reader) call(n *policy.Node, e *hclsyntax.FunctionCallExpr) *policy.Node {
	switch e.Name {
	case "jsonencode", "yamlencode", "base64encode", "tolist", "toset", "tostring", "sensitive", "nonsensitive", "trimspace":
		if len(e.Args) == 1 {
			if v := r.value(e.Args[0]); v != nil {
				return v
			}
		}
	case "base64decode":
		if len(e.Args) == 1 {
			if v := r.value(e.Args[0]); v != nil && v.Kind == policy.Scalar {
				v.Text = decoded(v.Text)
				return v
			}
		}
	case "concat", "compact", "flatten", "distinct":
		n.Kind, n.Items = policy.List, r.list(e.Args)
		return n
	}
	n.Text = r.source(e.Range())
	return n
}

func (r *reader) key(e hclsyntax.Expression) string {
	if k, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok && !k.ForceNonLiteral {
		if name := hcl.ExprAsKeyword(k.Wrapped); name != "" {
			return name
		}
		e = k.Wrapped
	}
	if v := r.value(e); v != nil {
		return v.Text
	}
	return ""
}

func (r *reader) source(rng hcl.Range) string {
	if rng.Start.Byte < 0 || rng.End.Byte > len(r.code) || rng.Start.Byte > rng.End.Byte {
		return ""
	}
	return r.code[rng.Start.Byte:rng.End.Byte]
}

// literal is not ok for null.
func literal(v cty.Value) (string, bool) {
	if v.IsNull() || !v.IsKnown() {
		return "", false
	}
	switch v.Type() {
	case cty.String:
		return v.AsString(), true
	case cty.Bool:
		if v.True() {
			return "true", true
		}
		return "false", true
	case cty.Number: // its source is as good, and big numbers take long to write
		return "", true
	}
	return "", false
}

// decoded returns the text that is in base64, nothing if it is none.
func decoded(s string) string {
	plain, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(plain) {
		return ""
	}
	return string(plain)
}
