package fingerprint

import (
	"bytes"
	"strings"
)

// lexer cuts code into meaningful tokens: names, keywords, numbers, operators and the words of strings. Comments,
// layout, brackets, quotes and , ; . : are dropped, so that what a formatter changes is not there. It is lexical: it knows
// how languages write strings and comments, not their grammar, and it gets through every text whatever it holds.
type lexer struct {
	*syntax
	text     []byte
	at, line int
	emit     func(text []byte, name bool, line int)

	fresh   bool  // no token since the line began
	depth   int   // of open brackets
	operand bool  // the last token was a value: a slash divides
	nested  []int // bracket depths at which the code of a template ends
}

func (l *lexer) run() {
	l.line, l.fresh = 1, true
	for l.at < len(l.text) {
		l.next()
	}
}

func (l *lexer) next() {
	ch := l.text[l.at]
	switch {
	case ch == '\n':
		l.newline()
		l.at++
	case ch == ' ' || ch == '\t' || ch == '\r':
		l.at++
	case l.comment():
	case strings.IndexByte(l.quotes, ch) >= 0 || strings.IndexByte(l.multiline, ch) >= 0:
		l.literal(ch)
		l.fresh, l.operand = false, true
	case wordByte[ch]:
		l.word()
		l.fresh = false
	case ch == '/' && l.regexes && !l.operand && l.regex():
		l.fresh, l.operand = false, true
	default:
		l.symbol(ch)
		l.fresh = false
	}
}

func (l *lexer) newline() {
	l.line++
	// A backslash continues the line: what follows doesn't stand alone.
	l.fresh = l.at == 0 || l.text[l.at-1] != '\\'
}

// comment skips a comment. The longer mark comes first where one begins with the other.
func (l *lexer) comment() bool {
	rest := l.text[l.at:]
	for _, marks := range l.block {
		if hasPrefix(rest, marks[0]) {
			end := bytes.Index(rest[len(marks[0]):], []byte(marks[1]))
			l.skip(len(marks[0]), end, len(marks[1]))
			return true
		}
	}
	for _, mark := range l.syntax.line {
		if hasPrefix(rest, mark) {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			l.at += end
			return true
		}
	}
	return false
}

// skip passes over a mark, the text up to end (to the last byte where there is none), and the mark that closes it.
func (l *lexer) skip(open, end, closing int) {
	n := len(l.text) - l.at
	if end >= 0 {
		n = open + end + closing
	}
	l.line += bytes.Count(l.text[l.at:l.at+n], []byte{'\n'})
	l.at += n
}

// word reads a name, keyword or number. Bytes beyond ASCII count as letters.
func (l *lexer) word() {
	from := l.at
	number := isDigit(l.text[from])
	for l.at < len(l.text) && (wordByte[l.text[l.at]] || number && l.fraction()) {
		l.at++
	}
	text := l.text[from:l.at]
	_, keyword := keywords[string(text)]
	l.emit(text, !number && !keyword, l.line)
	l.operand = !keyword
}

// fraction reports whether a point belongs to the number before it.
func (l *lexer) fraction() bool {
	return l.text[l.at] == '.' && l.at+1 < len(l.text) && isDigit(l.text[l.at+1])
}

// operators of more than one byte, the longer before those that they begin with.
var operators = []string{
	">>>=", "<<=", ">>=", "**=", "//=", "===", "!==", ">>>", "&&=", "||=", "??=", "<=>", "&^=", "->>",
	":=", "==", "!=", "<=", ">=", "&&", "||", "??", "=>", "->", "<-", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
	"<<", ">>", "**", "//", "&^", "|>", "=~",
}

func (l *lexer) symbol(ch byte) {
	switch ch {
	case '(', '[', '{':
		l.depth++
		l.operand = false
	case ')', ']', '}':
		l.depth = max(0, l.depth-1)
		l.operand = ch != '}'
		if n := len(l.nested); n > 0 && ch == '}' && l.depth <= l.nested[n-1] {
			l.nested = l.nested[:n-1]
			l.at++
			l.content('`')
			return
		}
	case ',', ';', '.', '\\', '"', '\'', '`', 0:
		l.operand = false
	default:
		n := 1
		for _, op := range operators {
			if op[0] == ch && hasPrefix(l.text[l.at:], op) {
				n = len(op)
				break
			}
		}
		if ch != ':' || n > 1 {
			l.emit(l.text[l.at:l.at+n], false, l.line)
		}
		l.operand = n == 2 && (ch == '+' || ch == '-') && l.text[l.at+1] == ch
		l.at += n
		return
	}
	l.at++
}

func hasPrefix(text []byte, prefix string) bool {
	return len(text) >= len(prefix) && string(text[:len(prefix)]) == prefix
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// wordByte holds the bytes of names and numbers.
var wordByte = func() (set [256]bool) {
	for b := range set {
		set[b] = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || isDigit(byte(b)) || b == '_' || b == '$' || b >= 0x80
	}
	return set
}()
