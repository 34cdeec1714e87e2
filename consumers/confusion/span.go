package confusion

import "strings"

// Span is the bytes [Start, End) of a message.
type Span struct{ Start, End int }

// partings end a clause inside of a sentence.
const partings = ",;:()"

// clauses returns the clauses of a sentence that tokens[first] to tokens[last] lie in: a run of telling words alone, such as "no idea
// why it", says little to who reads it.
func clauses(text string, tokens []token, first, last int) Span {
	parted := func(i int) bool { // not by the comma of "[1,2]" or the colon of "a:b"
		between := text[tokens[i].end:tokens[i+1].start]
		return strings.ContainsAny(between, partings) && strings.Contains(between, " ")
	}
	for first > 0 && !parted(first-1) {
		first--
	}
	for last < len(tokens)-1 && !parted(last) {
		last++
	}
	return dressed(text, Span{int(tokens[first].start), int(tokens[last].end)})
}

// opening marks belong to the word that they precede.
const opening = "\"'`([{<-.$@*/\\"

// dressed returns a span of whole words with the marks that belong to them, such as quotes and brackets.
func dressed(text string, s Span) Span {
	for s.Start > 0 && strings.IndexByte(opening, text[s.Start-1]) >= 0 {
		s.Start--
	}
	end := s.End
	for end < len(text) && text[end] != '\n' && class[text[end]] == inNone {
		end++
	}
	marks := text[s.End:end]
	if end < len(text) && text[end] != '\n' { // the words go on: marks after a blank may be those of the next one
		marks, _, _ = strings.Cut(marks, " ")
	}
	s.End += len(strings.TrimRight(marks, " \t\r,;:-("))
	return s
}
