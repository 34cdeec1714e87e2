package rework

import "github.com/assayhq/assay/schemas/sketch"

// Hunks cuts the difference of two versions of a file into acceptances: each is a run of lines that came, with the lines
// that went at the same place.
func Hunks(was, now *sketch.Sketch) []Acceptance {
	m := follow(versionOf(was), versionOf(now))
	from := make([]int, len(now.Lines)) // old index by new one
	for i := range from {
		from[i] = -1
	}
	for i, to := range m.to {
		if to >= 0 {
			from[to] = i
		}
	}
	var hunks []Acceptance
	old := 0 // the old lines before it are dealt with
	for i := 0; i < len(from); i++ {
		if from[i] >= 0 {
			old = from[i] + 1
			continue
		}
		end := i
		for end < len(from) && from[end] < 0 {
			end++
		}
		oldEnd := len(was.Lines)
		if end < len(from) {
			oldEnd = from[end]
		}
		hunk := Acceptance{Start: now.Lines[i].Number, End: now.Lines[end-1].Number}
		hunk.Accepted = now.Cut(hunk.Start, hunk.End)
		if oldEnd > old {
			hunk.Replaced = was.Cut(was.Lines[old].Number, was.Lines[oldEnd-1].Number)
		}
		hunks = append(hunks, hunk)
		i = end - 1
	}
	return hunks
}

// Stays pairs the lines of two versions of a text, given as hashes: the index in the next version by that in the former one,
// -1 for lines that went.
func Stays(was, now []uint64) []int {
	to := make([]int, len(was))
	for i := range to {
		to[i] = -1
	}
	for _, p := range common(was, now) {
		to[p.a] = p.b
	}
	return to
}
