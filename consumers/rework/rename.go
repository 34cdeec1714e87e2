package rework

import (
	"slices"

	"github.com/assayhq/assay/schemas/sketch"
)

// inContext is the shortest run in which a name in another's place tells of a renaming.
const inContext = 3

// renamed returns the accepted tokens with the renamings applied that hold throughout: the old name is gone from the
// text, the new one wasn't in the accepted code, and wherever the two texts run in parallel the same two stand opposite
// each other. The text around is what both have besides. Without any renaming it returns the tokens as they are.
func renamed(accepted, now []sketch.Token, around ...[]sketch.Token) []sketch.Token {
	old, new := without(namesOf(accepted), namesOf(now))
	old = slices.DeleteFunc(old, within(around))
	new = slices.DeleteFunc(new, within(around))
	if len(old) == 0 || len(new) == 0 {
		return accepted
	}
	a, b := masked(accepted, old), masked(now, new)
	type names struct{ old, new sketch.Token }
	opposite := map[names]int{}
	seen := map[sketch.Token]int{} // how often either stands opposite anything
	for _, run := range blocks(a, b, inContext) {
		for i := range run.size {
			if a[run.a+i] == anyName {
				n := names{accepted[run.a+i], now[run.b+i]}
				opposite[n]++
				seen[n.old]++
				seen[n.new]++
			}
		}
	}
	renamings := map[sketch.Token]sketch.Token{}
	for n, count := range opposite {
		if count == seen[n.old] && count == seen[n.new] {
			renamings[n.old] = n.new
		}
	}
	if len(renamings) == 0 {
		return accepted
	}
	applied := make([]sketch.Token, len(accepted))
	for i, t := range accepted {
		if to, ok := renamings[t]; ok {
			t = to
		}
		applied[i] = t
	}
	return applied
}

// anyName stands for names that only one of the texts has. A token is taken for it by chance as rarely as for another one.
const anyName = sketch.Token(1)

// within reports whether a token is in one of the texts.
func within(texts [][]sketch.Token) func(sketch.Token) bool {
	return func(t sketch.Token) bool {
		return slices.ContainsFunc(texts, func(text []sketch.Token) bool { return slices.Contains(text, t) })
	}
}

// masked replaces the names of a sorted set.
func masked(tokens, names []sketch.Token) []sketch.Token {
	out := make([]sketch.Token, len(tokens))
	for i, t := range tokens {
		if t.Name() {
			if _, is := slices.BinarySearch(names, t); is {
				t = anyName
			}
		}
		out[i] = t
	}
	return out
}
