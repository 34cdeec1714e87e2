package engine

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
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

// ruleset is the compiled rules of a language.
type ruleset struct {
	lang     *syntax.Language
	names    *names
	facts    []fact                // by name
	suffixes map[string][]suffix   // by last part
	assigned map[string][]*matcher // by variable or member
	patterns []*namePattern
	callees  []*namePattern // calls of functions with such names
	texts    []*matcher
	returns  []*matcher
	natives  []*matcher
	matchers int
	purposes map[string]purposes
	params   map[string]nameID
}

// fact is what is known of a qualified name.
type fact struct {
	trust    trust
	passes   bool
	clean    purposes
	guards   purposes
	returns  nameID
	handler  bool
	format   string
	fills    string
	calls    []*matcher
	uses     []*matcher
	imports  []*matcher
	assigned []*matcher
}

// suffix is a fact about every name that ends so.
type suffix struct {
	before []string // parts before the last, last first
	fact
}

// namePattern is a matcher for all names that match.
type namePattern struct {
	re *regexp.Regexp
	m  *matcher
}

// matcher is a compiled matchSpec.
type matcher struct {
	rule         weakness.Rule
	purpose      purposes
	args         []argument
	value        condition
	text         *expression
	named        *expression
	with, unless *expression
	native       string
	index        int // among the matchers of the language
}

// argument is a condition on one argument of a call.
type argument struct {
	position int    // -1: by name only
	rest     bool   // the one at position and all behind it: one must hold
	name     string // "" by position only
	self     bool
	holds    condition
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

func newRuleset(lang *syntax.Language) *ruleset {
	return &ruleset{
		lang: lang, names: newNames(), suffixes: map[string][]suffix{}, assigned: map[string][]*matcher{},
		purposes: map[string]purposes{"all": everything, "": 1}, params: map[string]nameID{},
	}
}

// purpose returns the bit of a purpose.
func (rs *ruleset) purpose(name string) purposes {
	p, ok := rs.purposes[name]
	if !ok {
		p = 1 << (len(rs.purposes) - 1)
		rs.purposes[name] = p
	}
	return p
}

// on calls change with the fact of each name, qualified or "*.suffix".
func (rs *ruleset) on(list []string, change func(*fact)) {
	for _, name := range list {
		rest, isSuffix := strings.CutPrefix(name, "*.")
		if !isSuffix {
			id := rs.names.add(name)
			for int(id) >= len(rs.facts) {
				rs.facts = append(rs.facts, fact{})
			}
			change(&rs.facts[id])
			continue
		}
		p := parts(rest)
		slices.Reverse(p)
		last := p[0]
		for i := range rs.suffixes[last] {
			if slices.Equal(rs.suffixes[last][i].before, p[1:]) {
				change(&rs.suffixes[last][i].fact)
				last = ""
				break
			}
		}
		if last != "" {
			s := suffix{before: p[1:]}
			change(&s.fact)
			rs.suffixes[last] = append(rs.suffixes[last], s)
			slices.SortStableFunc(rs.suffixes[last], func(a, b suffix) int { return cmp.Compare(len(b.before), len(a.before)) })
		}
	}
}

func (rs *ruleset) add(f file) error {
	rs.on(f.Model.Remote, func(f *fact) { f.trust = remote })
	rs.on(f.Model.Local, func(f *fact) { f.trust = local })
	rs.on(f.Model.Passes, func(f *fact) { f.passes = true })
	rs.on(f.Model.Handlers, func(f *fact) { f.handler = true })
	for name, how := range f.Model.Fills {
		rs.on([]string{name}, func(f *fact) { f.fills = how })
	}
	for name, format := range f.Model.Formats {
		rs.on([]string{name}, func(f *fact) { f.format = format })
	}
	for _, purpose := range slices.Sorted(maps.Keys(f.Model.Sanitizers)) {
		bit := rs.purpose(purpose)
		rs.on(f.Model.Sanitizers[purpose], func(f *fact) { f.clean |= bit })
	}
	for _, purpose := range slices.Sorted(maps.Keys(f.Model.Guards)) {
		bit := rs.purpose(purpose)
		rs.on(f.Model.Guards[purpose], func(f *fact) { f.guards |= bit })
	}
	for _, name := range slices.Sorted(maps.Keys(f.Model.Returns)) {
		id := rs.names.add(f.Model.Returns[name])
		rs.on([]string{name}, func(f *fact) { f.returns = id })
	}
	for name, typ := range f.Model.Params {
		rs.params[name] = rs.names.add(typ)
	}
	for _, spec := range f.Rules {
		for i, m := range spec.Match {
			if err := rs.addMatch(spec, m); err != nil {
				return fmt.Errorf("rule %s, match %d: %w", spec.ID, i+1, err)
			}
		}
	}
	for len(rs.facts) < len(rs.names.paths) {
		rs.facts = append(rs.facts, fact{})
	}
	return nil
}

func (rs *ruleset) addMatch(spec ruleSpec, s matchSpec) error {
	m := &matcher{rule: spec.rule(nil).Rule, purpose: rs.purpose(spec.Purpose), native: s.Native, index: rs.matchers}
	rs.matchers++
	m.rule.Severity = cmp.Or(s.Severity, m.rule.Severity)
	m.rule.Confidence = cmp.Or(s.Confidence, m.rule.Confidence)
	var err error
	for _, p := range []struct {
		to   **expression
		from string
	}{{&m.text, s.Text}, {&m.named, s.Named}, {&m.with, s.With}, {&m.unless, s.Unless}} {
		if p.from != "" && err == nil {
			*p.to, err = pattern(p.from)
		}
	}
	if err == nil && cmp.Or(s.Value, s.Return) != "" {
		m.value, err = parseCondition(cmp.Or(s.Value, s.Return), rs.names)
	}
	if err != nil {
		return err
	}
	for _, selector := range slices.Sorted(maps.Keys(s.Args)) {
		a, err := parseArgument(selector, s.Args[selector], rs.names)
		if err != nil {
			return err
		}
		m.args = append(m.args, a)
	}
	var calls []string
	for _, target := range s.Call {
		if !strings.HasPrefix(target, "/") {
			calls = append(calls, target)
			continue
		}
		re, err := regexp.Compile(strings.Trim(target, "/"))
		if err != nil {
			return err
		}
		rs.callees = append(rs.callees, &namePattern{re, m})
	}
	rs.on(calls, func(f *fact) { f.calls = append(f.calls, m) })
	rs.on(s.Use, func(f *fact) { f.uses = append(f.uses, m) })
	rs.on(s.Import, func(f *fact) { f.imports = append(f.imports, m) })
	for _, target := range s.Assign {
		switch {
		case strings.HasPrefix(target, "/"):
			re, err := regexp.Compile(strings.Trim(target, "/"))
			if err != nil {
				return err
			}
			rs.patterns = append(rs.patterns, &namePattern{re, m})
		case strings.HasPrefix(target, "*."):
			rs.assigned[target[2:]] = append(rs.assigned[target[2:]], m)
		default:
			rs.on([]string{target}, func(f *fact) { f.assigned = append(f.assigned, m) })
		}
	}
	switch {
	case s.Text != "":
		rs.texts = append(rs.texts, m)
	case s.Return != "":
		rs.returns = append(rs.returns, m)
	case s.Native != "":
		if natives[s.Native].look == nil {
			return fmt.Errorf("no analysis is called %q", s.Native)
		}
		rs.natives = append(rs.natives, m)
	case len(s.Call)+len(s.Use)+len(s.Import)+len(s.Assign) == 0:
		return errors.New("it matches nothing")
	}
	return nil
}

func parseArgument(selector, cond string, n *names) (argument, error) {
	a := argument{position: -1}
	var err error
	if a.holds, err = parseCondition(cond, n); err != nil {
		return a, err
	}
	for part := range strings.SplitSeq(selector, "|") {
		switch position, isRest := strings.CutSuffix(part, ".."); {
		case part == "any":
			a.position, a.rest = 0, true
		case part == "self":
			a.self = true
		case part[0] >= '0' && part[0] <= '9':
			a.rest = isRest
			if a.position, err = strconv.Atoi(position); err != nil {
				return a, fmt.Errorf("argument %q: %w", selector, err)
			}
		default:
			a.name = part
		}
	}
	return a, nil
}
