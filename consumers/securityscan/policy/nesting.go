package policy

// TooDeep reports whether brackets, or the same sign in a row, nest deeper than limit. Parsers by recursive descent have no
// limit of their own, and a goroutine that runs out of stack can't be recovered. Brackets in strings count: this errs on the
// safe side.
func TooDeep(code string, limit int) bool {
	depth, run := 0, 0
	var last byte
	for i := range len(code) {
		c := code[i]
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		case '(', '[', '{':
			if depth++; depth > limit {
				return true
			}
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}
		if c != last {
			last, run = c, 0
		}
		if run++; run > limit && (c == '!' || c == '~' || c == '+') {
			return true
		}
	}
	return false
}
