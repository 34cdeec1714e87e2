package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// Pack is the compiled rules of all languages.
type Pack struct {
	languages map[string]*ruleset
	rules     []Rule
	hash      string
}

// Rule is a rule with what it is tested by.
type Rule struct {
	weakness.Rule
	Languages []string
	Yes, No   []string
}

// file is one YAML file of rules: those of a language, or of some that have them in common.
type file struct {
	Languages []string   `yaml:"languages"`
	Model     model      `yaml:"model"`
	Rules     []ruleSpec `yaml:"rules"`
}

// model is what the rules know of libraries.
type model struct {
	Remote     []string            `yaml:"remote"`     // values that clients send
	Local      []string            `yaml:"local"`      // values from the environment of the process
	Sanitizers map[string][]string `yaml:"sanitizers"` // purpose ("all" for every one): functions whose result is clean for it
	Guards     map[string][]string `yaml:"guards"`     // purpose: functions that a condition may ask about a value
	Returns    map[string]string   `yaml:"returns"`    // function: the type it returns
	Passes     []string            `yaml:"passes"`     // functions whose result is as bad as their arguments
	Params     map[string]string   `yaml:"params"`     // parameter with such a name: the type it has
	Formats    map[string]string   `yaml:"formats"`    // function: how it makes a text: "printf N", "braces", "join N"
	Fills      map[string]string   `yaml:"fills"`      // function that writes to its first argument: how, as in formats, or "local", "local N" (to all from N on), "remote"
	Handlers   []string            `yaml:"handlers"`   // decorators of functions whose parameters come from clients
}

// ruleSpec is a rule as written.
type ruleSpec struct {
	ID         string             `yaml:"id"`
	CWE        string             `yaml:"cwe"`
	OWASP      string             `yaml:"owasp"`
	Severity   schemas.Severity   `yaml:"severity"`
	Confidence schemas.Confidence `yaml:"confidence"`
	Message    string             `yaml:"message"`
	Fix        string             `yaml:"fix"`
	Purpose    string             `yaml:"purpose"` // what a value must have been cleaned for to be harmless
	Shadow     bool               `yaml:"shadow"`
	Match      []matchSpec        `yaml:"match"`
	Yes        []string           `yaml:"yes"`
	No         []string           `yaml:"no"`
}

// matchSpec is one of the ways in which a rule matches. Exactly one of Call, Use, Import, Assign, Text, Return and Native is
// given. Names are qualified, or, behind "*.", the last parts of whatever it is called on. A /pattern/ as Call stands for all
// functions with such names, but only where an argument was built from pieces.
type matchSpec struct {
	Call   []string `yaml:"call"`
	Use    []string `yaml:"use"`
	Import []string `yaml:"import"`
	Assign []string `yaml:"assign"` // names, "*.member" or "/pattern/" of variables and keys
	Text   string   `yaml:"text"`   // pattern of a built text
	Return string   `yaml:"return"` // condition on what a function returns
	Native string   `yaml:"native"` // analysis written in Go

	Args   map[string]string `yaml:"args"`   // position, name, "0|name", "any", "2.." or "self": condition
	Value  string            `yaml:"value"`  // condition on what is assigned, or on the text
	Named  string            `yaml:"named"`  // pattern that the name of the function around it, or of what is assigned, must match
	With   string            `yaml:"with"`   // pattern that the fragment must match
	Unless string            `yaml:"unless"` // pattern that the fragment must not match

	Severity   schemas.Severity   `yaml:"severity"`
	Confidence schemas.Confidence `yaml:"confidence"`
}

// Load compiles the rule files (*.yaml) of a folder.
func Load(folder fs.FS) (*Pack, error) {
	paths, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list rule files: %w", err)
	}
	slices.Sort(paths)
	p := &Pack{languages: map[string]*ruleset{}}
	sum := sha256.New()
	seen := map[string]bool{}
	for _, path := range paths {
		raw, err := fs.ReadFile(folder, path)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		fmt.Fprintf(sum, "%d:%s", len(raw), raw)
		var f file
		if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&f); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, spec := range f.Rules {
			if seen[spec.ID] {
				return nil, fmt.Errorf("%s: two rules have the id %s", path, spec.ID)
			}
			seen[spec.ID] = true
			p.rules = append(p.rules, spec.rule(f.Languages))
		}
		for _, name := range f.Languages {
			rs := p.languages[name]
			if rs == nil {
				lang := languages[name]
				if lang == nil {
					return nil, fmt.Errorf("%s: unknown language %q", path, name)
				}
				rs = newRuleset(lang)
				p.languages[name] = rs
			}
			if err := rs.add(f); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	p.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	return p, nil
}

// Hash is the content hash of the pack.
func (p *Pack) Hash() string { return p.hash }

// Rules returns all rules.
func (p *Pack) Rules() []Rule { return p.rules }

// Languages are the languages that there are rules for, in order.
func (p *Pack) Languages() []string { return slices.Sorted(maps.Keys(p.languages)) }

func (s ruleSpec) rule(languages []string) Rule {
	return Rule{
		Rule: weakness.Rule{
			ID: s.ID, CWE: s.CWE, OWASP: s.OWASP, Severity: s.Severity, Confidence: s.Confidence, Message: s.Message, Fix: s.Fix,
			Shadow: s.Shadow,
		},
		Languages: languages, Yes: s.Yes, No: s.No,
	}
}
