// Package kubernetes finds insecure settings in manifests of Kubernetes, by the Pod Security Standards, the CIS benchmark and
// what a role lets its holder do. It must not talk to a cluster: what other objects would say is unknown.
package kubernetes

import (
	_ "embed"
	"fmt"
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
		return Scanner{}, fmt.Errorf("kubernetes: %w", err)
	}
	return Scanner{set}, nil
}

// Hash is the content hash of the rules.
func (s Scanner) Hash() string { return s.rules.Hash }

// Scan returns the weaknesses of manifests. The subjects of the rules are the kinds of objects in small letters; PodSpec and
// Container wherever they are, a container with its pod as "pod"; Annotation and Label, with name and value; and the components of the control plane, with the flags
// that they are started with as fields.
func (s Scanner) Scan(_, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	documents, complete := policy.Documents(code)
	var found []weakness.Weakness
	for _, d := range documents {
		found = s.object(d, code, found)
		for _, item := range items(d) {
			found = s.object(item, code, found)
		}
	}
	if !complete {
		return weakness.Sort(found), weakness.Coverage{Reason: weakness.ReasonSyntax}
	}
	return weakness.Sort(found), weakness.Coverage{}
}

func items(list *policy.Node) []*policy.Node {
	if !strings.HasSuffix(list.Get("kind").String(), "List") || list.Get("items") == nil {
		return nil
	}
	return list.Get("items").Items
}

func (s Scanner) object(o *policy.Node, code string, found []weakness.Weakness) []weakness.Weakness {
	kind := strings.ToLower(o.Get("kind").String())
	if strings.HasPrefix(o.Get("metadata").Get("name").String(), "system:") && strings.HasSuffix(kind, "role") {
		return found // a role of Kubernetes itself
	}
	found = s.rules.Judge(kind, o, code, found)
	for _, metadata := range []*policy.Node{o.Get("metadata"), o.Get("spec").Get("template").Get("metadata")} {
		found = s.entries("Annotation", metadata.Get("annotations"), code, found)
		found = s.entries("Label", metadata.Get("labels"), code, found)
	}
	pod := podSpec(o, kind)
	if pod == nil {
		return found
	}
	found = s.rules.Judge("PodSpec", pod, code, found)
	for _, field := range []string{"containers", "initContainers", "ephemeralContainers"} {
		pod.Get(field).Each(func(c *policy.Node) {
			if c.Kind != policy.Map {
				return
			}
			with := *c
			with.Fields = append(with.Fields[:len(with.Fields):len(with.Fields)], policy.Field{Name: "pod", Value: pod})
			found = s.rules.Judge("Container", &with, code, found)
			if name, started := component(c); started != nil {
				found = s.rules.Judge(name, started, code, found)
			}
		})
	}
	return found
}

// entries judges the entries of a map as nodes with a name and a value: names with dots can't stand in paths.
func (s Scanner) entries(subject string, m *policy.Node, code string, found []weakness.Weakness) []weakness.Weakness {
	if m == nil {
		return found
	}
	for _, f := range m.Fields {
		n := policy.Node{Kind: policy.Map, Start: f.Value.Start, End: f.Value.End, Fields: []policy.Field{
			{Name: "name", Value: &policy.Node{Kind: policy.Scalar, Text: f.Name, Start: f.Value.Start, End: f.Value.End}},
			{Name: "value", Value: f.Value},
		}}
		found = s.rules.Judge(subject, &n, code, found)
	}
	return found
}

// podSpec returns the specification of the pods that an object is or makes.
func podSpec(o *policy.Node, kind string) *policy.Node {
	spec := o.Get("spec")
	if kind == "" && o.Get("containers") != nil { // a fragment
		return o
	}
	for _, path := range [][]string{{"jobTemplate", "spec", "template", "spec"}, {"template", "spec"}} {
		n := spec
		for _, step := range path {
			n = n.Get(step)
		}
		if n != nil {
			return n
		}
	}
	if spec.Get("containers") != nil {
		return spec
	}
	return nil
}

var components = []string{
	"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "etcd", "kube-proxy", "kubernetes-dashboard",
}

// component returns the part of the control plane that a container runs, and its flags, nil if it is none.
func component(c *policy.Node) (name string, started *policy.Node) {
	for _, field := range []string{"command", "args"} {
		c.Get(field).Each(func(arg *policy.Node) {
			text := arg.String()
			base := text[strings.LastIndexByte(text, '/')+1:]
			for _, known := range components {
				if base == known && started == nil {
					name = known
					started = &policy.Node{Kind: policy.Map, Start: arg.Start, End: arg.End}
				}
			}
			if flag, ok := strings.CutPrefix(text, "--"); ok && started != nil {
				key, value, given := strings.Cut(flag, "=")
				if !given {
					value = "true"
				}
				started.Add(key, &policy.Node{Kind: policy.Scalar, Text: value, Start: arg.Start, End: arg.End})
			}
		})
	}
	return name, started
}
