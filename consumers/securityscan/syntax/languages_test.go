package syntax

import (
	"strings"
	"testing"
)

// Fragments of the languages that lean on more than the common grammar, and what is kept of them.
func TestLanguages(t *testing.T) {
	for _, c := range []struct {
		lang       *Language
		code, want string
	}{
		{JavaScript, "const { exec: e } = require('child_process')", "(import child_process.exec e)"},
		{JavaScript, "import cp, { spawn } from 'node:child_process';", "(do (import child_process cp) (import child_process.spawn spawn))"},
		{JavaScript, "f(`a ${b ? `c${d}` : ''} e`)", "(call f (tpl 'a ' (cond b (tpl 'c' d) '') ' e'))"},
		{JavaScript, "const q = 'x'\n  + y", "(decl q <- (bin + 'x' <- y))"},
		{JavaScript, "<p title={t}>it {s}</p>", "(call jsx p (key title <- t) s)"},
		{JavaScript, "db.q`select ${id}`", "(call tag (. q db) (list) id)"},
		{TypeScript, "async find(e: string): Promise<A | undefined> {\n return e as B;\n}", "(def find (param e string) <- (do (return e)))"},
		{TypeScript, "const f: F<{ s: string }> = ({ s }) => s!;", "(decl f F<{ s: string }> <- (fn (param) (param s) <- s))"},
		{Java, `String[] c = {"sh", "-c", "git " + name};`, "(decl c String[] <- (lit 'sh' '-c' (bin + 'git ' <- name)))"},
		{Java, "get(@PathVariable String name) throws IOException { }", "(def get (param name String PathVariable) <- (do))"},
		{Java, "x.set((h, s) -> true);", "(call (. set x) (fn (param h) (param s) <- true))"},
		{Java, "int x = (int) (Math.random() * 10);", "(decl x int <- (call int (bin * (call (. random Math)) <- 10)))"},
		{Ruby, "redirect_to params[:x], notice: 'a' if foo?", "(if foo? (call redirect_to (index params 'x') (pair notice <- 'a')))"},
		{Ruby, "x.where(\"n = '#{params[\"n\"]}'\")", "(call (. where x) (tpl 'n = '' (index params 'n') '''))"},
		{Ruby, "execute(<<~Q, b)\n  DELETE #{a}\nQ\n", "(call execute (tpl '  DELETE ' a '\n') b)"},
		{Ruby, "`ping #{h}`", "(call ` (tpl 'ping ' h))"},
		{C, "p = (struct a *)malloc(3); FILE *in = f(b);", "(assign = p <- (call struct a * (call malloc 3))) (decl in FILE * <- (call f b))"},
		{C, "x = (a * b); y = (n) * 2;", "(assign = x <- (bin * a <- b)) (assign = y <- (bin * n <- 2))"},
		{CPP, "auto p = (const std::string *)q;", "(decl p auto <- (call const std::string * q))"},
		{PHP, "<p>don't</p><?= $_GET['n'] ?>", "(call echo (index $_GET 'n'))"},
		{PHP, `$t = new \Twig\Environment($l);`, "(assign = $t <- (call new Environment $l))"},
		{PHP, `$q = "id = $row[id] {$o->name}";`, "(assign = $q <- (tpl 'id = ' (index $row id) ' {' (. name $o) '}'))"},
		{PHP, "if ($a): echo 1; else: echo 2; endif;", "(if $a (do (call echo 1)) (do (call echo 2)))"},
	} {
		tree := Parse(c.lang, c.code)
		var got []string
		for _, k := range tree.Root.Kids {
			got = append(got, outline(k))
		}
		if s := strings.Join(got, " "); s != c.want || !tree.Complete {
			t.Errorf("%s: %s\n got %s\nwant %s", c.lang.Name, c.code, s, c.want)
		}
		tree.Release()
	}
}
