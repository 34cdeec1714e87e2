package promotion

import (
	"strings"
	"testing"
)

func TestDefaultPolicy(t *testing.T) {
	p := DefaultPolicy()
	if p.RequiredTasks() != 817 || len(p.Hash()) != 16 || !p.approves("production") || p.approves("dogfood") {
		t.Errorf("%+v", p)
	}
}

func TestProblemsHaveLines(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"alpha":         {"alpha: 0.1\npower", "alpha: 0\npower", "line 1: alpha must be over 0"},
		"missing":       {"alpha: 0.1\npower", "power", "line 1: alpha must be over 0"},
		"power":         {"power: 0.8", "power: 1", "line 2: power must be"},
		"effect":        {"expected_effect: 0.2", "expected_effect: 0.4", "line 3: expected_effect must be"},
		"min effect":    {"min_effect: 0.05", "min_effect: 0.3", "line 5: min_effect must be"},
		"unreachable":   {"expected_effect: 0.2", "expected_effect: 0.05001", "line 3: expected_effect of 0.05001 can't be shown"},
		"environment":   {"[production]", "[prod]", `line 7: approval lists "prod"`},
		"language":      {"languages: {alpha: 0.1", "languages: {alpha: 2", "line 8: languages.alpha must be"},
		"security":      {"security: {alpha: 0.1, min_tasks: 0}", "security: {alpha: 0.1, min_tasks: -1}", "line 9: security.min_tasks"},
		"unknown field": {"power: 0.8", "powr: 0.8", "unknown field"},
		"wrong type":    {"power: 0.8", "power: high", "[2:"},
		"two documents": {"alpha: 0.1\npower", "alpha: 0.1\n---\npower", "one document"},
		"not a number":  {"power: 0.8", "power: .nan", "line 2: power must be"},
		"everything":    {somePolicy, "", "line 1: alpha"},
	} {
		source := strings.Replace(somePolicy, test.old, test.new, 1)
		if source == somePolicy {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if _, err := ParsePolicy([]byte(source)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestHashFollowsTheContent(t *testing.T) {
	a, b := parse(t, somePolicy), parse(t, strings.Replace(somePolicy, "alpha: 0.1\n", "alpha: 0.2\n", 1))
	if a.Hash() == b.Hash() || a.Hash() != parse(t, somePolicy).Hash() {
		t.Errorf("hashes %s and %s", a.Hash(), b.Hash())
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(somePolicy))
	f.Add(defaultPolicy)
	f.Add([]byte("alpha: .inf"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := ParsePolicy(source)
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
		if p != nil && !(p.Alpha > 0 && p.Alpha <= 0.5 && p.required > 0 && p.required <= maxTasks && p.MinTasks > 0) {
			t.Fatalf("accepted %+v", p)
		}
	})
}
