package confusion

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

func TestKindOf(t *testing.T) {
	for line, want := range map[string]lineKind{
		"":                                     prose,
		"Why does it fail?":                    prose,
		"return the larger one":                prose,
		"class of the object":                  prose,
		"import it from the lib.":              prose,
		"it says (see above) that a = 1":       prose,
		"I get `None` for x, y and z":          prose,
		"> was it tested?":                     quote,
		">>> f(3)":                             code,
		"def f(x):":                            code,
		"return x[i] + 1;":                     code,
		"    y = f(x)":                         code,
		"assert f(2) == 4":                     code,
		"for (int i = 0; i < n; i++) {":        code,
		"ValueError: bad input":                trace,
		"Traceback (most recent call last):":   trace,
		"  File \"a.py\", line 3, in f":        trace,
		"\tat com.acme.Main.main(Main.java:9)": trace,
		"npm ERR! code E404":                   trace,
		"java.io.IOException: closed":          trace,
	} {
		if got := kindOf(line); got != want {
			t.Errorf("%q: got %d, want %d", line, got, want)
		}
	}
}

func TestProblem(t *testing.T) {
	tagger := newTestTagger(t)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"observation and expectation", "Hi! I upgraded the client. Now every call returns 500, I expected 200. Thanks in advance!", []string{"Now every call returns 500, I expected 200."}},
		{"code and traces are left out", "This fails, why?\n```\nwhy = error()\n```\nTypeError: why not\n", []string{"This fails, why?"}},
		{"nothing but code", "def f(x):\n    return x", nil},
		{"nothing but a trace", "KeyError: 'a'", nil},
		{"quotes are left out", "> it fails, why?\nNo idea what you mean by that.", []string{"No idea what you mean by that."}},
		{"empty", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			spans, sketch := tagger.Problem(c.text)
			var got []string
			for _, s := range spans {
				got = append(got, c.text[s.Start:s.End])
			}
			if !slices.Equal(got[:min(len(got), len(c.want))], c.want) || len(c.want) == 0 && len(got) > 0 {
				t.Errorf("got %q, want %q first", got, c.want)
			}
			if (sketch == nil) != (len(c.want) == 0) {
				t.Errorf("sketch of %d values", len(sketch))
			}
		})
	}
}

func TestMinHashFindsNearDuplicates(t *testing.T) {
	tagger := newTestTagger(t)
	equal := func(a, b string) (n int) {
		_, x := tagger.Problem(a)
		_, y := tagger.Problem(b)
		for i := range x {
			if x[i] == y[i] {
				n++
			}
		}
		return n
	}
	const problem = "I don't understand why the migration fails with a foreign key error on the orders table."
	if n := equal(problem, "Don't understand: why does the migration fail with foreign key error on the orders table?"); n < sketchSize/3 {
		t.Errorf("near-duplicates share %d of %d values", n, sketchSize)
	}
	if n := equal(problem, "What does the spinner in the corner mean and why is it yellow?"); n > sketchSize/4 {
		t.Errorf("different problems share %d of %d values", n, sketchSize)
	}
}

func TestPlan(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range ReasonNames {
		plan := Plan([]string{r})
		if len(plan) < 2 {
			t.Errorf("%s: a plan of %d steps", r, len(plan))
		}
		for _, s := range plan {
			if s.ID == "" || s.Text == "" || seen[s.ID] {
				t.Errorf("%s: step %+v", r, s)
			}
			seen[s.ID] = true
		}
	}
	if got := Plan([]string{"unsure_how", "misunderstood_request"}); got[0].ID != "restate_request" {
		t.Errorf("a plan begins with %s", got[0].ID)
	}
	if got := Plan(nil); got != nil {
		t.Errorf("a plan without reasons: %v", got)
	}
}

func TestCues(t *testing.T) {
	if len(cueLists) != cueCount {
		t.Fatalf("%d lists of cues, cueCount is %d", len(cueLists), cueCount)
	}
	used := 0
	for _, k := range phraseCues.keys {
		if k != 0 {
			used++
		}
	}
	if used > cueSlots/3 {
		t.Errorf("%d of %d slots are used", used, cueSlots)
	}
	for phrase, name := range map[string]string{"not sure": "unsure", "why": "why", "am I missing": "overlooked", "didnt work": "failure", "is this right": "doublecheck", "right?": "doublecheck", "doesn’t work": "failure"} {
		s := new(scanner)
		s.scan(phrase)
		if cuesOf(s.tokens)&cueNamed(name) == 0 {
			t.Errorf("%q has no cue %s", phrase, name)
		}
	}
}

func TestModelFile(t *testing.T) {
	w := new(Weights)
	for h := range w.Heads {
		w.Heads[h] = make([]float32, Features)
		for i := range w.Heads[h] {
			w.Heads[h][i] = float32(math.Sin(float64(i*(h+1)))) / 10
		}
		w.Bias[h] = float32(h)
	}
	w.Note = "a wave"
	file, err := w.File()
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadModel(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := w.File(); !bytes.Equal(file, again) {
		t.Error("the same weights give different files")
	}
	msg := Message{Text: message200}
	v := Vectorize(msg)
	s, f := new(scanner), new(features)
	s.scan(msg.Text)
	f.extract(&msg, s, Key{})
	sums := m.sums(f)
	for h := range sums {
		want := w.Bias[h]
		for k, i := range v.Index {
			want += w.Heads[h][i] * v.Value[k]
		}
		if math.Abs(float64(sums[h]-want)) > 0.02 {
			t.Errorf("head %d: got %v, want %v", h, sums[h], want)
		}
	}
	for name, bad := range map[string][]byte{"nothing": nil, "something else": []byte("hello"), "half": file[:len(file)/2], "more": append(slices.Clone(file), 0)} {
		if _, err := ReadModel(bad); err == nil {
			t.Errorf("%s is read as a model", name)
		}
	}
	other := bytes.Replace(file, []byte(`"version":1`), []byte(`"version":9`), 1)
	if _, err := ReadModel(other); err == nil {
		t.Error("a model of another version is read")
	}
}

// TestSketchIsKeyed wants sketches under different keys to have nothing in common.
func TestSketchIsKeyed(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	a, b := NewTagger(m, NewKey([]byte("a"))), NewTagger(m, NewKey([]byte("b")))
	const text = "parse the configuration before the server starts"
	x, y := a.Sketch(text), b.Sketch(text)
	for _, w := range x.Words {
		if y.has(w) {
			t.Errorf("both sketches have %x", w)
		}
	}
	for _, tagger := range []*Tagger{a, b} { // but the tag does not depend on the key
		got := tagger.Tag(Message{Text: text, User: tagger.Sketch(text), Assistant: tagger.Sketch("Here it is.")})
		want := a.Tag(Message{Text: text, User: x, Assistant: a.Sketch("Here it is.")})
		if got.Score != want.Score {
			t.Errorf("the score is %v under one key, %v under another", got.Score, want.Score)
		}
	}
}
