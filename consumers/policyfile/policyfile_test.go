package policyfile

import (
	"strings"
	"testing"
)

type policy struct {
	Limit int `yaml:"limit"`
	Rules []struct {
		ID    string            `yaml:"id"`
		Match map[string]string `yaml:"match"`
	} `yaml:"rules"`
}

func TestRead(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"good":          {"limit: 3\n", ""},
		"empty":         {"", ""},
		"not YAML":      {"limit: [", "read policy: "},
		"wrong type":    {"\nlimit: many\n", "[2:8]"},
		"unknown field": {"limit: 3\nlimits: 4\n", "[2:1]"},
		"same key":      {"limit: 3\nlimit: 4\n", "[2:1]"},
		"two documents": {"limit: 3\n---\nlimit: 4\n", "a second after a line ---"},
	} {
		_, err := Read("policy", []byte(test.source), new(policy))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

func TestProblemsHaveLines(t *testing.T) {
	f, err := Read("policy", []byte("rules:\n- id: a\n- id: b\n  match:\n    model: m\n"), new(policy))
	if err != nil {
		t.Fatal(err)
	}
	if f.Require(true, "rules[0].id", "is fine"); f.Err() != nil {
		t.Error(f.Err())
	}
	for _, path := range []string{"limit", "rules[0].id", "rules[0].match", "rules[1].match.model", "rules[1].match.feature", "rules[7].id"} {
		f.Require(false, path, "%s is wrong", path)
	}
	want := "read policy: line 1: limit is wrong\nline 2: rules[0].id is wrong\nline 2: rules[0].match is wrong\n" +
		"line 5: rules[1].match.model is wrong\nline 5: rules[1].match.feature is wrong\nline 1: rules[7].id is wrong"
	if got := f.Err().Error(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestHash(t *testing.T) {
	hash := func(source string) string {
		f, err := Read("policy", []byte(source), new(policy))
		if err != nil {
			t.Fatal(err)
		}
		return f.Hash()
	}
	if a := hash("limit: 3"); len(a) != 16 || a != hash("limit: 3") || a == hash("limit: 4") {
		t.Errorf("hash %q", a)
	}
}
