package confusion

import (
	"strings"
	"unicode/utf8"
)

// maxWindow is how much of each end of a long message is looked at, in bytes: what a person has to say stands before or
// after what they paste.
const maxWindow = 2048

// tokenKind says what a token is.
type tokenKind uint8

const (
	word tokenKind = iota
	number
	identifier // has an underscore, a dot, digits or inner capitals, as names in code do
	question
	stop // the other ends of sentences
)

// token is a word or a mark in a message: text[start:end]. Its hash is that of the lower-case word.
type token struct {
	hash       uint32
	start, end int32
	kind       tokenKind
}

// sentence is a run of tokens of one kind of line.
type sentence struct {
	first, last int32 // tokens [first, last)
	start, end  int32 // bytes
	kind        lineKind
	question    bool
}

// scanner cuts messages into tokens and sentences. It is reused, so that scanning doesn't allocate.
type scanner struct {
	tokens    []token
	sentences []sentence
	bytes     [lineKinds]int // by kind of line
	open      bool           // the last sentence goes on
	fenced    bool
	before    lineKind // of the line before
}

// scan cuts a text. What lies between its two windows is left out.
func (s *scanner) scan(text string) {
	s.tokens, s.sentences = s.tokens[:0], s.sentences[:0]
	s.bytes = [lineKinds]int{}
	s.open, s.fenced, s.before = false, false, prose
	if len(text) <= 2*maxWindow {
		s.window(text, 0, len(text))
		return
	}
	s.window(text, 0, boundary(text, maxWindow))
	s.open, s.fenced, s.before = false, false, prose
	s.window(text, boundary(text, len(text)-maxWindow), len(text))
}

// boundary is the first start of a character at or after i.
func boundary(text string, i int) int {
	for i < len(text) && !utf8.RuneStart(text[i]) {
		i++
	}
	return i
}

func (s *scanner) window(text string, from, to int) {
	for from < to {
		end, next := to, to
		if i := strings.IndexByte(text[from:to], '\n'); i >= 0 {
			end, next = from+i, from+i+1
		}
		s.line(text, from, end)
		from = next
	}
	s.open = false
}

// wrapped is the least length of a line, in bytes, that a mail client or a person's habit may have broken: a sentence goes
// on in the next one.
const wrapped = 55

func (s *scanner) line(text string, from, to int) {
	line := text[from:to]
	if strings.HasPrefix(strings.TrimLeft(line, " \t"), "```") {
		s.fenced, s.open = !s.fenced, false
		return
	}
	kind := code
	if !s.fenced {
		kind = kindOf(line)
		if kind == prose && s.before == code && line != "" && (line[0] == ' ' || line[0] == '\t') {
			kind = code // the body of what the line before began
		}
	}
	s.before = kind
	s.bytes[kind] += to - from
	if strings.TrimSpace(line) == "" {
		s.open = false
		return
	}
	if kind != prose || len(s.sentences) > 0 && s.sentences[len(s.sentences)-1].kind != kind {
		s.open = false
	}
	s.words(text, from, to, kind)
	if kind != prose || to-from < wrapped {
		s.open = false
	}
}

// words appends the tokens of text[from:to].
func (s *scanner) words(text string, from, to int, kind lineKind) {
	for i := from; i < to; {
		c := text[i]
		switch class[c] {
		case inWord:
			i = s.word(text, i, to, kind)
		case inNumber:
			j := i + 1
			for j < to && (class[text[j]] == inNumber || text[j] == '.' && j+1 < to && class[text[j+1]] == inNumber) {
				j++
			}
			s.push(token{hash: hashNumber, start: int32(i), end: int32(j), kind: number}, kind)
			i = j
		default:
			if c == '?' {
				s.push(token{hash: hashQuestion, start: int32(i), end: int32(i + 1), kind: question}, kind)
				s.sentences[len(s.sentences)-1].question = true
				s.open = s.open && i+1 < to && text[i+1] == '?'
			} else if (c == '.' || c == '!') && (i+1 == to || text[i+1] == ' ' || text[i+1] == c) {
				s.push(token{hash: hashStop + uint32(c), start: int32(i), end: int32(i + 1), kind: stop}, kind)
				s.open = s.open && i+1 < to && text[i+1] == c
			}
			i++
		}
	}
}

// word appends the word or identifier at i and returns its end.
func (s *scanner) word(text string, i, to int, kind lineKind) int {
	h, begin, named := uint32(hashSeed), i, false
	lower := false
	for i < to {
		c := text[i]
		switch k := class[c]; {
		case k == inWord:
			if c >= 'A' && c <= 'Z' {
				named = named || lower
				c += 'a' - 'A'
			} else {
				lower = true
			}
			if c == 0xE2 && i+2 < to && text[i+1] == 0x80 && text[i+2] == 0x99 { // a typographic apostrophe
				h = (h ^ '\'') * hashPrime
				i += 3
				continue
			}
		case k == inNumber:
			named = true
		case c == '\'' && i+1 < to && class[text[i+1]] == inWord:
		case (c == '_' || c == '.') && i+1 < to && class[text[i+1]] == inWord:
			named = true
		default:
			goto end
		}
		h = (h ^ uint32(c)) * hashPrime
		i++
	}
end:
	t := token{hash: mix(h), start: int32(begin), end: int32(i), kind: word}
	if named || i < to && text[i] == '(' {
		t.kind = identifier
	}
	s.push(t, kind)
	return i
}

// push appends a token to the open sentence, or to a new one.
func (s *scanner) push(t token, kind lineKind) {
	n := int32(len(s.tokens))
	s.tokens = append(s.tokens, t)
	if !s.open {
		s.sentences = append(s.sentences, sentence{first: n, start: t.start, kind: kind})
		s.open = true
	}
	last := &s.sentences[len(s.sentences)-1]
	last.last, last.end = n+1, t.end
}
