package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

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
