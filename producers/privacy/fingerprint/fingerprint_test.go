package fingerprint

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/schemas/sketch"
)

// words lists the meaningful tokens of a text; names are marked by a colon, lines are divided by a slash.
func words(code, language string) string {
	var out []string
	line := 1
	l := lexer{syntax: syntaxOf(language), text: []byte(code)}
	l.emit = func(text []byte, name bool, at int) {
		for ; line < at; line++ {
			out = append(out, "/")
		}
		w := string(text)
		if name {
			w = ":" + w
		}
		out = append(out, w)
	}
	l.run()
	return strings.Join(out, " ")
}

func TestMeaningfulTokens(t *testing.T) {
	for name, c := range map[string]struct{ language, code, want string }{
		"go":                  {"go", "x := f(a, 1.5e3) // sum\nreturn x != nil", ":x := :f :a 1.5e3 / return :x != nil"},
		"block comment":       {"go", "a /* b\n c */ d", ":a / :d"},
		"words of a string":   {"go", `Errorf("open %s: it's %w\n", path)`, ":Errorf open s it s w :path"},
		"raw string":          {"go", "a(`one \\n\ntwo`, b)", ":a one n / two :b"},
		"rune":                {"go", `if c == '\'' { x }`, "if :c == :x"},
		"open quote":          {"rust", "fn f<'a>(x: &'a str) {\n y }", "fn :f < a x :a :str / :y"},
		"longest operator":    {"javascript", "a===b ?? c => d?.e", ":a === :b ?? :c => :d ? :e"},
		"quotes alike":        {"javascript", `import x from "./a b"; y('c')`, "import :x :from a b :y c"},
		"template":            {"javascript", "t = `a ${b.c(`d ${e}`)} f` + g", ":t = a :b :c d :e f + :g"},
		"template over lines": {"typescript", "`a\n${b}\nc`\nd", "a / :b / c / :d"},
		"regular expression":  {"javascript", "x = s.replace(/['\"`/]+b/g, y) / z", ":x = :s :replace b :g :y / :z"},
		"division":            {"javascript", "a = b / c; d = (e) / f", ":a = :b / :c :d = :e / :f"},
		"docstring":           {"python", "def f(a):\n    \"\"\"Says\n    hello.\"\"\"\n    return a", "def :f :a / / / return :a"},
		"string, not comment": {"python", "x = \"\"\"a\nb\"\"\"\ny('c')  # d", ":x = a / b / :y c"},
		"string in brackets":  {"python", "f(\n    'a'\n)", ":f / a"},
		"continued line":      {"python", "x = \\\n    'a'", ":x = / a"},
		"prefix of a string":  {"python", "f'{a} b'", ":f a b"},
		"java":                {"java", "@Override public int f(final List<X> a) { return 0x1F; }", "@ :Override public int :f final :List < :X > :a return 0x1F"},
		"shell":               {"shellscript", "echo \"a b\" # c\nd", ":echo a b / :d"},
		"sql":                 {"sql", "select a -- b\nfrom c", ":select :a / :from :c"},
		"unknown language":    {"brainfudge", "a + b // c", ":a + :b"},
		"unclosed comment":    {"go", "a /* b\nc", ":a"},
		"beyond ASCII":        {"go", "größe := \"naïve café\"", ":größe := naïve café"},
	} {
		if got := words(c.code, c.language); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestFormattersChangeNothing(t *testing.T) {
	for _, pair := range [][3]string{
		{"javascript", "function f(a, b) { return g(a, 'x y') }", "function f(\n    a,\n    b,\n) {\n    return g(a, \"x y\");\n}\n"},
		{"python", "x = f(a, b)  # why\n", "# because\nx = f(\n    a,\n    b,\n)\n"},
		{"go", "if a{\nb()\n}", "if a {\n\t// c\n\tb()\n}"},
	} {
		h := New([]byte("key"))
		a, b := h.Sketch(pair[1], pair[0]), h.Sketch(pair[2], pair[0])
		if !slices.Equal(a.Tokens, b.Tokens) {
			t.Errorf("%s: %s and %s", pair[0], words(pair[1], pair[0]), words(pair[2], pair[0]))
		}
	}
}

func TestSketchDependsOnTheKeyAndHidesTheText(t *testing.T) {
	const code = "secretFunction(secretArgument)\n\nreturn secretFunction"
	a, again, b := New([]byte("a")).Sketch(code, "go"), New([]byte("a")).Sketch(code, "go"), New([]byte("b")).Sketch(code, "go")
	if !reflect.DeepEqual(a, again) {
		t.Error("the same key gives another sketch")
	}
	for i := range a.Tokens {
		if a.Tokens[i] == b.Tokens[i] {
			t.Errorf("token %d is the same under another key", i)
		}
	}
	if a.Tokens[0] != a.Tokens[3] || a.Tokens[0] == a.Tokens[1] || !a.Tokens[0].Name() || a.Tokens[2].Name() {
		t.Errorf("tokens are %v", a.Tokens)
	}
	if want := []sketch.Line{{Number: 1, End: 2}, {Number: 3, End: 4}}; !slices.Equal(a.Lines, want) {
		t.Errorf("lines are %v", a.Lines)
	}
	if raw := string(a.Append(nil)); strings.Contains(raw, "secret") {
		t.Errorf("%q", raw)
	}
	clear := Clear()
	if s := clear.Sketch(code, "go"); s.Tokens[0] != s.Tokens[3] || s.Tokens[0] == s.Tokens[1] {
		t.Errorf("unhashed tokens are %v", s.Tokens)
	}
}

func TestWinnowFindsSharedPassages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.Custom(func(t *rapid.T) sketch.Token { return sketch.Token(rapid.Uint32().Draw(t, "token")) })
		shared := rapid.SliceOfN(token, gram+window-1, 60).Draw(t, "shared")
		around := func(name string) sketch.Sketch {
			return sketch.Sketch{Tokens: slices.Concat(rapid.SliceOfN(token, 0, 30).Draw(t, name), shared, rapid.SliceOfN(token, 0, 30).Draw(t, name))}
		}
		a, b := around("a"), around("b")
		of := Winnow(&a)
		if !slices.ContainsFunc(Winnow(&b), func(f int64) bool { return slices.Contains(of, f) }) {
			t.Fatal("no fingerprint in common")
		}
		if !slices.IsSorted(of) || len(of) > len(a.Tokens)-gram+1 {
			t.Fatalf("fingerprints %v", of)
		}
	})
	if got := Winnow(&sketch.Sketch{}); got != nil {
		t.Errorf("nothing has fingerprints %v", got)
	}
	if got := Winnow(&sketch.Sketch{Tokens: []sketch.Token{1, 2}}); len(got) != 1 {
		t.Errorf("a short text has fingerprints %v", got)
	}
}

func TestIsRevert(t *testing.T) {
	for message, want := range map[string]bool{
		"Revert \"Add a cache\"\n\nThis reverts commit 0123abc.": true,
		"fix(cache): revert to the former key":                   true,
		"Merge pull request #7 from acme/revert-6-cache":         true,
		"Squash\n\n* Revert the cache\n* More":                   true,
		"Back out the cache":                                     true,
		"Add a cache\n\nIt may have to be reverted later.":       false,
		"Make the transaction revertible":                        false,
		"":                                                       false,
	} {
		if got := IsRevert(message); got != want {
			t.Errorf("%q: %v", message, got)
		}
	}
}

func FuzzSketch(f *testing.F) {
	for _, language := range []string{"go", "javascript", "python", "java", "shellscript", ""} {
		f.Add("a := `b ${c} 'd\n\"\"\"e\"\"\" /* f */ // g", language)
	}
	h := New([]byte("key"))
	f.Fuzz(func(t *testing.T, code, language string) {
		s := h.Sketch(code, language)
		got, err := sketch.Parse(s.Append(nil))
		if err != nil || !slices.Equal(got.Tokens, s.Tokens) || !slices.Equal(got.Lines, s.Lines) {
			t.Fatalf("%v: %v, %v", err, got, s)
		}
		if n := len(s.Lines); n > 0 && s.Lines[n-1].Number > 1+strings.Count(code, "\n") {
			t.Fatalf("line %d of %d", s.Lines[n-1].Number, 1+strings.Count(code, "\n"))
		}
		Winnow(&s)
	})
}

func BenchmarkSketch(b *testing.B) {
	code := strings.Repeat("func (s *Server) handle(w http.ResponseWriter, r *http.Request) error {\n\t// Why it is so.\n\treturn fmt.Errorf(\"open %s: %w\", r.URL.Path, err)\n}\n\n", 400)
	h := New([]byte("key"))
	b.SetBytes(int64(len(code)))
	b.ReportAllocs()
	for b.Loop() {
		s := h.Sketch(code, "go")
		if len(s.Tokens) == 0 {
			b.Fatal("no tokens")
		}
	}
}

func BenchmarkWinnow(b *testing.B) {
	s := New([]byte("key")).Sketch(strings.Repeat("if err := f(a, b); err != nil {\n\treturn g(err)\n}\n", 400), "go")
	for b.Loop() {
		Winnow(&s)
	}
}
