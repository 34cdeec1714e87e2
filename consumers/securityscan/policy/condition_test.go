package policy

import "testing"

func TestConditions(t *testing.T) {
	docs, complete := Documents("a: {b: x, n: 5, list: [p, q], none: [], cidr: 0.0.0.0/0, half: 128.0.0.0/1, inner: [{k: 1}, {k: 2, l: z}]}\n")
	if !complete || len(docs) != 1 {
		t.Fatalf("%d documents, complete %v", len(docs), complete)
	}
	for condition, want := range map[string]bool{
		"a.b = X|y": true, "a.b = y": false, "a.c = x": false,
		"a.b != y": true, "a.b != x": false, "a.c != x": true, "a.c? != x": false,
		"a.list = q": true, "a.list != p|q": false,
		"a.b ~ ^x$": true, "a.b !~ ^x$": false, "a.c !~ ^x$": true,
		"a.n < 6": true, "a.n > 6": false, "a.n !>= 6": true, "a.m !>= 6": true, "a.n !<= 4": true, "a.b < 6": false,
		"a.cidr open": true, "a.half open": true, "a.b open": false,
		"a.none missing": true, "a.c missing": true, "a.b missing": false, "a.b present": true, "a.c present": false,
		"a.b literal": true, "a.inner literal": false,
		"a.inner.l missing": true, "a.inner.l = z": true, "a.c/b = x": true, "a.* = x": true,
	} {
		c, err := parseCondition(condition)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.match(docs[0]) != nil; got != want {
			t.Errorf("%s: %v, want %v", condition, got, want)
		}
	}
}

func TestUnknownSatisfiesLittle(t *testing.T) {
	n := &Node{Kind: Map, Fields: []Field{{"a", &Node{Text: "var.open_to"}}}}
	for condition, want := range map[string]bool{
		"a = x": false, "a != x": false, "a missing": false, "a literal": false, "a open": false, "a !~ x": false,
		"a.b missing": false, "a present": true, "a ~ open_to": true,
	} {
		c, err := parseCondition(condition)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.match(n) != nil; got != want {
			t.Errorf("%s: %v, want %v", condition, got, want)
		}
	}
}

func TestRuleFilesAreChecked(t *testing.T) {
	for _, file := range []string{
		"[{id: a, checks: ['no subject']}]", "[{id: a, checks: ['a: b like c']}]", "[{id: a, checks: ['a: b ~ (']}]", "[{id: a, colour: red}]",
	} {
		if _, err := Load([]byte(file)); err == nil {
			t.Errorf("%s was accepted", file)
		}
	}
}

func TestDocumentsOfFragments(t *testing.T) {
	docs, complete := Documents("a: {{ .Values.a }}\n{{- if .b }}\nb: 1\n{{- end }}\n")
	if !complete || len(docs) != 1 || docs[0].Get("b").String() != "1" {
		t.Errorf("a template: %d documents, complete %v", len(docs), complete)
	}
	docs, complete = Documents("a: [\n---\nb: 2\n")
	if complete || len(docs) != 1 || docs[0].Get("b").String() != "2" {
		t.Errorf("a broken document: %d documents, complete %v", len(docs), complete)
	}
}
