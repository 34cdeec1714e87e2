package secrets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// providers are the rules of gitleaks, run on single lines: only lines that hold one of a rule's keywords and a token long
// enough to be a key. gitleaks' own engine looks at the whole text with each rule and takes a hundred times as long.
type providers struct {
	rules    []provider
	keywords *ahocorasick.Trie
	rulesOf  [][]int // by keyword
	hash     string
}

type provider struct {
	config.Rule
	found weakness.Rule
}

// replaced are rules that this package has better ones for; public are keys that are meant to be seen.
var (
	replaced = []string{"generic-api-key", "private-key", "curl-auth-user", "curl-auth-header", "kubernetes-secret-yaml"}
	public   = []string{"lob-pub-api-key", "mapbox-api-token", "flutterwave-public-key"}
)

// keywords replace those that nearly every line holds.
var keywords = map[string][]string{"jwt": {"eyj", "eya"}, "vault-service-token": {"hvs."}}

func newProviders() (providers, error) {
	v := viper.New() // gitleaks' own way goes through viper's global state
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return providers{}, fmt.Errorf("read the rules of gitleaks: %w", err)
	}
	var raw config.ViperConfig
	if err := v.Unmarshal(&raw); err != nil {
		return providers{}, fmt.Errorf("unpack the rules of gitleaks: %w", err)
	}
	translated, err := raw.Translate()
	if err != nil {
		return providers{}, fmt.Errorf("compile the rules of gitleaks: %w", err)
	}
	sum := sha256.Sum256([]byte(config.DefaultConfig + version))
	p := providers{hash: hex.EncodeToString(sum[:8])}
	byKeyword := make(map[string][]int)
	for _, id := range translated.OrderedRules {
		r := translated.Rules[id]
		if r.Regex == nil || slices.Contains(replaced, id) || slices.Contains(public, id) {
			continue
		}
		if k, ok := keywords[id]; ok {
			r.Keywords = k
		}
		for _, k := range r.Keywords {
			k = strings.ToLower(k)
			byKeyword[k] = append(byKeyword[k], len(p.rules))
		}
		found := rule(id, "CWE-798", schemas.SeverityHigh, schemas.ConfidenceHigh, r.Description)
		p.rules = append(p.rules, provider{r, found})
	}
	b := ahocorasick.NewTrieBuilder()
	var words []string
	for k := range byKeyword {
		words = append(words, k)
	}
	slices.Sort(words)
	for _, k := range words {
		b.AddString(k)
		p.rulesOf = append(p.rulesOf, byKeyword[k])
	}
	p.keywords = b.Build()
	return p, nil
}

// version is that of this package's own rules: change it with them.
const version = "1"

const (
	minToken = 16       // the shortest key that a provider's rule knows
	maxLine  = 16 << 10 // bytes of a line that are looked at; minified files have longer ones, but no one reads them
)

func (p providers) scan(code string, found []weakness.Weakness) []weakness.Weakness {
	var lower []byte
	var due []int
	for start := 0; start < len(code) && len(found) < maxFound; {
		at := tokenIn(code[start:])
		if at < 0 {
			break
		}
		start += strings.LastIndexByte(code[start:start+at], '\n') + 1
		end := start + strings.IndexByte(code[start:], '\n')
		if end < start {
			end = len(code)
		}
		line := code[start:min(end, start+maxLine)]
		if end-start <= maxLine || tokenIn(line) >= 0 {
			lower = appendLower(lower[:0], line)
			due = due[:0]
			p.keywords.Walk(lower, func(_, _, keyword int64) bool {
				due = append(due, p.rulesOf[keyword]...)
				return true
			})
			slices.Sort(due)
			for _, i := range slices.Compact(due) {
				found = p.rules[i].scan(code, line, start, found)
			}
		}
		start = end + 1
	}
	return found
}

// scan finds what the rule describes in a line of code, which starts at offset.
func (p provider) scan(code, line string, offset int, found []weakness.Weakness) []weakness.Weakness {
	for _, m := range p.Regex.FindAllStringSubmatchIndex(line, -1) {
		start, end := group(m, p.SecretGroup)
		secret := line[start:end]
		if p.Entropy > 0 && entropy(secret) <= p.Entropy || p.allowed(secret, line[m[0]:m[1]], line) || fake(secret) {
			continue
		}
		if slices.ContainsFunc(found, func(o weakness.Weakness) bool { return o.Start < offset+end && offset+start < o.End }) {
			continue // rules overlap: the first one counts
		}
		w := weakness.At(p.found, code, offset+start, offset+end)
		if checksum(secret) == checksumWrong { // nobody issued it
			w.Confidence = schemas.ConfidenceMedium
		}
		if p.RuleID == "jwt" && !signedToken(secret) {
			continue
		}
		found = append(found, w)
	}
	return found
}

// group returns the secret within a match: the group that the rule names, or the first one that isn't empty.
func group(m []int, n int) (start, end int) {
	if n > 0 && 2*n+1 < len(m) && m[2*n] >= 0 {
		return m[2*n], m[2*n+1]
	}
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] >= 0 && m[i+1] > m[i] {
			return m[i], m[i+1]
		}
	}
	return m[0], m[1]
}

func (p provider) allowed(secret, match, line string) bool {
	for _, a := range p.Allowlists {
		target := secret
		switch a.RegexTarget {
		case "match":
			target = match
		case "line":
			target = line
		}
		if len(a.Paths) > 0 && a.MatchCondition == config.AllowlistMatchAnd {
			continue
		}
		stop, _ := a.ContainsStopWord(secret)
		if stop || a.RegexAllowed(target) {
			return true
		}
	}
	return false
}

// tokenIn returns where minToken or more characters of a key stand in a row, with a digit among them; -1 if they don't. Most
// of the text is never looked at: a character that is none ends all rows that reach it.
func tokenIn(text string) int {
	for i := minToken - 1; i < len(text); i += minToken {
		if tokenBytes[text[i]] == 0 {
			continue
		}
		from, to, digit := i, i+1, false
		for from > 0 && tokenBytes[text[from-1]] != 0 {
			from--
		}
		for to < len(text) && tokenBytes[text[to]] != 0 {
			to++
		}
		if to-from >= minToken {
			for k := from; k < to && !digit; k++ {
				digit = tokenBytes[text[k]] == tokenDigit
			}
			if digit {
				return from
			}
		}
		i = to // looks at the last byte of the first row that may follow
	}
	return -1
}

const tokenDigit = 2

// tokenBytes are the characters of keys.
var tokenBytes = func() (set [256]uint8) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_+/=.~") {
		set[c] = 1
	}
	for c := '0'; c <= '9'; c++ {
		set[c] = tokenDigit
	}
	return set
}()

func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
