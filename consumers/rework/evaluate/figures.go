package evaluate

import (
	"math"
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/rework"
	"github.com/assayhq/assay/schemas"
)

// Verdicts are the words in the order of the confusion matrix.
var Verdicts = []schemas.Verdict{schemas.VerdictKept, schemas.VerdictMoved, schemas.VerdictRewritten, schemas.VerdictDeleted, schemas.VerdictReverted}

// Figures are the measures of a run over cases. Shares are fractions, 0 to 1.
type Figures struct {
	Cases       int                    `json:"cases"`
	Confusion   [5][5]int              `json:"confusion"` // by label, by prediction, in the order of Verdicts; an accepted prediction counts as its own label
	F1          map[string]float64     `json:"f1"`
	MacroF1     float64                `json:"macro_f1"`
	Precision   float64                `json:"rework_precision"`
	Recall      float64                `json:"rework_recall"`
	ReworkF1    float64                `json:"rework_f1"`
	FalseMoves  Share                  `json:"false_rework_moves"`
	FalseLayout Share                  `json:"false_rework_format"`
	FalseRename Share                  `json:"false_rework_rename"`
	FalseAll    Share                  `json:"false_rework_kept_moved"`
	SurvivalMAE float64                `json:"survival_mae"`
	ByKind      map[string]KindFigures `json:"by_kind"`
}

// Share is how many of how many.
type Share struct {
	Count int     `json:"count"`
	Of    int     `json:"of"`
	Share float64 `json:"share"`
}

// KindFigures are the figures of the cases that were made in one way.
type KindFigures struct {
	Cases int     `json:"cases"`
	Wrong int     `json:"wrong"`
	MAE   float64 `json:"survival_mae"`
}

// kind is the way in which a case was made.
func kind(how string) string {
	k, _, _ := strings.Cut(how, ":")
	return k
}

// Truth is the verdict that a prediction is compared with: itself where the label accepts it.
func (c *Case) Truth(predicted schemas.Verdict) schemas.Verdict {
	if slices.Contains(c.Accept, string(predicted)) {
		return predicted
	}
	return schemas.Verdict(c.Verdict)
}

// Measure compares predictions with labels.
func Measure(cases []Case, fates []rework.Fate) Figures {
	f := Figures{Cases: len(cases), F1: map[string]float64{}, ByKind: map[string]KindFigures{}}
	var hits, predicted, actual int
	for i := range cases {
		c, p := &cases[i], fates[i]
		truth := c.Truth(p.Verdict)
		f.Confusion[slices.Index(Verdicts, truth)][slices.Index(Verdicts, p.Verdict)]++
		miss := math.Abs(p.Survival - c.Survival)
		f.SurvivalMAE += miss / float64(len(cases))
		said, is := rework.Reworked(p.Verdict), rework.Reworked(truth)
		if said {
			predicted++
		}
		if is {
			actual++
		}
		if said && is {
			hits++
		}
		of := kind(c.How)
		k := f.ByKind[of]
		k.Cases++
		k.MAE += miss
		if truth != p.Verdict {
			k.Wrong++
		}
		f.ByKind[of] = k
		_, way, _ := strings.Cut(of, "/")
		count := func(s *Share, belongs bool) {
			if belongs {
				s.Of++
				if said {
					s.Count++
				}
			}
		}
		count(&f.FalseAll, !is)
		count(&f.FalseMoves, !is && truth == schemas.VerdictMoved)
		count(&f.FalseLayout, slices.Contains([]string{"format", "reformat", "rename_reformat", "comment"}, way))
		count(&f.FalseRename, slices.Contains([]string{"rename", "rename_reformat"}, way))
	}
	for of, k := range f.ByKind {
		k.MAE /= float64(k.Cases)
		f.ByKind[of] = k
	}
	for _, s := range []*Share{&f.FalseAll, &f.FalseMoves, &f.FalseLayout, &f.FalseRename} {
		s.Share = ratio(s.Count, s.Of)
	}
	f.Precision, f.Recall = ratio(hits, predicted), ratio(hits, actual)
	f.ReworkF1 = ratio(2*hits, predicted+actual)
	f.macro()
	return f
}

// macro fills in F1 by verdict and their mean, over the verdicts that occur.
func (f *Figures) macro() {
	present := 0
	for i, v := range Verdicts {
		var said, is int
		for j := range Verdicts {
			said += f.Confusion[j][i]
			is += f.Confusion[i][j]
		}
		if said+is == 0 {
			continue
		}
		present++
		f.F1[string(v)] = ratio(2*f.Confusion[i][i], said+is)
		f.MacroF1 += f.F1[string(v)]
	}
	if present > 0 {
		f.MacroF1 /= float64(present)
	}
}

func ratio(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
