package engine

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// expression is a regular expression, with literals of which every text that it matches has one: most texts have none, and
// looking for a literal is a tenth of the work.
type expression struct {
	re       *regexp.Regexp
	literals []string // none if there is no such set of them
}

// pattern compiles a regular expression in which {hole} stands for a piece that isn't constant nor clean.
func pattern(s string) (*expression, error) {
	s = strings.ReplaceAll(s, "{hole}", `[\x02-\x05]`)
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, err
	}
	parsed, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return &expression{re, literalsOf(parsed.Simplify())}, nil
}

// MatchString reports whether the expression matches somewhere in a text.
func (x *expression) MatchString(text string) bool {
	return x.possible(text) && x.re.MatchString(text)
}

func (x *expression) possible(text string) bool {
	for _, l := range x.literals {
		if strings.Contains(text, l) {
			return true
		}
	}
	return len(x.literals) == 0
}

// maxLiterals is how many literals are looked for before the expression is the faster way.
const maxLiterals = 8

// literalsOf returns literals of which one occurs in whatever the expression matches, nil if there are none or too many, or
// if case doesn't matter.
func literalsOf(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 && !slices.Contains(re.Rune, utf8.RuneError) { // which also matches what isn't UTF-8
			return []string{string(re.Rune)}
		}
	case syntax.OpCharClass:
		var each []string
		for i := 0; i < len(re.Rune); i += 2 {
			if re.Rune[i+1]-re.Rune[i] >= maxLiterals || re.Rune[i+1] >= utf8.RuneSelf {
				return nil
			}
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				each = append(each, string(r))
			}
		}
		if len(each) <= maxLiterals {
			return each
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literalsOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literalsOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if l := literalsOf(sub); shortest(l) > shortest(best) {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			l := literalsOf(sub)
			if len(l) == 0 {
				return nil
			}
			all = append(all, l...)
		}
		if len(all) <= maxLiterals {
			return all
		}
	}
	return nil
}

// shortest is the length of the shortest literal: the longer it is, the fewer texts have it.
func shortest(literals []string) int {
	n := 0
	for i, l := range literals {
		if i == 0 || len(l) < n {
			n = len(l)
		}
	}
	return n
}
