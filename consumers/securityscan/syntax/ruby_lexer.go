package syntax

import "strings"

// rubyScan reads Ruby's many ways to write a string, and names that end in ? or !.
func rubyScan(l *lexer) bool {
	c := l.src[l.pos]
	rest := l.src[l.pos:l.limit]
	switch {
	case letter(c):
		end := l.identEnd(l.pos)
		if end < l.limit && (l.src[end] == '?' || l.src[end] == '!') && (end+1 >= l.limit || l.src[end+1] != '=' || strings.HasPrefix(l.src[end+1:l.limit], "==")) {
			end++
		}
		l.emit(token{kind: tokIdent, start: int32(l.pos), end: int32(end)})
		return true
	case c == '$' && len(rest) > 1 && strings.IndexByte("`'&+~!@/\\,;.<>0*$?:\"", rest[1]) >= 0: // $~ and its like
		l.emit(token{kind: tokIdent, start: int32(l.pos), end: int32(l.pos + 2)})
		return true
	case c == '"' || c == '`':
		l.rubyString(1, c, c, true)
		return true
	case c == ':' && len(rest) > 1 && rest[1] != ':' && (l.pos == 0 || l.src[l.pos-1] != ':' && !letter(l.src[l.pos-1]) && !digit(l.src[l.pos-1]) && l.src[l.pos-1] != '"'):
		if rest[1] == '"' {
			l.rubyString(2, '"', '"', true)
			return true
		}
		end := l.identEnd(l.pos + 1)
		if end == l.pos+1 || digit(rest[1]) {
			return false
		}
		if end < l.limit && (l.src[end] == '?' || l.src[end] == '!') {
			end++
		}
		l.emit(token{kind: tokString, raw: true, open: 1, start: int32(l.pos), end: int32(end)})
		return true
	case c == '%' && len(rest) > 2:
		return l.rubyPercent(rest)
	case c == '<' && strings.HasPrefix(rest, "<<"):
		return l.rubyHeredoc()
	case c == '=' && l.line && strings.HasPrefix(rest, "=begin"):
		if i := strings.Index(rest, "\n=end"); i >= 0 {
			l.pos += i + 5
		} else {
			l.pos = l.limit
		}
		return true
	}
	return false
}

// rubyString reads a string over the strings in its holes. Its first delimiter ends open bytes from here.
func (l *lexer) rubyString(open int, first, last byte, interp bool) {
	t := token{kind: tokString, interp: interp, raw: !interp, open: uint8(open), start: int32(l.pos), end: int32(l.limit)}
	depth, hole := 0, 0
	for i := l.pos + open; i < l.limit; i++ {
		c := l.src[i]
		switch {
		case c == '\\':
			i++
		case hole > 0:
			if c == '{' {
				hole++
			} else if c == '}' {
				hole--
			}
		case interp && c == '#' && i+1 < l.limit && l.src[i+1] == '{':
			hole = 1
			i++
		case c == first && first != last:
			depth++
		case c == last:
			if depth--; depth < 0 {
				t.close, t.end = 1, int32(i+1)
				l.emit(t)
				return
			}
		}
	}
	l.emit(t)
}

// rubyPercent reads %w[…], %(…), %x{…} and their like.
func (l *lexer) rubyPercent(rest string) bool {
	open, interp := 2, true
	switch rest[1] {
	case 'w', 'i', 'q', 's':
		open, interp = 3, false
	case 'W', 'I', 'Q', 'x', 'r':
		open = 3
	}
	first := rest[open-1]
	last, ok := first, true
	switch first {
	case '(':
		last = ')'
	case '[':
		last = ']'
	case '{':
		last = '}'
	case '<':
		last = '>'
	case '|', '!', '/':
		ok = open == 3
	default:
		ok = false
	}
	if !ok || open == 2 && !l.operandExpected() {
		return false
	}
	l.rubyString(open, first, last, interp)
	return true
}

// rubyHeredoc reads <<~WORD as the string that its lines make; reading goes on behind the word, and then behind the lines.
func (l *lexer) rubyHeredoc() bool {
	i := l.pos + 2
	dashed := i < l.limit && (l.src[i] == '~' || l.src[i] == '-')
	if dashed {
		i++
	}
	var quote byte
	if i < l.limit && (l.src[i] == '\'' || l.src[i] == '"' || l.src[i] == '`') {
		quote = l.src[i]
		i++
	}
	end := l.identEnd(i)
	if end == i || !dashed && (quote == 0 && !(l.src[i] >= 'A' && l.src[i] <= 'Z') || !l.operandExpected()) {
		return false
	}
	label := l.src[i:end]
	if quote != 0 {
		end++
	}
	line := strings.IndexByte(l.src[l.pos:l.limit], '\n')
	if line < 0 {
		return false
	}
	body := max(l.pos+line+1, l.resume)
	stop, next := l.limit, l.limit
	for from := body; from < l.limit; {
		eol := l.limit
		if j := strings.IndexByte(l.src[from:l.limit], '\n'); j >= 0 {
			eol = from + j + 1
		}
		if strings.TrimSpace(l.src[from:eol]) == label {
			stop, next = from, max(eol-1, from)
			break
		}
		from = eol
	}
	l.emit(token{kind: tokString, interp: quote != '\'', raw: quote == '\'', start: int32(min(body, stop)), end: int32(stop)})
	l.pos, l.resume = end, next
	return true
}
