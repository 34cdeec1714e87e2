// Package terraform finds insecure settings in Terraform configurations, wrong values as well as missing ones whose default
// is insecure. It must not resolve modules or call providers: it judges what the snippet says.
package terraform

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/policy"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

//go:embed rules.yaml
var rules []byte

// Scanner is safe for concurrent use.
type Scanner struct{ rules *policy.Set }

// New compiles the rules.
func New() (Scanner, error) {
	set, err := policy.Load(rules)
	if err != nil {
		return Scanner{}, fmt.Errorf("terraform: %w", err)
	}
	return Scanner{set}, nil
}

// Hash is the content hash of the rules.
func (s Scanner) Hash() string { return s.rules.Hash }

const (
	maxCode  = 256 << 10 // bytes that are parsed
	maxDepth = 100       // of brackets
)

// Scan returns the weaknesses of a configuration or a part of it. The subjects of the rules are the types of resources, data
// sources with "data." before their type, providers with "provider.", and what documents within them hold: IAMStatement for
// statements in policies of AWS, ECSContainer for definitions of containers, EMRConfiguration.
func (s Scanner) Scan(_, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	if len(code) > maxCode || policy.TooDeep(code, maxDepth) {
		return nil, weakness.Coverage{Reason: weakness.ReasonBudget}
	}
	blocks, complete := parse(code)
	link(blocks)
	var found []weakness.Weakness
	for _, b := range blocks {
		switch name := b.label(0); b.kind {
		case "resource":
			found = s.rules.Judge(name, b.body, code, found)
		case "data", "provider":
			found = s.rules.Judge(b.kind+"."+name, b.body, code, found)
		}
		for _, statement := range statements(b) {
			found = s.rules.Judge("IAMStatement", statement, code, found)
		}
		if name, n := embedded(b); n != nil {
			found = s.rules.Judge(name, n, code, found)
		}
	}
	if !complete {
		return weakness.Sort(found), weakness.Coverage{Reason: weakness.ReasonSyntax}
	}
	return weakness.Sort(found), weakness.Coverage{}
}

// link tells a resource what others in the snippet say of it: for each of them, a field that is the other's type with an
// arrow before it, as in "<-aws_s3_bucket_public_access_block".
func link(blocks []block) {
	byAddress := make(map[string]block, len(blocks))
	for _, b := range blocks {
		if b.kind == "resource" || b.kind == "data" {
			byAddress[b.address()] = b
		}
	}
	type edge struct{ from, to *policy.Node }
	seen := make(map[edge]bool)
	for _, b := range blocks {
		if b.kind != "resource" {
			continue
		}
		own := *b.body // without what is linked to it, lest there be circles
		own.Fields = slices.Clip(own.Fields)
		for _, f := range own.Fields {
			f.Value.Each(func(v *policy.Node) {
				to, ok := byAddress[target(v.Text)]
				e := edge{b.body, to.body}
				if v.Kind != policy.Unknown || !ok || to.kind != "resource" || to.body == b.body || seen[e] {
					return
				}
				seen[e] = true
				to.body.Fields = append(to.body.Fields, policy.Field{Name: "<-" + b.label(0), Value: &own})
			})
		}
	}
}

// target returns the address in a reference: aws_s3_bucket.logs of aws_s3_bucket.logs.id.
func target(reference string) string {
	parts := strings.SplitN(reference, ".", 4)
	switch {
	case parts[0] == "data" && len(parts) >= 3:
		return strings.Join(parts[:3], ".")
	case len(parts) >= 2:
		return parts[0] + "." + parts[1]
	}
	return ""
}
