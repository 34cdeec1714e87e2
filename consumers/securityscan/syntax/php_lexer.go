package syntax

import "strings"

// phpScan reads the borders of HTML and heredocs.
func phpScan(l *lexer) bool {
	rest := l.src[l.pos:l.limit]
	switch {
	case strings.HasPrefix(rest, "?>"):
		l.emit(token{kind: tokPunct, start: int32(l.pos), end: int32(l.pos + 2)})
		phpHTML(l)
		return true
	case strings.HasPrefix(rest, "<?="):
		l.emit(token{kind: tokPunct, start: int32(l.pos), end: int32(l.pos + 3)})
		return true
	case strings.HasPrefix(rest, "<?"):
		l.pos += 2
		if strings.HasPrefix(strings.ToLower(l.src[l.pos:min(l.pos+3, l.limit)]), "php") {
			l.pos += 3
		}
		return true
	case strings.HasPrefix(rest, "<<<"):
		return phpHeredoc(l)
	case rest[0] == '<' && len(l.tokens) == 0:
		phpHTML(l)
		return true
	}
	return false
}

// phpHTML steps over what isn't PHP.
func phpHTML(l *lexer) {
	if i := strings.Index(l.src[l.pos:l.limit], "<?"); i >= 0 {
		l.pos += i
		return
	}
	l.pos = l.limit
}

func phpHeredoc(l *lexer) bool {
	start := l.pos + 3
	for start < l.limit && (l.src[start] == ' ' || l.src[start] == '"' || l.src[start] == '\'') {
		start++
	}
	end := l.identEnd(start)
	line := strings.IndexByte(l.src[start:l.limit], '\n')
	if end == start || line < 0 || start+line-l.pos > 200 {
		return false
	}
	label := l.src[start:end]
	body := start + line + 1
	t := token{kind: tokString, interp: l.src[start-1] != '\'', open: uint8(body - l.pos), start: int32(l.pos), end: int32(l.limit)}
	for from := body; from < l.limit; {
		next := l.limit
		if i := strings.IndexByte(l.src[from:l.limit], '\n'); i >= 0 {
			next = from + i + 1
		}
		trimmed := strings.TrimLeft(l.src[from:next], " \t")
		if after, ok := strings.CutPrefix(trimmed, label); ok && (after == "" || !letter(after[0]) && !digit(after[0])) {
			t.end = int32(next - len(after))
			t.close = uint8(min(int(t.end)-from, 255))
			break
		}
		from = next
	}
	l.emit(t)
	return true
}
