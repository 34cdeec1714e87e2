// Package secrets finds hard-coded secrets: what has the format of a provider, by the rules of gitleaks, and what a name
// that says password, secret, token or key is given, if that looks like a secret and not like a placeholder, a reference, a
// label or a hash. It must not ask a provider whether a secret works.
package secrets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// Scanner is safe for concurrent use.
type Scanner struct{ providers providers }

// New compiles the rules, which takes a tenth of a second.
func New() (Scanner, error) {
	p, err := newProviders()
	if err != nil {
		return Scanner{}, fmt.Errorf("secrets: %w", err)
	}
	return Scanner{p}, nil
}

// Hash is the content hash of the rules.
func (s Scanner) Hash() string { return s.providers.hash }

// Scan returns the secrets in a snippet. The language, as in CodeEvent, and the path say how values are written; both may
// be empty. In folders of tests only what a provider could have issued counts.
func (s Scanner) Scan(language, path, code string) ([]weakness.Weakness, weakness.Coverage) {
	f := file{code: code, unquoted: unquoted(language, path), test: isTest(path)}
	found := privateKeys(code, nil)
	found = connectionStrings(f, found)
	assigned := assignments(f)
	found = s.providers.scan(code, found)
	for _, w := range assigned { // what a provider's rule, or a URL, says of the same place is more
		if !slices.ContainsFunc(found, func(o weakness.Weakness) bool { return w.Start < o.End && o.Start < w.End }) {
			found = append(found, w)
		}
	}
	var c weakness.Coverage
	if len(found) >= maxFound {
		c.Reason = weakness.ReasonBudget
	}
	return weakness.Sort(found), c
}

// maxFound is about how many secrets are looked for: what has more is a list of them, and comparing them takes time.
const maxFound = 500

// file is a snippet and what is known of it.
type file struct {
	code     string
	unquoted bool // values may stand without quotes
	test     bool
}

var configLanguages = map[string]bool{
	"dockerfile": true, "shell": true, "kubernetes": true, "yaml": true, "properties": true, "ini": true, "dotenv": true,
	"bash": true, "sh": true, "compose": true, "toml": true,
}

func unquoted(language, path string) bool {
	if configLanguages[language] {
		return true
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	if strings.HasPrefix(base, ".env") || strings.Contains(strings.ToLower(base), "dockerfile") {
		return true
	}
	switch base[strings.LastIndexByte(base, '.')+1:] {
	case "yml", "yaml", "properties", "ini", "cfg", "conf", "env", "sh", "bash", "zsh", "envrc", "npmrc", "pypirc", "netrc":
		return true
	}
	return false
}

// isTest reports whether a path is that of a test: a folder or a file that is named so.
func isTest(path string) bool {
	path = strings.ToLower(path)
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "test", "tests", "testing", "testdata", "__tests__", "spec", "specs", "fixture", "fixtures", "__mocks__", "mocks",
			"examples", "example", "e2e", "cypress", "features":
			return true
		}
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	name, _, _ := strings.Cut(base, ".")
	return strings.HasPrefix(name, "test_") || strings.HasSuffix(name, "_test") || strings.HasSuffix(name, "_spec") ||
		strings.HasSuffix(name, "tests") || strings.HasSuffix(name, "test") && name != "latest" && name != "test" ||
		strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || strings.HasPrefix(name, "conftest")
}
