// Package compose finds insecure settings in files of Docker Compose. It must not start anything or read other files.
package compose

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
		return Scanner{}, fmt.Errorf("compose: %w", err)
	}
	return Scanner{set}, nil
}

// Hash is the content hash of the rules.
func (s Scanner) Hash() string { return s.rules.Hash }

// Scan returns the weaknesses of a file or of a part of one. The subjects of the rules are Service, and Variable for the
// variables of its environment, with name and value, however they are written.
func (s Scanner) Scan(_, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	documents, complete := policy.Documents(code)
	var found []weakness.Weakness
	for _, d := range documents {
		services := d.Get("services")
		if services == nil && d.Get("image") != nil { // a fragment
			services = &policy.Node{Kind: policy.Map, Fields: []policy.Field{{Value: d}}}
		}
		if services == nil {
			continue
		}
		for _, f := range services.Fields {
			found = s.rules.Judge("Service", f.Value, code, found)
			for _, v := range variables(f.Value.Get("environment")) {
				found = s.rules.Judge("Variable", v, code, found)
			}
		}
	}
	if !complete {
		return weakness.Sort(found), weakness.Coverage{Reason: weakness.ReasonSyntax}
	}
	return weakness.Sort(found), weakness.Coverage{}
}

// Is reports whether a document looks like one of Compose.
func Is(code string) bool {
	return strings.HasPrefix(code, "services:") || strings.Contains(code, "\nservices:")
}

func variables(environment *policy.Node) (all []*policy.Node) {
	if environment == nil {
		return nil
	}
	add := func(name, value string, at *policy.Node) {
		all = append(all, &policy.Node{Kind: policy.Map, Start: at.Start, End: at.End, Fields: []policy.Field{
			{Name: "name", Value: &policy.Node{Kind: policy.Scalar, Text: name, Start: at.Start, End: at.End}},
			{Name: "value", Value: &policy.Node{Kind: policy.Scalar, Text: value, Start: at.Start, End: at.End}},
		}})
	}
	for _, f := range environment.Fields {
		add(f.Name, f.Value.String(), f.Value)
	}
	for _, item := range environment.Items {
		if name, value, ok := strings.Cut(item.String(), "="); ok {
			add(name, value, item)
		}
	}
	return all
}
