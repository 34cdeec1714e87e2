package redact

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// pattern is the form of something confidential; valid, if there is one, has the last word.
type pattern struct {
	kind  string
	form  *regexp.Regexp
	valid func(string) bool
}

// issued is the form of keys that a provider issued. Scanners of code take those of little entropy for placeholders, and know
// them in the provider's own case alone; a text has no need of either.
var issued = regexp.MustCompile(`(?i)\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|npm_|pypi-)[A-Z0-9_-]{16,}`)

const minIssued = 20 // bytes

var issuedPrefixes = []string{"a3t", "aki", "asi", "abi", "acc", "ghp", "gho", "ghu", "ghs", "ghr", "git", "glp", "xox", "npm", "pyp"}

// isIssued reports whether a value has an issued key in it. Most have no beginning of one, and that is found out sooner.
func isIssued(value string) bool {
	for i := 0; i <= len(value)-minIssued; i++ {
		if c := value[i] | 0x20; c != 'a' && c != 'g' && c != 'x' && c != 'n' && c != 'p' {
			continue
		}
		for _, p := range issuedPrefixes {
			if strings.EqualFold(value[i:i+len(p)], p) {
				return issued.MatchString(value)
			}
		}
	}
	return false
}

const extensions = `go|py|rb|jsx?|mjs|tsx?|java|kts?|rs|[ch](?:pp|xx|c|h)?|cs|php|swift|scala|sh|ps1|sql|ya?ml|json|toml|xml|html|md|txt|tfvars|tf|env|ini|cfg|conf|pem|key|lock|ipynb|vue|dart|lua|ex|exs|log|csv`

var all = []pattern{
	{Secret, issued, nil},
	// A URL's credentials, and what names a person's or project's place in it.
	{Secret, regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/@]+@[^\s]*`), nil},
	{Path, regexp.MustCompile(`(?i)\b(?:file|vscode[a-z-]*|git|ssh)://\S+|\bhttps?://\S+/\S+`), nil},
	{Email, regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*`), nil},
	{Person, regexp.MustCompile(`@[\pL\pN][\pL\pN._-]*`), nil},
	// Folders of people on Unix and Windows, whatever follows; then paths in general: absolute, deep, or of a file.
	{Path, regexp.MustCompile(`(?i)(?:~[\w.-]*[/\\]|\$HOME\b|%USERPROFILE%|(?:[a-z]:)?[/\\]+(?:home|users|root|documents and settings)[/\\]+)\S*`), nil},
	{Path, regexp.MustCompile(`(?i)\b[a-z]:[/\\]\S+|\\\\\S+`), nil},
	{Path, regexp.MustCompile(`(?:[/\\][\pL\pN._@+-]+){2,}[/\\]?|(?:[\pL\pN._@+-]+[/\\]){2,}[\pL\pN._@+-]*`), nil},
	{Path, regexp.MustCompile(`(?i)(?:[\pL\pN._@+-]+[/\\])*[\pL\pN._@+-]+\.(?:` + extensions + `)\b`), nil},
	{IP, regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`), isIP},
	{IP, regexp.MustCompile(`(?i)[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*`), isIP},
}

var file = regexp.MustCompile(`(?i)\.(?:` + extensions + `)$`)

// IsFile reports whether a name ends as that of a file does.
func IsFile(name string) bool { return strings.IndexByte(name, '.') >= 0 && file.MatchString(name) }

func isIP(s string) bool {
	_, err := netip.ParseAddr(strings.TrimRight(s, "."))
	return err == nil && s != "::"
}

func patterns(text string, found []span) []span {
	for _, p := range all {
		for _, m := range p.form.FindAllStringIndex(text, -1) {
			if p.valid == nil || p.valid(text[m[0]:m[1]]) {
				found = append(found, span{m[0], m[1], p.kind})
			}
		}
	}
	return found
}

// maxRun of mixed letters and digits is what a name has; more looks like a key.
const maxRun = 24

// words finds keys and code, word by word.
func words(text string, found []span) []span {
	start := -1
	for i, c := range text + " " {
		switch space := unicode.IsSpace(c); {
		case !space && start < 0:
			start = i
		case space && start >= 0:
			if IsKey(text[start:i]) {
				found = append(found, span{start, i, Secret})
			} else if isCode(text[start:i]) {
				found = append(found, span{start, i, Code})
			}
			start = -1
		}
	}
	return found
}

// IsKey reports whether a value has a run of letters and digits too long and mixed for a name. Hexadecimal numbers are ids
// and hashes as a rule.
func IsKey(word string) bool {
	run, letters, digits, hex := 0, 0, 0, true
	for i := 0; i <= len(word); i++ {
		var c byte
		if i < len(word) {
			c = word[i]
		}
		switch lower := c | 0x20; {
		case '0' <= c && c <= '9':
			run, digits = run+1, digits+1
		case 'a' <= lower && lower <= 'z':
			run, letters = run+1, letters+1
			hex = hex && lower <= 'f'
		default:
			if run > maxRun && letters > 0 && digits > 0 && !hex {
				return true
			}
			run, letters, digits, hex = 0, 0, 0, true
		}
	}
	return false
}

// isCode reports whether a word of a text looks like code rather than prose: an operator, a call, an identifier of several
// words.
func isCode(word string) bool {
	word = strings.Trim(strings.TrimLeft(word, `(["'`), `)]"'.,:!?`)
	if strings.ContainsAny(word, "(){}[];=<>$|\\`") || strings.Contains(word, "::") || strings.Contains(word, "->") {
		return true
	}
	lowerFirst := false
	for i := range len(word) {
		c := word[i]
		if i == 0 {
			lowerFirst = 'a' <= c && c <= 'z'
			continue
		}
		before := word[i-1]
		if c == '_' && i+1 < len(word) {
			return true
		}
		if lowerFirst && 'A' <= c && c <= 'Z' && 'a' <= before && before <= 'z' { // camelCase, not GitHub
			return true
		}
	}
	return false
}
