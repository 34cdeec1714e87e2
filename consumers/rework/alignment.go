package rework

import "github.com/assayhq/assay/schemas/sketch"

// least is the shortest run that counts as matched: single tokens are alike in all code.
const least = 2

// survivors marks the accepted tokens that survive, by two measures: those in matched runs, and those in a longest common
// subsequence. Survival is the middle of the two: runs miss what was edited token by token, the subsequence finds tokens that
// are alike by chance.
type survivors struct {
	runs, subsequence []bool
}

// align finds what of the accepted tokens stands in a text, renamings applied. What both begin and end with is set
// aside first: most edits are small.
func align(accepted, now []sketch.Token) survivors {
	s := survivors{make([]bool, len(accepted)), make([]bool, len(accepted))}
	head, tail := ends(accepted, now)
	if head+tail == len(accepted) && (len(accepted) >= least || len(now) == len(accepted)) { // at most something came
		head, tail = len(accepted), 0
	} else { // a little context, which runs and renamings need
		head, tail = max(0, head-inContext), max(0, tail-inContext)
	}
	end := len(accepted) - tail
	for i := range accepted {
		s.runs[i] = i < head || i >= end
		s.subsequence[i] = s.runs[i]
	}
	if head == end {
		return s
	}
	middle, text := accepted[head:end], now[head:len(now)-tail]
	middle = renamed(middle, text, accepted[:head], accepted[end:])
	for _, b := range blocks(middle, text, least) {
		for i := range b.size {
			s.runs[head+b.a+i] = true
		}
	}
	for _, p := range common(middle, text) {
		s.subsequence[head+p.a] = true
	}
	return s
}

// ends counts what two sequences begin and end with alike.
func ends[T comparable](a, b []T) (head, tail int) {
	shorter := min(len(a), len(b))
	for head < shorter && a[head] == b[head] {
		head++
	}
	for tail < shorter-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

// add marks what survives in another text.
func (s survivors) add(also []bool) {
	for i, yes := range also {
		s.runs[i] = s.runs[i] || yes
		s.subsequence[i] = s.subsequence[i] || yes
	}
}

// fraction is the survival.
func (s survivors) fraction() float64 {
	if len(s.runs) == 0 {
		return 0
	}
	return float64(count(s.runs)+count(s.subsequence)) / float64(2*len(s.runs))
}

func count(set []bool) int {
	n := 0
	for _, yes := range set {
		if yes {
			n++
		}
	}
	return n
}

// fourGrams is the fraction of the accepted runs of four tokens that stand in a text: Copilot Chat's four-gram survival
// (microsoft/vscode-copilot-chat, editSurvivalTracker), of tokens instead of characters. Renamings count as losses.
func fourGrams(accepted, now []sketch.Token) float64 {
	const n = 4
	if len(accepted) < n {
		n := len(common(accepted, now))
		return float64(n) / float64(max(1, len(accepted)))
	}
	// Runs within what both begin or end with stand. Those between are looked for in all of the text.
	head, tail := ends(accepted, now)
	from, to := max(0, head-n+1), min(len(accepted)-n+1, len(accepted)-tail)
	if from >= to {
		return 1
	}
	between := gramHashes(accepted[from:to+n-1], n)
	wanted := setOf(between)
	stands := make([]bool, len(wanted.slots))
	for i := 0; i+n <= len(now); i++ {
		if at := wanted.slot(sketch.Hash(now[i : i+n])); wanted.slots[at] != 0 {
			stands[at] = true
		}
	}
	kept := len(accepted) - n + 1 - len(between)
	for _, h := range between {
		if stands[wanted.slot(h)] {
			kept++
		}
	}
	return float64(kept) / float64(len(accepted)-n+1)
}

// gramHashes hashes every run of n tokens; entry i is the run that begins at token i.
func gramHashes(tokens []sketch.Token, n int) []uint64 {
	if len(tokens) < n {
		return nil
	}
	hashes := make([]uint64, len(tokens)-n+1)
	for i := range hashes {
		hashes[i] = sketch.Hash(tokens[i : i+n])
	}
	return hashes
}
