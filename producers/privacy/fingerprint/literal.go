package fingerprint

import (
	"bytes"
	"strings"
)

// literal reads a string from its opening mark on. A string that stands alone is a comment where the language says so.
func (l *lexer) literal(quote byte) {
	triple := l.triple && l.at+2 < len(l.text) && l.text[l.at+1] == quote && l.text[l.at+2] == quote && quote != '`'
	if l.docstrings && l.fresh && l.depth == 0 && l.docstring(quote, triple) {
		return
	}
	if triple {
		l.at += 3
		rest := l.text[l.at:]
		end := bytes.Index(rest, []byte{quote, quote, quote})
		if end < 0 {
			end = len(rest)
		}
		l.words(l.at+end, false)
		l.at = min(len(l.text), l.at+3)
		return
	}
	l.at++
	l.content(quote)
}

// docstring skips a string that has its lines to itself.
func (l *lexer) docstring(quote byte, triple bool) bool {
	open := 1
	mark := []byte{quote}
	if triple {
		open, mark = 3, []byte{quote, quote, quote}
	}
	rest := l.text[l.at+open:]
	end := bytes.Index(rest, mark)
	if end < 0 || !triple && bytes.IndexByte(rest[:end], '\n') >= 0 {
		return false
	}
	after := rest[end+len(mark):]
	if stop := bytes.IndexByte(after, '\n'); stop >= 0 {
		after = after[:stop]
	}
	if len(bytes.TrimLeft(after, " \t\r;")) > 0 {
		return false
	}
	l.skip(open, end, len(mark))
	return true
}

// content reads the inside of a string up to its closing mark, or to the end of the line where it must close before.
// The code within a template is left to the lexer, which comes back when it ends.
func (l *lexer) content(quote byte) {
	from := l.at
	multiline := strings.IndexByte(l.multiline, quote) >= 0
	raw := strings.IndexByte(l.raw, quote) >= 0
	for end := from; ; end++ {
		switch {
		case end >= len(l.text) || l.text[end] == '\n' && !multiline:
			l.words(min(end, len(l.text)), raw)
			return
		case l.text[end] == '\\' && !raw:
			end++
		case l.text[end] == quote:
			l.words(end, raw)
			l.at++
			return
		case l.templates && quote == '`' && hasPrefix(l.text[end:], "${"):
			l.words(end, raw)
			l.nested = append(l.nested, l.depth)
			l.depth++
			l.at += 2
			l.operand = false
			return
		}
	}
}

// words emits the words of a string's text up to end. Escapes separate words.
func (l *lexer) words(end int, raw bool) {
	for l.at < end {
		ch := l.text[l.at]
		switch {
		case ch == '\n':
			l.line++
			l.at++
		case ch == '\\' && !raw:
			if l.at+1 < end && l.text[l.at+1] == '\n' {
				l.line++
			}
			l.at = min(end, l.at+2)
		case wordByte[ch]:
			from := l.at
			for l.at < end && wordByte[l.text[l.at]] {
				l.at++
			}
			l.emit(l.text[from:l.at], false, l.line)
		default:
			l.at++
		}
	}
}

// regex reads a regular expression's words, unless the line ends before it does.
func (l *lexer) regex() bool {
	class := false
	for end := l.at + 1; end < len(l.text) && l.text[end] != '\n'; end++ {
		switch l.text[end] {
		case '\\':
			end++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if class {
				continue
			}
			l.at++
			l.words(end, true)
			l.at++
			return true
		}
	}
	return false
}
