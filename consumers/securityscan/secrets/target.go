package secrets

import "strings"

// maxBefore is how far before a value its name is looked for, in bytes.
const maxBefore = 512

// nameBefore returns the name that a literal at the end of what is before it goes to, and how. The name is empty if there is
// none: arguments by position, items of lists, texts.
func nameBefore(before string, earlier [2]string) (string, relation) {
	before = before[max(0, len(before)-maxBefore):]
	s := strings.TrimRight(before, " \t")
	if prefixed(s) && len(s) == len(before) {
		s = strings.TrimRight(strings.TrimRight(s, "fFbBrRuULN"), " \t")
	}
	s = unwrap(s)
	how := assigned
	switch {
	case hasAnySuffix(s, "||", "??", ":-"), strings.HasSuffix(s, " or"):
		how = asDefault
		n := strings.LastIndexAny(s, "=:")
		if strings.HasSuffix(s, ":-") || n < 0 {
			return "", how
		}
		s = s[:n+1]
	case hasAnySuffix(s, "==", "!=", "=~"):
		how = compared
	}
	if s == "" {
		return "", how
	}
	switch last := s[len(s)-1]; last {
	case '=', ':', '>':
		if last == '>' && !strings.HasSuffix(s, "=>") {
			return "", how
		}
		name := nameOf(strings.TrimRight(s, "=:>!?|& \t"), earlier)
		if isValueName(name) {
			name = besideValue(s, earlier)
		}
		return name, how
	case ',':
		// setProperty("name", "value"): only behind a literal, and only the second argument
		t := strings.TrimRight(s[:len(s)-1], " \t")
		if t != "" && (t[len(t)-1] == '"' || t[len(t)-1] == '\'') {
			if open := strings.LastIndexByte(t[:len(t)-1], t[len(t)-1]); open > 0 && (t[open-1] == '(' || t[open-1] == '[' || t[open-1] == '{') {
				return t[open+1 : len(t)-1], asDefault
			}
		}
	}
	return "", how
}

// wrappers are calls and conversions that leave a secret what it is.
var wrappers = []string{
	"[]byte(", "String(", "bytes(", "Buffer.from(", "SecretStr(", "str(", "String.valueOf(", "new String(", "pulumi.secret(",
	"SecretString(", "AttributeValue(", "Some(", "StringPtr(", "aws.String(", "pointer.String(", "ptr.To(", "std::string(", "to_string(",
}

func unwrap(s string) string {
	if !strings.HasSuffix(s, "(") {
		return s
	}
	for _, w := range wrappers {
		if rest, ok := strings.CutSuffix(s, w); ok {
			return strings.TrimRight(rest, " \t")
		}
	}
	return s
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, x := range suffixes {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}

// nameOf returns the name at the end of a text, before a type if there is one: a quoted key, an index, a path of identifiers.
func nameOf(s string, earlier [2]string) string {
	for {
		s = strings.TrimRight(s, " \t\\")
		if s == "" {
			return besideValue("", earlier)
		}
		switch last := s[len(s)-1]; last {
		case '"', '\'', '`':
			open := strings.LastIndexByte(s[:len(s)-1], last)
			return strings.TrimRight(s[open+1:len(s)-1], `\`)
		case ']':
			open := strings.LastIndexByte(s, '[')
			if open < 0 {
				return ""
			}
			inside := strings.Trim(s[open+1:len(s)-1], " ")
			if len(inside) > 2 && (inside[0] == '"' || inside[0] == '\'' || inside[0] == ':') {
				return strings.Trim(inside, `"':`)
			}
			s = s[:open] // the length of an array, or what a generic type is of
			if strings.TrimRight(s, " ") == "" {
				return ""
			}
			continue
		case '>':
			open := strings.LastIndexByte(s, '<')
			if open < 0 {
				return ""
			}
			s = s[:open]
			continue
		}
		break
	}
	n := len(s)
	for n > 0 && (isWord(s[n-1]) || s[n-1] == '.' || s[n-1] == '-' || s[n-1] == '$' || s[n-1] == '@' || s[n-1] == '>' && n > 1 && s[n-2] == '-' || s[n-1] == '?' || s[n-1] == '!') {
		n--
	}
	name := s[n:]
	// name: Type = value
	if rest := strings.TrimRight(s[:n], " \t&*"); strings.HasSuffix(rest, ":") && name != "" {
		rest = strings.TrimRight(rest, ": \t?!")
		m := len(rest)
		for m > 0 && (isWord(rest[m-1]) || rest[m-1] == '.') {
			m--
		}
		if m < len(rest) {
			name = rest[m:]
		}
	}
	if i := strings.LastIndex(name, "->"); i >= 0 {
		name = name[i+2:]
	}
	return strings.Trim(name, "-.$@?!>")
}

// isValueName reports whether a key only says that its value is one: the name of what it is the value of stands elsewhere.
func isValueName(name string) bool {
	switch strings.ToLower(name) {
	case "value", "default", "defaultvalue", "default_value", "content", "val", "data", "plaintext_value", "secret_string", "stringvalue":
		return true
	}
	return false
}

// besideValue returns the name in {name: X, value: ...}, in <add key="X" value="..."/>, in two lines of YAML, or that of the
// variable whose default it is.
func besideValue(s string, earlier [2]string) string {
	for _, line := range []string{s, earlier[1], earlier[0]} {
		line = line[max(0, len(line)-maxBefore):]
		for _, key := range []string{"name", "key", "Name", "Key", "variable ", "NAME"} {
			i := strings.LastIndex(line, key)
			if i < 0 || i > 0 && isWord(line[i-1]) {
				continue
			}
			rest := strings.TrimLeft(line[i+len(key):], " \t\"'=:>")
			n := 0
			for n < len(rest) && (isWord(rest[n]) || rest[n] == '.' || rest[n] == '-') {
				n++
			}
			if n > 0 {
				return rest[:n]
			}
		}
	}
	return ""
}
