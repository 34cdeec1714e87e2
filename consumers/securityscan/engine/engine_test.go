package engine

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers/securityscan/syntax"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

const testRules = `
languages: [python]
model:
  remote: [request.args]
  local: [os.environ]
  sanitizers: {sql: [quoted], all: [int]}
  guards: {sql: ["*.isalnum"]}
  formats: {"*.format": braces, "*.join": join}
rules:
  - id: built-statement
    purpose: sql
    match:
      - call: [execute]
        args: {0: built}
`

func testPack(t *testing.T) *Pack {
	t.Helper()
	p, err := Load(fstest.MapFS{"test.yaml": {Data: []byte(testRules)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// evaluated returns what is known of the variable q after a fragment of Python.
func evaluated(t *testing.T, p *Pack, code string) value {
	t.Helper()
	tree := syntax.Parse(syntax.Python, code)
	defer tree.Release()
	e := newEvaluation()
	e.rs, e.src, e.tree, e.budget = p.languages["python"], code, tree, 1000
	e.run()
	i, ok := e.vars["q"]
	if !ok {
		t.Fatalf("%q binds no q", code)
	}
	return e.bindings[i-1].value
}

func TestTextsAreFollowed(t *testing.T) {
	p := testPack(t)
	for _, test := range []struct {
		code, text string // with ? for unknown, L for local and R for remote pieces
		built      bool
	}{
		{`q = "a" + "b"`, "ab", false},
		{`q = "a" + x`, "a?", true},
		{`q = "a" + x + request.args`, "a?R", true},
		{`q = f"a{os.environ}b"`, "aLb", true},
		{`q = f"a{'b'}c"`, "abc", false},
		{`q = "a%sb%%" % x`, "a?b%", true},
		{`q = "%s-%s" % (request.args, "b")`, "R-b", true},
		{`q = "%(k)s;" % {"k": request.args}`, "R;", true},
		{`q = "{} {n!r:>9}".format(x, n=request.args)`, "? R", true},
		{`q = "{1}{0}".format(x, request.args)`, "R?", true},
		{`q = ",".join(["a", x])`, "a,?", true},
		{"q = \"a\"\nq += x", "a?", true},
		{"q = \"a\"\nif x:\n    q = \"b\" + request.args\n", "bR", true},
	} {
		v := evaluated(t, p, test.code)
		if got := strings.NewReplacer(hole(unknown), "?", hole(local), "L", hole(remote), "R").Replace(v.text); got != test.text || v.built != test.built {
			t.Errorf("%s: text %q, built %t; want %q, %t", test.code, got, v.built, test.text, test.built)
		}
	}
}

func TestTrustIsFollowed(t *testing.T) {
	p := testPack(t)
	sql := p.languages["python"].purposes["sql"]
	for _, test := range []struct {
		code  string
		trust trust
		clean bool // for sql
	}{
		{`q = 1`, constant, false},
		{`q = x`, unknown, false},
		{`q = os.environ["A"]`, local, false},
		{`q = request.args["a"]`, remote, false},
		{`q = request.args if x else "a"`, remote, false},
		{`q = quoted(request.args)`, remote, true},
		{`q = int(request.args)`, cleaned, true},
		{`q = quoted(request.args) + "a"`, remote, true},
		{`q = quoted(request.args) + request.args`, remote, false},
		{"q = \"a\"\nif x:\n    q = request.args\nelse:\n    q = os.environ\n", remote, false},
		{"def f(a):\n    return a\nq = f(request.args)\n", remote, false},
		{`q = len(x) > 1`, cleaned, true},
	} {
		v := evaluated(t, p, test.code)
		if v.trust != test.trust || (v.clean&sql != 0) != test.clean {
			t.Errorf("%s: trust %d, clean %b; want %d, %t", test.code, v.trust, v.clean, test.trust, test.clean)
		}
	}
}

func TestGuardsAreBelieved(t *testing.T) {
	p := testPack(t)
	const sink = "execute('select ' + a)\n"
	for _, test := range []struct {
		code  string
		found bool
	}{
		{"a = request.args\n" + sink, true},
		{"a = request.args\nif a.isalnum():\n    " + sink, false},
		{"a = request.args\nif not a.isalnum():\n    raise E\n" + sink, false},
		{"a = request.args\nif b.isalnum():\n    " + sink, true},
		{"a = request.args\nif a.isspace():\n    " + sink, true},
		{"a = request.args\nif b and a.isalnum():\n    " + sink, false},
		{"a = request.args\nif a in ('b', 'c'):\n    " + sink, false},
		{"a = request.args\nif a.isalnum():\n    a = request.args\n    " + sink, true},
		{"a = quoted(request.args)\n" + sink, false},
	} {
		found, _ := p.Scan("python", test.code)
		if (len(found) == 1) != test.found || len(found) > 1 {
			t.Errorf("%q: %d findings, want one: %t", test.code, len(found), test.found)
		}
	}
}

func valueOf(t *rapid.T, label string) value {
	v := value{
		trust: trust(rapid.IntRange(int(constant), int(remote)).Draw(t, label+" trust")),
		shape: shape(rapid.IntRange(int(anything), int(dict)).Draw(t, label+" shape")),
		built: rapid.Bool().Draw(t, label+" built"),
		clean: purposes(rapid.IntRange(0, 7).Draw(t, label+" clean")),
		text:  strings.Repeat("a", rapid.IntRange(0, maxText).Draw(t, label+" length")),
	}
	v.built = v.built && v.trust >= unknown
	return v
}

// What may be either of two values, or is made of both, is trusted no more than the worse one, and clean for nothing that
// the worse one isn't clean for.
func TestJoinAndConcatForgetNoDanger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := valueOf(t, "a"), valueOf(t, "b")
		bad := a
		if b.trust > a.trust {
			bad = b
		}
		for name, v := range map[string]value{"join": join(a, b), "worst": worst(a, b), "concat": concat(a, b), "swapped": join(b, a)} {
			if v.trust != bad.trust {
				t.Errorf("%s has trust %d of %d and %d", name, v.trust, a.trust, b.trust)
			}
			if v.trust >= unknown && a.trust != b.trust && v.clean&^bad.clean != 0 {
				t.Errorf("%s is clean for %b, the worse one for %b", name, v.clean, bad.clean)
			}
			if v.trust >= unknown && a.trust == b.trust && v.clean != a.clean&b.clean {
				t.Errorf("%s is clean for %b, its parts for %b and %b", name, v.clean, a.clean, b.clean)
			}
		}
		if v := concat(a, b); len(v.text) > maxText || v.built != (bad.trust >= unknown) {
			t.Errorf("concat has %d bytes, built %t", len(v.text), v.built)
		}
	})
}

// Ordinary files need a fraction of the budget, however many functions and variables they have: these are the scanner's own.
func TestOrdinaryFilesStayFarBelowTheBudget(t *testing.T) {
	p, err := Load(os.DirFS("../rules"))
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		code, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if nodes, work := workOn(p, "go", string(code)); work > nodes*workPerNode/2 {
			t.Errorf("%s takes %d of %d", path, work, nodes*workPerNode)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("%d files", files)
	}
}

// Twice as much code takes about twice the work, where functions ask about the whole fragment.
func TestWorkIsLinear(t *testing.T) {
	p, err := Load(os.DirFS("../rules"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ language, code string }{
		"conversions": {"go", "func f(n int64) { if n > 1 && n < 9 { g(int8(n), int8(n), int16(n)) } }\n"},
		"cancels":     {"go", "func f(ctx context.Context) { ctx, cancel := context.WithCancel(ctx); defer cancel(); use(ctx) }\n"},
		"fields":      {"go", "type T struct { Password string }\nfunc f(t T) { json.Marshal(t) }\n"},
		"copies":      {"c", "void f(char *s, int n) { char b[8]; if (n < 8) memcpy(b, s, n); b[n] = 0; }\n"},
		"merges":      {"javascript", "function f(a, b) { for (const k in b) { a[k] = b[k]; } return a; }\n"},
		"members":     {"ruby", "def f(a)\n  a.html_safe\n  a.constantize\nend\n"},
	} {
		nodes, work := workOn(p, test.language, strings.Repeat(test.code, 20))
		_, twice := workOn(p, test.language, strings.Repeat(test.code, 40))
		if twice > work*5/2 || work > nodes*workPerNode {
			t.Errorf("%s: %d for %d nodes, %d for twice as many", name, work, nodes, twice)
		}
	}
}

// workOn is how much there is of a fragment, and what evaluating it takes without a bound.
func workOn(p *Pack, language, code string) (nodes, work int) {
	const plenty = 1 << 40
	tree := syntax.Parse(languages[language], code)
	defer tree.Release()
	e := newEvaluation()
	e.rs, e.src, e.tree, e.budget = p.languages[language], code, tree, plenty
	e.run()
	return tree.Nodes, plenty - e.budget
}

// A fragment that needs more work than it is worth is scanned in part, and the scan says so.
func TestBudgetEnds(t *testing.T) {
	p := testPack(t)
	code := "s = x\n" + strings.Repeat("s = s + s + s\nexecute(s)\n", 2000)
	if found, coverage := p.Scan("python", code); len(found) == 0 || coverage != (weakness.Coverage{}) {
		t.Errorf("%d findings, coverage %q: additions to a text that has its full length are cheap", len(found), coverage.Reason)
	}
	nested := strings.Repeat("(", 5000)
	if _, coverage := p.Scan("python", nested); coverage.Reason != weakness.ReasonBudget {
		t.Errorf("%d brackets have coverage %q", len(nested), coverage.Reason)
	}
	e := newEvaluation()
	tree := syntax.Parse(syntax.Python, code)
	defer tree.Release()
	e.rs, e.src, e.tree, e.budget = p.languages["python"], code, tree, 100
	e.run()
	if e.budget > 0 || len(e.found) == 0 || len(e.found) > 100 {
		t.Errorf("with a budget of 100, %d is left and %d things are found", e.budget, len(e.found))
	}
}
