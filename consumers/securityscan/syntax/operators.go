package syntax

// Levels of binary operators, loosest first, made to hold for all languages at once.
const (
	levelNone = iota
	levelAssign
	levelCond
	levelOr
	levelAnd
	levelNot
	levelCompare
	levelBitOr
	levelBitXor
	levelBitAnd
	levelShift
	levelAdd
	levelMultiply
	levelUnary
	levelPower
)

func (p *parser) level(t *token) int {
	s := p.text(t)
	if t.kind == tokIdent {
		switch s {
		case "or", "xor":
			return levelOr
		case "and":
			return levelAnd
		case "in", "is", "instanceof", "not":
			if (s == "in" || s == "instanceof") && !p.lang.inC() || p.lang.Indented {
				return levelCompare
			}
		}
		return levelNone
	}
	if t.kind != tokPunct {
		return levelNone
	}
	switch s {
	case "=", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//=", ".=", "&^=", "??=", "||=", "&&=":
		return levelAssign
	case "?":
		return levelCond
	case "||", "??":
		return levelOr
	case "&&":
		return levelAnd
	case "==", "!=", "<", ">", "<=", ">=", "===", "!==", "<=>", "=~", "!~":
		return levelCompare
	case "|":
		return levelBitOr
	case "^":
		return levelBitXor
	case "&", "&^":
		return levelBitAnd
	case "<<", ">>", ">>>", "..", "...":
		return levelShift
	case "+", "-":
		return levelAdd
	case ".":
		if p.lang.DotConcat {
			return levelAdd
		}
	case "*", "/", "%", "//", "@":
		return levelMultiply
	case "**":
		return levelPower
	case "<-":
		return levelAssign
	}
	return levelNone
}
