package secrets

import (
	"math"
	"strings"
)

// entropy is Shannon's, in bits per byte.
func entropy(s string) float64 {
	if s == "" {
		return 0
	}
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	h, n := 0.0, float64(len(s))
	for _, c := range counts {
		if c > 0 {
			p := float64(c) / n
			h -= p * math.Log2(p)
		}
	}
	return h
}

// fakes are parts, in lower case, of what people write where a secret will stand.
var fakes = []string{
	"example", "sample", "changeme", "change-me", "change_me", "changeit", "change-this", "change_this", "changethis", "replace", "your_",
	"your-", "yourpass", "yoursecret", "yourtoken", "yourkey", "your ", "xxxx", "****", "....", "todo", "fixme", "dummy", "placeholder",
	"redacted", "insert", "goes_here", "goes-here", "_here", "-here", "not-a-real", "not_a_real", "notreal", "mock", "foobar",
	"foo-bar", "1234567890abcdef", "abcdefgh", "0123456789", "1234567890", "deadbeef", "my-secret-", "my_secret_", "<", "${", "{{", "}}", "$(",
	"%(", "#{", "<%", "%s", "%v", "{0}", "[[", "generate", "put-your", "enter-your", "enter_your", "lorem", "undefined", "temporary-", "to-be-",
	"tbd", "sha256:", "sha256-", "sha384-", "sha512-", "sha1-", "sk_test_fake", "wjalrxutnfemi", "qwerty123",
}

// fake reports whether a value is a placeholder, a template, an example, or has too little in it to be a secret.
func fake(v string) bool {
	lower := strings.ToLower(v)
	for _, f := range fakes {
		if strings.Contains(lower, f) {
			return true
		}
	}
	switch {
	case strings.HasPrefix(v, "$"), strings.HasPrefix(v, "%") && strings.HasSuffix(v, "%"), strings.HasPrefix(v, "@Microsoft"),
		strings.HasPrefix(v, "{") && strings.HasSuffix(v, "}"), strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]"),
		strings.HasPrefix(v, "__") && strings.HasSuffix(v, "__"):
		return true
	}
	switch lower {
	case "none", "null", "nil", "true", "false", "test", "string", "str", "text", "hidden", "required", "optional", "yes", "no", "n/a",
		"empty", "unset", "default", "any", "number", "boolean", "object", "password", "secret", "token", "user", "username", "email",
		"passwd", "credentials", "bearer", "basic", "value", "key", "varchar", "int", "self", "this", "auto", "disabled", "enabled":
		return true
	}
	return constantName(v) || fewDistinct(v) || ascending(v)
}

// constantName reports whether a value is itself a name, as in %API_KEY% or YOUR_TOKEN.
func constantName(v string) bool {
	v = strings.Trim(v, "_%$@#-")
	underscores := strings.Count(v, "_") + strings.Count(v, "-")
	if v == "" {
		return true
	}
	for i := range len(v) {
		if c := v[i]; c != '_' && c != '-' && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return underscores > 0 || len(v) < 8 || classify(v) != namesNothing
}

func fewDistinct(v string) bool {
	var seen [256]bool
	n := 0
	for i := range len(v) {
		if !seen[v[i]] {
			seen[v[i]] = true
			n++
		}
	}
	return n <= 3 || len(v) >= 16 && n <= 4
}

// ascending reports whether most of a value is the alphabet or digits in order.
func ascending(v string) bool {
	if len(v) < 8 {
		return false
	}
	steps := 0
	for i := 1; i < len(v); i++ {
		if v[i] == v[i-1]+1 {
			steps++
		}
	}
	return steps*2 > len(v)
}

// references are how values begin that say where a secret lies, or hold one that is encrypted or hashed, or a public key.
var references = []string{
	"op://", "vault:", "ssm:", "arn:", "secretsmanager:", "aws-sm", "gcp-sm", "sm://", "gsm://", "akv:", "keyvault", "projects/", "file:", "env:", "env.",
	"!vault", "!ref", "!sub", "!getatt", "enc[", "enc(", "{cipher}", "{vault", "$ansible_vault", "age-encryption", "aqica", "sops:", "$2a$", "$2b$",
	"$2y$", "$argon2", "$pbkdf2", "$1$", "$5$", "$6$", "{ssha", "{bcrypt}", "{noop}", "pbkdf2:", "pbkdf2_", "scrypt:", "argon2", "bcrypt", "ssh-", "ecdsa-", "-----begin",
	"data:", "http://", "https://", "ldap://", "s3://", "gs://", "config:", "secret/", "secret:", "secrets/", "kv/", "/run/secrets", "process.env", "os.environ",
	"credentials(", "ref+", "resolve:", "{{resolve", "akia", "asia", "pk_test_", "pk_live_", "pub_", "pubkey", "age1", "gaaaaa", "ciphertext",
}

// reference reports whether a value stands for a secret that is elsewhere, or can't be read.
func reference(v string) bool {
	lower := strings.ToLower(v)
	for _, r := range references {
		if strings.HasPrefix(lower, r) {
			return true
		}
	}
	return strings.HasPrefix(v, "/") && strings.Count(v, "/") > 1 && wordy(v) || strings.HasPrefix(v, "./") ||
		strings.HasPrefix(v, "~/") || strings.HasPrefix(v, "../") || strings.Contains(v, "://")
}

// catalogued reports whether a value is the number of a known weakness, as in tables of rules and findings.
func catalogued(v string) bool {
	catalogue, number, _ := strings.Cut(v, "-")
	switch strings.ToUpper(catalogue) {
	case "CWE", "CVE", "CAPEC":
		return number != "" && allDigits(strings.ReplaceAll(number, "-", ""))
	}
	return false
}

// random reports whether a value looks as if a machine had drawn it.
func random(v string) bool {
	if len(v) < 12 {
		return false
	}
	hex, digits, letters, upper, lower := true, 0, 0, 0, 0
	for i := range len(v) {
		c := v[i]
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z':
			lower++
			letters++
			hex = hex && c <= 'f'
		case c >= 'A' && c <= 'Z':
			upper++
			letters++
			hex = hex && c <= 'F'
		case c > '~' || c < '!':
			return false // keys have no spaces
		default:
			hex = hex && c == '-'
		}
	}
	switch {
	case hex:
		return len(v) >= 16 && digits > 0 && letters > 0 && entropy(v) >= 2.8
	case wordy(v):
		return false
	case digits == 0 && (upper == 0 || lower == 0):
		return len(v) >= 24 && entropy(v) >= 3.8
	}
	return entropy(v) >= min(3.4, math.Log2(float64(len(v)))*0.82)
}

// uuid reports whether a value has the form of a UUID.
func uuid(v string) bool {
	if len(v) != 36 {
		return false
	}
	for i := range len(v) {
		c := v[i] | 0x20
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if v[i] != '-' {
				return false
			}
		} else if (c < 'a' || c > 'f') && (v[i] < '0' || v[i] > '9') {
			return false
		}
	}
	return true
}

// wordy reports whether a value consists of words: of syllables, with few digits.
func wordy(v string) bool {
	words := split(v)
	if len(words) == 0 {
		return true
	}
	letters, digits, odd, short := 0, 0, 0, 0
	for _, w := range words {
		l := strings.Trim(w, "0123456789")
		letters += len(l)
		digits += len(w) - len(l)
		if l != "" && !pronounceable(l) {
			odd += len(l)
		}
		if l != "" && len(l) <= 2 {
			short++
		}
	}
	return letters > 0 && digits*4 <= letters && odd*4 <= letters && short*2 <= len(words)
}

// pronounceable reports whether letters could be a word: not too many consonants in a row, no digits, a vowel.
func pronounceable(w string) bool {
	row, vowels := 0, 0
	for i := range len(w) {
		switch c := w[i]; {
		case strings.IndexByte("aeiouy", c) >= 0:
			row = 0
			vowels++
		case c >= 'a' && c <= 'z':
			if row++; row > 4 {
				return false
			}
		default:
			return c >= 0x80
		}
	}
	return vowels > 0 || len(w) <= 4
}
