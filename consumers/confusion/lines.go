package confusion

import "strings"

// lineKind says what a line of a message is.
type lineKind uint8

const (
	prose lineKind = iota // the writer's own words
	quote                 // somebody else's words, behind ">"
	code
	trace // what a program printed: errors, stack traces, logs
	lineKinds
)

// traceMarks begin or stand in lines that programs print when they fail.
var traceMarks = []string{
	"Traceback (most recent", "File \"", "  at ", "\tat ", "Exception in thread", "Caused by:", "panic: ", "goroutine ",
	"npm ERR!", "FAILED ", "FAIL: ", "FAIL\t", "ERROR: ", "[ERROR]", "[error]", "WARNING: ", "error[", "fatal: ", "fatal error:",
	"Segmentation fault", "Unhandled ", "Uncaught ", "undefined reference", ": error:", ": warning:",
}

// codeStarts begin lines of code, after indentation.
var codeStarts = []string{
	"def ", "class ", "import ", "from ", "return ", "return(", "#include", "func ", "function ", "public ", "private ", "static ",
	"const ", "let ", "var ", "print(", "assert ", "elif ", "else:", "try:", "except ", "for (", "if (", "while (", "} ", "}",
	">>>", "$ ", "SELECT ", "@", "//", "/*", "package ", "fn ", "using ", "#!/", "</", "<div", "console.", "self.", "async ",
}

// kindOf classifies one line without its newline. A fence must be handled by the caller.
func kindOf(line string) lineKind {
	body := strings.TrimLeft(line, " \t")
	if body == "" {
		return prose
	}
	if body[0] == '>' && !strings.HasPrefix(body, ">>>") && !strings.HasPrefix(body, ">=") {
		return quote
	}
	if isTrace(line, body) {
		return trace
	}
	for _, s := range codeStarts {
		if body[0] == s[0] && strings.HasPrefix(body, s) && (!ordinary(s) || codeShaped(body, len(line)-len(body))) {
			return code
		}
	}
	if codeShaped(body, len(line)-len(body)) {
		return code
	}
	return prose
}

// ordinary reports whether a start of code is also an English word that may begin a sentence.
func ordinary(s string) bool {
	switch s {
	case "class ", "import ", "from ", "return ", "let ", "function ", "public ", "private ", "static ", "using ", "package ", "assert ", "const ", "@", "var ", "func ":
		return true
	}
	return false
}

func isTrace(line, body string) bool {
	// Names of errors are one word up to a colon, as in "ValueError: ...".
	if i := strings.IndexByte(body, ':'); i > 0 && i < 60 {
		name := body[:i]
		if (strings.HasSuffix(name, "Error") || strings.HasSuffix(name, "Exception") || strings.HasSuffix(name, "Warning")) && strings.IndexByte(name, ' ') < 0 {
			return true
		}
	}
	if strings.HasSuffix(body, "Error") && strings.IndexByte(body, ' ') < 0 {
		return true
	}
	for _, m := range traceMarks {
		if m[0] == ' ' || m[0] == '\t' {
			if strings.HasPrefix(line, m) && strings.IndexByte(body, '(') > 0 {
				return true
			}
			continue
		}
		if i := strings.Index(body, m); i == 0 || i > 0 && (m == "File \"" || m[0] == ':') {
			return true
		}
	}
	return false
}

// codeShaped judges by the share of symbols, and by indentation together with a symbol that prose doesn't have.
func codeShaped(body string, indent int) bool {
	symbols, strong := 0, 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '}', ';', '=', '[', ']', '<', '|', '&':
			symbols++
			strong++
		case '(', ')', '_', '*', '+', '%', '#', '\\', '"', '\'', '/':
			symbols++
		}
	}
	last := body[len(body)-1]
	switch {
	case strong > 0 && (last == '{' || last == ';' || last == '}'):
		return true
	case indent >= 4 && symbols >= 2:
		return true
	case strings.HasPrefix(body, "assert ") && symbols >= 2:
		return true
	}
	return strong >= 2 && symbols*6 > len(body) || symbols >= 4 && symbols*4 > len(body) || strong >= 1 && symbols >= 2 && symbols*7 > len(body) && len(body) < 60
}
