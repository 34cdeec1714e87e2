package redact

import (
	"regexp"
	"strings"
	"unicode"
)

var word = regexp.MustCompile(`\pL[\pL\pN'’-]*`)

// commonWords begin sentences, or are names of products and places of the trade, written as names of people are.
var commonWords = wordsOf(`
a after again all also although an and any are as ask asked at because before but by can checked closed confirmed created did do does
during each every false fixed for found from had has have he her here his how however i if in is it its just known last let like
looks maybe merged moved my new next no not note now of off on once one only or our out please rejected removed resolved reverted
same see seems she should since so some still such that the their then there these they this those to too true tried under until
updated use used uses using was we were what when where which while who why will with without yes you your
android anthropic apple azure chat claude cloud code codex continue copilot cursor desktop docker duo eclipse edge emacs firefox
gemini github gitlab google grafana insiders java javascript jetbrains kafka kotlin kubernetes linux mac microsoft mistral mozilla
neovim node oracle postgres prometheus python redis ruby rust safari server slack studio swift tabby terraform typescript ubuntu
unix vim visual web windows xcode zed`)

func wordsOf(list string) map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		words[w] = true
	}
	return words
}

// names finds two or more words in succession that are written as names of people are. It takes other titles for names, too.
func names(text string, found []span) []span {
	start, end, n := 0, 0, 0
	for _, m := range word.FindAllStringIndex(text, -1) {
		switch name := isName(text[m[0]:m[1]]); {
		case name && n > 0 && strings.TrimSpace(text[end:m[0]]) == "":
			end, n = m[1], n+1
		case name:
			found = person(start, end, n, found)
			start, end, n = m[0], m[1], 1
		default:
			found, n = person(start, end, n, found), 0
		}
	}
	return person(start, end, n, found)
}

func person(start, end, words int, found []span) []span {
	if words < 2 {
		return found
	}
	return append(found, span{start, end, Person})
}

// isName reports whether a word begins with a capital and goes on in lower case, as "Zoe", "O'Neil" and "Jean-Luc" do, and
// isn't a common one.
func isName(w string) bool {
	lower, first := false, true
	for _, c := range w {
		if first && !unicode.IsUpper(c) {
			return false
		}
		lower, first = lower || unicode.IsLower(c), false
	}
	return lower && !commonWords[strings.ToLower(w)]
}
