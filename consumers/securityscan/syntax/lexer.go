package syntax

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokIdent
	tokNumber
	tokString
	tokPunct
)

// token is a word of the fragment. open and close are the lengths of a string's delimiters.
type token struct {
	kind        tokenKind
	newline     bool  // first of its line
	raw, interp bool  // string: no escapes; with expressions
	open, close uint8 // string
	column      int32 // of the first token of a line, tabs up to a multiple of 8
	start, end  int32
}

// lexer turns text into tokens in one pass. Any bytes are accepted.
type lexer struct {
	lang    *Language
	src     string
	pos     int
	limit   int
	line    bool
	column  int32
	tokens  []token
	cutAt   int // maximal number of tokens
	didStop bool
	resume  int // where reading goes on behind this line: the lines of a heredoc were read
}

func (l *lexer) run() {
	l.line = true
	lineStart := l.pos
	for l.pos < l.limit {
		if len(l.tokens) >= l.cutAt {
			l.didStop = true
			return
		}
		c := l.src[l.pos]
		switch {
		case c == '\n':
			l.pos = max(l.pos+1, l.resume)
			l.line, lineStart = true, l.pos
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			l.pos++
			continue
		case c == '\\' && l.pos+1 < l.limit && (l.src[l.pos+1] == '\n' || l.src[l.pos+1] == '\r'):
			l.pos += 2 // a line that goes on
			if l.src[l.pos-1] == '\r' && l.pos < l.limit && l.src[l.pos] == '\n' {
				l.pos++
			}
			continue
		}
		if l.comment(c) {
			continue
		}
		if l.line {
			l.column = column(l.src[lineStart:l.pos])
		}
		if l.lang.scan != nil && l.lang.scan(l) {
			continue
		}
		l.next(c)
	}
}

func column(indent string) int32 {
	n := int32(0)
	for i := range len(indent) {
		if indent[i] == '\t' {
			n = (n/8 + 1) * 8
		} else {
			n++
		}
	}
	return n
}

func (l *lexer) emit(t token) {
	t.newline, t.column = l.line, l.column
	l.line = false
	l.tokens = append(l.tokens, t)
	l.pos = int(t.end)
}

func (l *lexer) comment(c byte) bool {
	rest := l.src[l.pos:l.limit]
	switch {
	case c == '#' && l.lang.HashComments, c == '/' && l.lang.SlashComments && strings.HasPrefix(rest, "//"):
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			l.pos += i
		} else {
			l.pos = l.limit
		}
		return true
	case c == '/' && l.lang.SlashComments && strings.HasPrefix(rest, "/*"):
		if i := strings.Index(rest[2:], "*/"); i >= 0 {
			l.line = l.line || strings.IndexByte(rest[:i+2], '\n') >= 0
			l.pos += i + 4
		} else {
			l.pos = l.limit
		}
		return true
	}
	return false
}

func (l *lexer) next(c byte) {
	start := l.pos
	switch {
	case c == '"' || c == '\'' || c == '`' && l.lang.Backtick != "":
		l.text(start, start)
	case letter(c) || strings.IndexByte(l.lang.IdentChars, c) >= 0:
		end := l.identEnd(start)
		if l.lang.Prefixed && end < l.limit && end-start <= 2 && (l.src[end] == '"' || l.src[end] == '\'') && stringPrefix(l.src[start:end]) {
			l.text(start, end)
			return
		}
		l.emit(token{kind: tokIdent, start: int32(start), end: int32(end)})
	case c >= '0' && c <= '9' || c == '.' && start+1 < l.limit && digit(l.src[start+1]):
		end := start + 1
		for end < l.limit && (letter(l.src[end]) || digit(l.src[end]) || l.src[end] == '.' && end+1 < l.limit && digit(l.src[end+1])) {
			end++
		}
		l.emit(token{kind: tokNumber, start: int32(start), end: int32(end)})
	case c == '/' && l.lang.Regex && l.operandExpected() && l.regex(start):
	default:
		l.emit(token{kind: tokPunct, start: int32(start), end: int32(start + operatorLength(l.src[start:l.limit]))})
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

// wordBytes are what identifiers of all languages are made of.
var wordBytes = func() (set [256]bool) {
	for c := range set {
		set[c] = letter(byte(c)) || digit(byte(c))
	}
	return set
}()

func (l *lexer) identEnd(i int) int {
	for {
		for i < l.limit && wordBytes[l.src[i]] {
			i++
		}
		if l.lang.IdentChars == "" || i == l.limit || strings.IndexByte(l.lang.IdentChars, l.src[i]) < 0 {
			return i
		}
		i++
	}
}

func stringPrefix(s string) bool {
	for i := range len(s) {
		switch s[i] | 0x20 {
		case 'r', 'b', 'f', 'u', 't':
		default:
			return false
		}
	}
	return true
}

// text reads a string whose prefix starts at start and whose quote stands at quote. A string without an end ends with its
// line, or, if it may span lines, with the fragment.
func (l *lexer) text(start, quote int) {
	q := l.src[quote]
	t := token{kind: tokString, start: int32(start), open: uint8(quote - start + 1), close: 1}
	multi := q == '`'
	for i := start; i < quote; i++ {
		switch l.src[i] | 0x20 {
		case 'r':
			t.raw = true
		case 'f', 't':
			t.interp = true
		}
	}
	switch {
	case q == '`':
		t.raw, t.interp = l.lang.Backtick == "raw", l.lang.Backtick == "template"
	case q == '"' && l.lang.Interpolation != "":
		t.interp, multi = true, true
	case !l.lang.CharQuote && !l.lang.Prefixed && l.lang.Interpolation != "":
		multi = true
	}
	i := quote + 1
	if l.lang.Triple && strings.HasPrefix(l.src[quote:l.limit], tripled(q)) {
		t.open, t.close, multi = t.open+2, 3, true
		i += 2
	}
	for i < l.limit {
		switch c := l.src[i]; {
		case c == '\\' && !(q == '`' && t.raw):
			i += 2
			continue
		case c == '\n' && !multi:
			t.close = 0
			t.end = int32(i)
			l.emit(t)
			return
		case c == q && (t.close == 1 || strings.HasPrefix(l.src[i:l.limit], tripled(q))):
			t.end = int32(i + int(t.close))
			l.emit(t)
			return
		}
		i++
	}
	t.close, t.end = 0, int32(l.limit)
	l.emit(t)
}

func tripled(q byte) string {
	if q == '"' {
		return `"""`
	}
	return `'''`
}

func (l *lexer) operandExpected() bool {
	if len(l.tokens) == 0 {
		return true
	}
	last := l.tokens[len(l.tokens)-1]
	if last.kind == tokPunct {
		c := l.src[last.start]
		return c != ')' && c != ']' && c != '}'
	}
	if last.kind == tokIdent {
		switch l.src[last.start:last.end] {
		case "return", "typeof", "case", "in", "of", "and", "or", "not", "if", "when", "unless":
			return true
		}
	}
	return false
}

func (l *lexer) regex(start int) bool {
	class := false
	for i := start + 1; i < l.limit; i++ {
		switch l.src[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '\n':
			return false
		case '/':
			if class {
				continue
			}
			end := l.identEnd(i + 1)
			l.emit(token{kind: tokString, raw: true, open: 1, close: uint8(min(end-i, 255)), start: int32(start), end: int32(end)})
			return true
		}
	}
	return false
}

// operators of more than one byte, longest first.
var operators = [...]string{
	"<<<", ">>>=", "===", "!==", "**=", "//=", "<<=", ">>=", "...", "&^=", "<=>", "??=", "||=", "&&=", "?->", ">>>",
	":=", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", ".=", "->", "=>",
	"::", "<<", ">>", "**", "//", "?.", "??", "<-", "&^", "=~", "!~", "..",
}

func operatorLength(s string) int {
	if len(s) > 1 && s[0] < utf8.RuneSelf && s[1] < utf8.RuneSelf && operatorBytes[s[0]] && operatorBytes[s[1]] {
		for _, op := range operators {
			if op[0] == s[0] && strings.HasPrefix(s, op) {
				return len(op)
			}
		}
	}
	return 1
}

var operatorBytes = func() (set [utf8.RuneSelf]bool) {
	for _, op := range operators {
		for i := range len(op) {
			set[op[i]] = true
		}
	}
	return set
}()
