package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Rule is an entry of a rule file.
type Rule struct {
	weakness.Rule `yaml:",inline"`
	// Checks find the weakness, each on its own: the subjects, a colon, and conditions that must all hold, for instance
	// "aws_security_group/ingress, aws_default_security_group/ingress: cidr_blocks open". A subject is a name that the
	// reader of the format gives out, and a path below it.
	Checks []string
	// Bad and Good are documents that the rule must and must not complain about.
	Bad, Good []string
}

// Set is a pack of rules, ready for use by several goroutines.
type Set struct {
	Rules    []Rule
	Hash     string // of the file
	subjects map[string][]check
}

type check struct {
	rule       *Rule
	path       []string
	conditions []condition
}

// Load reads a rule file. A check that can't be understood is an error.
func Load(file []byte) (*Set, error) {
	sum := sha256.Sum256(file)
	s := &Set{Hash: hex.EncodeToString(sum[:8]), subjects: make(map[string][]check)}
	d := yaml.NewDecoder(bytes.NewReader(file))
	d.KnownFields(true)
	if err := d.Decode(&s.Rules); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.OWASP == "" {
			r.OWASP = weakness.OWASP(r.CWE)
		}
		for _, c := range r.Checks {
			subjects, conditions, ok := strings.Cut(c, ": ")
			if !ok {
				return nil, fmt.Errorf("rule %s: check %q has no subject", r.ID, c)
			}
			compiled, err := parseConditions(conditions)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.ID, err)
			}
			for subject := range strings.SplitSeq(subjects, ",") {
				steps := strings.Split(strings.TrimSpace(subject), "/")
				s.subjects[steps[0]] = append(s.subjects[steps[0]], check{r, steps[1:], compiled})
			}
		}
	}
	return s, nil
}

// Judge returns what the rules find in the nodes that go by a name in a document with that text.
func (s *Set) Judge(name string, n *Node, text string, found []weakness.Weakness) []weakness.Weakness {
	for _, c := range s.subjects[name] {
		each(n, c.path, func(subject *Node) {
			if at := c.match(subject); at != nil {
				found = append(found, weakness.At(c.rule.Rule, text, at.Start, at.End))
			}
		})
	}
	return found
}

// Knows reports whether any rule speaks of a name.
func (s *Set) Knows(name string) bool { return len(s.subjects[name]) > 0 }

func each(n *Node, path []string, visit func(*Node)) {
	n.Each(func(n *Node) {
		switch {
		case len(path) == 0:
			visit(n)
		case n.Kind == Map:
			each(n.Get(path[0]), path[1:], visit)
		}
	})
}

// match returns where the first condition holds if all do.
func (c check) match(subject *Node) *Node {
	var first *Node
	for i := range c.conditions {
		at := c.conditions[i].match(subject)
		if at == nil {
			return nil
		}
		if first == nil || first == subject {
			first = at
		}
	}
	return first
}
