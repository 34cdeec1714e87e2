package rework

import "github.com/assayhq/assay/schemas/sketch"

// inContext is the shortest run in which a name in another's place tells of a renaming.
const inContext = 3

// renamed returns the accepted tokens with the renamings applied that hold throughout: the old name is gone from the
// text, the new one wasn't in the accepted code, and wherever the two texts run in parallel the same two stand opposite
// each other. Without any it returns the tokens as they are.
func renamed(accepted, now []sketch.Token) []sketch.Token {
	old, new := nameSet(accepted), nameSet(now)
	a, gone := masked(accepted, new)
	b, came := masked(now, old)
	if !gone || !came {
		return accepted
	}
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

// anyName stands for names that only one of the texts has. No token is 0 with the lowest bit set by chance more often than
// two tokens are equal by chance.
const anyName = sketch.Token(1)

func nameSet(tokens []sketch.Token) map[sketch.Token]struct{} {
	set := make(map[sketch.Token]struct{}, len(tokens)/3)
	for _, t := range tokens {
		if t.Name() {
			set[t] = struct{}{}
		}
	}
	return set
}

// masked replaces the names that are not in others, and reports whether there are any.
func masked(tokens []sketch.Token, others map[sketch.Token]struct{}) (out []sketch.Token, any bool) {
	out = make([]sketch.Token, len(tokens))
	for i, t := range tokens {
		if _, shared := others[t]; t.Name() && !shared {
			t, any = anyName, true
		}
		out[i] = t
	}
	return out, any
}
