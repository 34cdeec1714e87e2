package evaluate

import (
	"math"
	"slices"
)

// Share is k of n with its 95 % Wilson score interval (Wilson 1927, "Probable inference, the law of succession, and
// statistical inference").
type Share struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

func share(k, n int) Share {
	s := Share{Count: k, Of: n, High: 1}
	if n == 0 {
		return s
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	s.Share = p
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	s.Low, s.High = max(0, centre-half), min(1, centre+half)
	return s
}

// Group is the figures of a file, or of one language in it.
type Group struct {
	Set           string  `json:"set"`
	Language      string  `json:"language,omitempty"`
	Vulnerable    int     `json:"vulnerable"`
	Secure        int     `json:"secure"`
	Precision     Share   `json:"precision"`
	Recall        Share   `json:"recall"`
	F1            float64 `json:"f1"`
	FalsePositive Share   `json:"false_positive_rate"`
	Pairs         Share   `json:"pairs"`  // the vulnerable version is flagged, the secure one isn't
	Family        Share   `json:"family"` // of true positives with a CWE: one of the same family is found
	Gate          Share   `json:"gate_precision"`
	GateRecall    Share   `json:"gate_recall"`
	Partial       int     `json:"partial"` // not looked at in full
}

func groups(set Set, predictions []Prediction) []Group {
	all := make([]int, len(set.Cases))
	byLanguage := map[string][]int{}
	var languages []string
	for i, c := range set.Cases {
		all[i] = i
		if byLanguage[c.Language] == nil {
			languages = append(languages, c.Language)
		}
		byLanguage[c.Language] = append(byLanguage[c.Language], i)
	}
	out := []Group{group(set, predictions, all, "")}
	if len(languages) > 1 {
		slices.Sort(languages)
		for _, l := range languages {
			out = append(out, group(set, predictions, byLanguage[l], l))
		}
	} else if len(languages) == 1 {
		out[0].Language = languages[0]
	}
	return out
}

func group(set Set, predictions []Prediction, of []int, language string) Group {
	g := Group{Set: set.Name, Language: language}
	var tp, fp, gated, gatedRight, family, named int
	type pair struct{ flagged, clean, vulnerable, secure bool }
	pairs := map[string]*pair{}
	for _, i := range of {
		c, p := set.Cases[i], predictions[i]
		if p.Coverage.Reason != "" {
			g.Partial++
		}
		if c.Label == "" {
			continue
		}
		vulnerable := c.Label == "vulnerable"
		if p.Gate {
			gated++
		}
		if c.Pair != "" {
			if pairs[c.Pair] == nil {
				pairs[c.Pair] = &pair{}
			}
			q := pairs[c.Pair]
			q.vulnerable = q.vulnerable || vulnerable
			q.secure = q.secure || !vulnerable
			q.flagged = q.flagged || vulnerable && p.Alarm
			q.clean = q.clean || !vulnerable && !p.Alarm
		}
		if !vulnerable {
			g.Secure++
			if p.Alarm {
				fp++
			}
			continue
		}
		g.Vulnerable++
		if p.Gate {
			gatedRight++
		}
		if !p.Alarm {
			continue
		}
		tp++
		if len(c.CWE) > 0 {
			named++
			if slices.ContainsFunc(p.Findings, func(f Finding) bool { return sameFamily(f.CWE, c.CWE) }) {
				family++
			}
		}
	}
	right, complete := 0, 0
	for _, q := range pairs {
		if q.vulnerable && q.secure {
			complete++
			if q.flagged && q.clean {
				right++
			}
		}
	}
	g.Precision, g.Recall = share(tp, tp+fp), share(tp, g.Vulnerable)
	g.FalsePositive = share(fp, g.Secure)
	g.Pairs, g.Family = share(right, complete), share(family, named)
	g.Gate, g.GateRecall = share(gatedRight, gated), share(gatedRight, g.Vulnerable)
	if tp > 0 {
		g.F1 = 2 * g.Precision.Share * g.Recall.Share / (g.Precision.Share + g.Recall.Share)
	}
	return g
}
