package securityscan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/assayhq/assay/consumers/securityscan/compose"
	"github.com/assayhq/assay/consumers/securityscan/dockerfile"
	"github.com/assayhq/assay/consumers/securityscan/engine"
	"github.com/assayhq/assay/consumers/securityscan/kubernetes"
	"github.com/assayhq/assay/consumers/securityscan/rules"
	"github.com/assayhq/assay/consumers/securityscan/secrets"
	"github.com/assayhq/assay/consumers/securityscan/shell"
	"github.com/assayhq/assay/consumers/securityscan/terraform"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// scanner finds weaknesses in a snippet of a language, or of any. It must take time linear in the snippet, and is used
// concurrently.
type scanner interface {
	Scan(language, path, code string) ([]weakness.Weakness, weakness.Coverage)
	// Hash is the content hash of the rules.
	Hash() string
}

// Scanner is all scanners together. It is safe for concurrent use.
type Scanner struct {
	secrets scanner
	formats map[string]scanner // by language
	hash    string
}

// NewScanner compiles the rules, which takes a tenth of a second.
func NewScanner() (*Scanner, error) {
	pack, err := rules.Load()
	if err != nil {
		return nil, err
	}
	secrets, err := secrets.New()
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	terraform, err := terraform.New()
	if err != nil {
		return nil, fmt.Errorf("terraform: %w", err)
	}
	kubernetes, err := kubernetes.New()
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	compose, err := compose.New()
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	s := &Scanner{secrets: secrets, formats: map[string]scanner{
		"terraform":  terraform,
		"kubernetes": kubernetes,
		"compose":    compose,
		"dockerfile": dockerfile.New(),
		"shell":      shell.New(),
	}}
	for _, language := range pack.Languages() {
		s.formats[language] = code{pack}
	}
	sum := sha256.New()
	fmt.Fprintln(sum, secrets.Hash())
	for _, language := range slices.Sorted(maps.Keys(s.formats)) {
		fmt.Fprintln(sum, language, s.formats[language].Hash())
	}
	s.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	return s, nil
}

// code scans programming languages.
type code struct{ *engine.Pack }

func (c code) Scan(language, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	return c.Pack.Scan(language, code)
}

// Hash is the content hash of all rules.
func (s *Scanner) Hash() string { return s.hash }

// Result is one scan. Its kind is that of the summary: scan completed, partial or not scanned, the latter two with a reason.
type Result struct {
	Kind   schemas.FindingKind
	Reason string
	Found  []weakness.Weakness // in the order of their places
}

// Scan looks for weaknesses in a snippet, of which no more than maxCode bytes are read. The language is what the client
// called it; the path may be empty. It depends on nothing but its arguments. A scanner that panics makes the result one of
// a snippet that wasn't scanned.
func (s *Scanner) Scan(language, path, code string) (r Result) {
	r = Result{Kind: schemas.FindingScanCompleted}
	if len(code) > maxCode {
		r.partial(reasonTooLarge)
		code = firstLines(code, maxCode)
	}
	defer func() {
		if recover() != nil { // what was thrown may quote the code
			r = Result{Kind: schemas.FindingNotScanned, Reason: reasonFailed}
		}
	}()
	var c weakness.Coverage
	if r.Found, c = s.secrets.Scan(language, path, code); c.Partial() {
		r.partial(c.Reason)
	}
	language = canonical(language, path, code)
	if format := s.formats[language]; format != nil {
		found, c := format.Scan(language, path, code)
		if c.Partial() {
			r.partial(c.Reason)
		}
		r.Found = weakness.Sort(append(r.Found, found...))
	} else {
		r.partial(reasonLanguage)
	}
	return r
}

// partial notes that something wasn't looked at; the first reason counts.
func (r *Result) partial(reason string) {
	if r.Kind == schemas.FindingScanCompleted {
		r.Kind, r.Reason = schemas.FindingScanPartial, reason
	}
}
