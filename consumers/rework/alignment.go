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

// align finds what of the accepted tokens stands in a text, renamings applied.
func align(accepted, now []sketch.Token) survivors {
	s := survivors{make([]bool, len(accepted)), make([]bool, len(accepted))}
	if len(now) == 0 {
		return s
	}
	accepted = renamed(accepted, now)
	for _, b := range blocks(accepted, now, least) {
		for i := range b.size {
			s.runs[b.a+i] = true
		}
	}
	for _, p := range common(accepted, now) {
		s.subsequence[p.a] = true
	}
	return s
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
	stand := make(map[uint64]struct{}, len(now))
	for i := 0; i+n <= len(now); i++ {
		stand[sketch.Hash(now[i:i+n])] = struct{}{}
	}
	kept := 0
	for i := 0; i+n <= len(accepted); i++ {
		if _, ok := stand[sketch.Hash(accepted[i:i+n])]; ok {
			kept++
		}
	}
	return float64(kept) / float64(len(accepted)-n+1)
}
