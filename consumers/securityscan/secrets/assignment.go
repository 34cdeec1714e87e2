package secrets

import (
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// assignments finds values that are given to names that say secret.
func assignments(f file) (found []weakness.Weakness) {
	elements := strings.Contains(f.code, "</")
	var earlier [2]string // the last two lines with something in them
	for start := 0; start < len(f.code) && len(found) < maxFound; {
		end := start + strings.IndexByte(f.code[start:], '\n')
		if end < start {
			end = len(f.code)
		}
		line := f.code[start:min(end, start+maxLine)]
		if mayAssign(line) {
			before := len(found)
			found = f.literals(line, start, earlier, false, found)
			if f.unquoted && len(found) == before {
				found = f.bare(line, start, earlier, found)
			}
			if elements {
				found = f.element(line, start, found)
			}
		}
		if strings.TrimSpace(line) != "" {
			earlier[0], earlier[1] = earlier[1], line
		}
		start = end + 1
	}
	return found
}

func mayAssign(line string) bool {
	for i := range len(line) {
		switch line[i] {
		case '=', ':', ',', '>', '(', '<', ' ':
			return true
		}
	}
	return false
}

// literals judges the quoted values of a line, and those quoted within them.
func (f file) literals(line string, offset int, earlier [2]string, within bool, found []weakness.Weakness) []weakness.Weakness {
	for i := 0; i < len(line); i++ {
		for i < len(line) && !quotes[line[i]] {
			i++
		}
		if i == len(line) {
			break
		}
		quote := line[i]
		if i > 0 && quote == '\'' && isWord(line[i-1]) && !prefixed(line[:i]) {
			continue
		}
		escaped := ""
		if i > 0 && line[i-1] == '\\' { // a literal within a literal
			escaped = "\\"
		}
		n := closing(line[i+1:], quote, escaped != "")
		if n < 0 {
			break
		}
		value := line[i+1 : i+1+n]
		name, how := nameBefore(strings.TrimSuffix(line[:i], escaped), earlier)
		after := strings.TrimLeft(line[i+1+n+len(`"`):], " \t")
		start := offset + i + 1
		switch {
		case !within && strings.ContainsAny(value, `"'`):
			found = f.literals(value, start, [2]string{}, true, found)
		case name != "" && (how != assigned || !strings.HasPrefix(after, ":") && !strings.HasPrefix(after, "=>")):
			found = f.judge(name, value, start, how, found)
		}
		i += n + 1
	}
	return found
}

var quotes = [256]bool{'"': true, '\'': true, '`': true}

// prefixed reports whether what stands before a quote is the prefix of a string literal, as in f'...'.
func prefixed(before string) bool {
	n := len(before)
	if n == 0 || strings.IndexByte("fFbBrRuULN", before[n-1]) < 0 {
		return false
	}
	return n == 1 || !isWord(before[n-2]) || n == 2 || !isWord(before[n-3]) && strings.IndexByte("fFbBrRuU", before[n-2]) >= 0
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// closing returns the place of the closing quote, -1 if there is none.
func closing(s string, quote byte, escaped bool) int {
	for i := 0; i < len(s); i++ {
		switch {
		case escaped && s[i] == '\\' && i+1 < len(s) && s[i+1] == quote:
			return i
		case s[i] == '\\':
			i++
		case s[i] == quote:
			return i
		}
	}
	return -1
}

// relation is how a value comes to its name.
type relation uint8

const (
	assigned  relation = iota
	asDefault          // it serves if the environment has none
	compared
)

// prefixes of settings in shells, Dockerfiles and YAML.
var settings = []string{"export ", "env ", "arg ", "- ", "set ", "local ", "readonly ", "declare -x ", "declare ", "typeset ", "setenv "}

// bare judges a value without quotes: KEY=value, ENV KEY value, key: value.
func (f file) bare(line string, offset int, earlier [2]string, found []weakness.Weakness) []weakness.Weakness {
	rest := strings.TrimLeft(line, " \t")
	for again := true; again; {
		again = false
		for _, p := range settings {
			if len(rest) > len(p) && strings.EqualFold(rest[:len(p)], p) {
				rest, again = strings.TrimLeft(rest[len(p):], " \t"), true
			}
		}
	}
	for part := range strings.FieldsSeq(rest) {
		if n := strings.IndexAny(part, "=:"); n > 0 && n+1 < len(part) && part[n] == '=' && isName(part[:n]) {
			at := offset + len(line) - len(rest) + strings.Index(rest, part) + n + 1
			found = f.judgeBare(part[:n], part[n+1:], at, found)
		}
	}
	n := strings.IndexAny(rest, ":= ")
	if n <= 0 || n+1 >= len(rest) || !isName(rest[:n]) || rest[n] == ' ' && !strings.EqualFold(strings.TrimSpace(line[:min(len(line), 4)]), "env") {
		return found
	}
	if rest[n] == ':' && rest[n+1] != ' ' || rest[n] == '=' && rest[n+1] != ' ' && len(found) > 0 {
		return found
	}
	name, value := rest[:n], strings.TrimLeft(rest[n+1:], " =\t")
	if c := strings.Index(value, " #"); c >= 0 {
		value = value[:c]
	}
	at := offset + len(line) - len(rest) + strings.LastIndex(rest, value)
	value = strings.TrimRight(value, " \t\r;")
	if isValueName(name) {
		name = nameOf("", earlier)
	}
	return f.judgeBare(name, value, at, found)
}

func (f file) judgeBare(name, value string, at int, found []weakness.Weakness) []weakness.Weakness {
	value = strings.TrimRight(value, "\r;,")
	if value == "" || strings.ContainsAny(value, " \t\"'`()[]{}") || strings.ContainsAny(value[:1], "$&*!|>@") {
		return found
	}
	return f.judge(name, value, at, assigned, found)
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isWord(c) && c != '.' && c != '-' {
			return false
		}
	}
	return s != ""
}

// element judges the content of an XML element, <password>value</password>.
func (f file) element(line string, offset int, found []weakness.Weakness) []weakness.Weakness {
	end := strings.Index(line, "</")
	if end < 0 {
		return found
	}
	start := strings.LastIndexByte(line[:end], '>')
	if start < 0 {
		return found
	}
	open := strings.LastIndexByte(line[:start], '<')
	if open < 0 || !isName(line[open+1:start]) {
		return found
	}
	return f.judgeBare(line[open+1:start], line[start+1:end], offset+start+1, found)
}

// judge adds a finding if the value looks like what the name promises.
func (f file) judge(name, value string, at int, how relation, found []weakness.Weakness) []weakness.Weakness {
	c := classify(name)
	if c == namesNothing || len(value) < 4 {
		return found
	}
	for _, scheme := range []string{"Bearer ", "Basic ", "token ", "Token "} {
		if rest, ok := strings.CutPrefix(value, scheme); ok {
			value, at = rest, at+len(scheme)
		}
	}
	if fake(value) || reference(value) || catalogued(value) || pattern(value) || echoes(name, value) {
		return found
	}
	add := func(r weakness.Rule, confidence schemas.Confidence) []weakness.Weakness {
		w := weakness.At(r, f.code, at, at+len(value))
		w.Confidence = confidence
		return append(found, w)
	}
	drawn := random(value)
	if f.test && (!drawn || uuid(value) || len(value) < 20) {
		return found
	}
	switch {
	case c == namesKey:
		if drawn && len(value) >= 20 && !uuid(value) && !hexOnly(value) {
			return add(ruleRandom, schemas.ConfidenceMedium)
		}
		return found
	case drawn && uuid(value):
		return add(rulePassword, schemas.ConfidenceMedium)
	case drawn && len(value) >= 16:
		return add(ruleRandom, schemas.ConfidenceHigh)
	case c == namesPassword && !strings.ContainsAny(value, " \t\\"):
		return f.chosen(value, drawn, how, add, found)
	case strict(name) && len(value) >= 6 && !strings.ContainsAny(value, " \t./:\\"):
		return add(ruleWeak, schemas.ConfidenceLow)
	case c == namesSecret && how == assigned && len(value) >= 8 && mixed(value) && !wordy(value) && !strings.ContainsAny(value, " \t./:\\()"):
		return add(rulePassword, schemas.ConfidenceMedium)
	}
	return found
}

// chosen judges a password that a person may have thought of.
func (f file) chosen(value string, drawn bool, how relation, add func(weakness.Rule, schemas.Confidence) []weakness.Weakness, found []weakness.Weakness) []weakness.Weakness {
	switch {
	case strings.ContainsAny(value, ":|()[]{}") && wordy(value): // a rule for validation, a call, a type
		return found
	case drawn, mixed(value) && len(value) >= 8:
		return add(rulePassword, schemas.ConfidenceHigh)
	case strings.ContainsAny(value, "./") && wordy(value): // a path, the name of a field
		return found
	case how == asDefault && wordy(value) && len(value) < 6:
		return found
	}
	return add(ruleWeak, schemas.ConfidenceLow)
}

// mixed reports whether letters go with digits or signs.
func mixed(v string) bool {
	letters, others := 0, 0
	for i := range len(v) {
		switch c := v[i] | 0x20; {
		case c >= 'a' && c <= 'z':
			letters++
		case v[i] != '-' && v[i] != '_' && v[i] != '.' && v[i] != '/' && v[i] != ':':
			others++
		}
	}
	return letters > 0 && others > 0
}

func hexOnly(v string) bool { return strings.Trim(strings.ToLower(v), "0123456789abcdef") == "" }

// pattern reports whether a value is a regular expression or a template for formatting.
func pattern(v string) bool {
	return strings.Contains(v, "[0-9") || strings.Contains(v, "[a-z") || strings.Contains(v, "[A-Z") || strings.Contains(v, `\d`) ||
		strings.Contains(v, `\w`) || strings.Contains(v, ".*") || strings.Contains(v, ".+") || strings.Contains(v, "(?") ||
		strings.Contains(v, "{}") || strings.HasSuffix(v, "=") && len(v) < 16 || strings.HasSuffix(v, ":")
}

// echoes reports whether a value says the same as its name, as labels, keys of translations and names of fields do.
func echoes(name, value string) bool {
	names := split(name)
	said := 0
	values := split(value)
	for _, v := range values {
		for _, n := range names {
			if v == n {
				said++
				break
			}
		}
	}
	if said == 0 || said < len(values) && !wordy(value) {
		return false
	}
	return said == len(values) || strings.ContainsAny(value, " ._:/-") && said*2 >= len(values) || strings.ContainsAny(value, ". /")
}
