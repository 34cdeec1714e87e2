package terraform

import (
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/policy"
)

// policyFields are the arguments that hold policies of AWS, as JSON, jsonencode or a reference.
var policyFields = []string{
	"policy", "assume_role_policy", "access_policies", "inline_policy", "access_policy", "resource_policy", "key_policy",
	"policy_document", "permissions_boundary_policy", "repository_policy_text",
}

// statements returns the statements of the policies in a block, in the form that JSON policies have: Effect, Action, Resource,
// Principal and Condition, each with the type of the resource that it belongs to as Owner.
func statements(b block) (found []*policy.Node) {
	owner := b.label(0)
	if b.kind == "data" && owner == "aws_iam_policy_document" {
		b.body.Get("statement").Each(func(s *policy.Node) { found = append(found, fromBlock(s, owner)) })
		return found
	}
	if b.kind != "resource" || !strings.HasPrefix(owner, "aws_") {
		return nil
	}
	for _, name := range policyFields {
		b.body.Get(name).Each(func(v *policy.Node) {
			if p := v.Get("policy"); p != nil { // inline_policy of a role is a block
				v = p
			}
			found = append(found, fromPolicy(document(v), owner, name)...)
		})
	}
	return found
}

// document parses a policy that is a text.
func document(v *policy.Node) *policy.Node {
	if v.Kind == policy.Map || v.Kind == policy.List || !strings.Contains(v.Text, "{") {
		return v
	}
	docs, err := policy.ReadYAML(strings.ReplaceAll(v.Text, "\t", " ")) // JSON may have tabs where YAML may not
	if err != nil || len(docs) == 0 {
		return v
	}
	docs[0].Walk(func(n *policy.Node) { n.Start, n.End = v.Start, v.End })
	return docs[0]
}

// embedded returns the document in a block that isn't a policy, and the name that rules have for it.
func embedded(b block) (string, *policy.Node) {
	if b.kind != "resource" {
		return "", nil
	}
	switch b.label(0) {
	case "aws_ecs_task_definition":
		if v := b.body.Get("container_definitions"); v != nil {
			return "ECSContainer", document(v)
		}
	case "aws_emr_security_configuration":
		if v := b.body.Get("configuration"); v != nil {
			return "EMRConfiguration", document(v).Get("EncryptionConfiguration")
		}
	}
	return "", nil
}

func fromPolicy(p *policy.Node, owner, field string) (found []*policy.Node) {
	p.Get("Statement").Each(func(s *policy.Node) {
		if s.Kind != policy.Map {
			return
		}
		n := &policy.Node{Kind: policy.Map, Start: s.Start, End: s.End, Fields: slices.Clone(s.Fields)}
		add(n, "Owner", owner)
		add(n, "Field", field)
		found = append(found, n)
	})
	return found
}

// fromBlock turns a statement of aws_iam_policy_document into one of a policy.
func fromBlock(s *policy.Node, owner string) *policy.Node {
	n := &policy.Node{Kind: policy.Map, Start: s.Start, End: s.End}
	for _, f := range []struct{ from, to string }{
		{"effect", "Effect"}, {"actions", "Action"}, {"not_actions", "NotAction"}, {"resources", "Resource"},
		{"not_resources", "NotResource"}, {"condition", "Condition"},
	} {
		if v := s.Get(f.from); v != nil {
			n.Add(f.to, v)
		}
	}
	if n.Get("Effect") == nil {
		add(n, "Effect", "Allow")
	}
	s.Get("principals").Each(func(p *policy.Node) {
		if ids := p.Get("identifiers"); ids != nil {
			kind := p.Get("type").String()
			if kind == "*" {
				kind = "AWS"
			}
			n.Add("Principal", &policy.Node{
				Kind: policy.Map, Start: p.Start, End: p.End, Fields: []policy.Field{{Name: kind, Value: ids}},
			})
		}
	})
	add(n, "Owner", owner)
	add(n, "Field", "policy")
	return n
}

func add(n *policy.Node, name, text string) {
	n.Fields = append(n.Fields, policy.Field{
		Name: name, Value: &policy.Node{Kind: policy.Scalar, Text: text, Start: n.Start, End: n.End},
	})
}
