package engine

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLiteralsOfExpressions(t *testing.T) {
	for _, test := range []struct {
		pattern  string
		literals []string
	}{
		{`getenv`, []string{"getenv"}},
		{`\bargv\b|getenv|\boptarg\b`, []string{"argv", "getenv", "optarg"}},
		{`^a(b|c)?def+$`, []string{"de"}},
		{`S_IW(OTH|GRP)`, []string{"S_IW"}},
		{`(?i)select`, nil},
		{`a*`, nil},
		{`x|\w+`, nil},
		{`[ab]`, []string{"a", "b"}},
		{`[^a]`, nil},
		{`{hole}`, []string{"\x02", "\x03", "\x04", "\x05"}},
		{`(ab){2,}`, []string{"ab"}},
	} {
		x, err := pattern(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.literals, test.literals) {
			t.Errorf("%s: %q, want %q", test.pattern, x.literals, test.literals)
		}
	}
}

// The literals change nothing but the time that it takes, whatever the expression: these are the rules' own.
func TestLiteralsChangeNoVerdict(t *testing.T) {
	var patterns []string
	for _, name := range []string{"c", "go", "java", "javascript", "php", "python", "ruby"} {
		rules, err := os.ReadFile("../rules/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:has|matches) /(.*?[^\\])/|(?:with|unless): '([^']*)'`).FindAllStringSubmatch(string(rules), -1) {
			patterns = append(patterns, m[1]+m[2])
		}
	}
	if len(patterns) < 100 {
		t.Fatalf("%d patterns", len(patterns))
	}
	var all []*expression
	for _, p := range patterns {
		if x, err := pattern(p); err == nil { // some are cut short, or quoted once more
			all = append(all, x)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(all)-1).Draw(t, "pattern")
		x := all[i]
		text := rapid.OneOf(rapid.StringMatching(strings.ReplaceAll(x.re.String(), `\b`, "")), rapid.String()).Draw(t, "text")
		if x.MatchString(text) != x.re.MatchString(text) {
			t.Errorf("%s: %q is found without %q", x.re, text, x.literals)
		}
	})
}
