package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/securityscan/rules"
)

// Whatever the text is, a scan ends, is the same every time and finds things that lie in the text.
func FuzzScan(f *testing.F) {
	pack, err := rules.Load()
	if err != nil {
		f.Fatal(err)
	}
	languages := pack.Languages()
	for i := range languages {
		for _, seed := range []string{
			"x = f'{a!r:>{w}} {b[\"c\"]}' % (1,)\n", "func (r *T) f(a, b int) (x error) { defer func() { go g() }() }",
			"for (;;) { if (a) b(); else { c[1] = d ? e : f; } }", "((((", "'", "\"\\", "`${`${`${a}`}`}`", "{{{}}", "a.b.c(d=e, *f)\n  g",
			"switch x { case 1: f() default: }", "\xff\xfe", "if a in b and not c == d: pass", "class A: pass",
			"vector<map<int, string>> v{1, 2}; T x(a, b);", "/* ", "#{", "%w[a b]", "<<EOS\n#{x}\nEOS\n",
		} {
			f.Add(byte(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, language byte, code string) {
		name := languages[int(language)%len(languages)]
		found, coverage := pack.Scan(name, code)
		again, same := pack.Scan(name, code)
		if !slices.Equal(found, again) || coverage != same {
			t.Fatalf("%s: %v, then %v", name, found, again)
		}
		for _, w := range found {
			if w.Start < 0 || w.End <= w.Start || w.End > len(code) {
				t.Fatalf("%s: %s at %d to %d of %d bytes", name, w.ID, w.Start, w.End, len(code))
			}
		}
	})
}

// What is made to be slow ends within its budget of work; where that is not all of it, the scan says so.
func TestAdversarialInput(t *testing.T) {
	pack, err := rules.Load()
	if err != nil {
		t.Fatal(err)
	}
	const size = 1 << 15
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, code := range map[string]string{
		"brackets":     fill("("),
		"pairs":        fill("()"),
		"braces":       fill("{"),
		"calls":        fill("f("),
		"members":      "a" + fill(".b"),
		"sum":          "x = " + fill("a+"),
		"text":         "q = 'select * from t where x=' " + fill("+ a"),
		"growth":       "s = 'a'\n" + fill("s = s + s\n"),
		"conditions":   fill("if a:\n b = c\n"),
		"nested":       fill("if a {"),
		"indented":     nestedBlocks(2000),
		"assignments":  fill("a = "),
		"strings":      fill("f'{"),
		"quotes":       fill("'\""),
		"conjunction":  "if " + fill("a and ") + "b:\n c\n",
		"functions":    fill("def f(a):\n return f(a)\n"),
		"declarations": fill("a b<c, d> "),
		"generics":     fill("a<"),
		"comments":     fill("/*"),
		"lambda":       fill("x => "),
		"ternary":      fill("a ? "),
		"unary":        fill("not "),
		"spread":       fill("*"),
		"newlines":     fill("\n"),
		"heredocs":     fill("<<A\n"),
		"subscripts":   "a" + fill("[b]"),
		"imports":      fill("import a\n"),
		"go":           "func f(ctx context.Context) {" + fill("_, c := context.WithCancel(ctx);"),
		"integers":     "func f(a int) {" + fill("if a > 1 {b := int8(a)};"),
	} {
		for _, language := range []string{"python", "go", "cpp", "javascript", "java", "ruby", "php"} {
			began := time.Now()
			_, coverage := pack.Scan(language, code)
			if took := time.Since(began); took > 20*time.Second { // far above what it takes, far below what quadratic work would
				t.Errorf("%s as %s took %v (coverage %q)", name, language, took, coverage.Reason)
			}
		}
	}
}

func nestedBlocks(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", min(i, 400)))
		b.WriteString("if a:\n")
	}
	return b.String()
}
