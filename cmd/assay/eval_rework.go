package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/assayhq/assay/consumers/rework/evaluate"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
)

// evalReworkCommand measures the rework detector. What it reads of a case is turned into sketches, as the SDK does; the
// same is done with unhashed tokens beside it, which shows what hashing costs.
type evalReworkCommand struct {
	evalFlags
}

// reworkFigures is one run over all cases.
type reworkFigures struct {
	evaluate.Figures
	CasesPerSecond float64 `json:"cases_per_second"` // on one core, sketching included
}

type reworkEvaluation struct {
	Sketches reworkFigures `json:"sketches"`
	Clear    reworkFigures `json:"clear"`
}

// Run implements the command.
func (c *evalReworkCommand) Run() error {
	sets, err := readCases[evaluate.Case](c.Cases)
	if err != nil {
		return err
	}
	var cases []evaluate.Case
	for _, set := range sets {
		cases = append(cases, set.Cases...)
	}
	out, err := newPredictionWriter(c.Out)
	if err != nil {
		return err
	}
	defer out.Close() // again, where something fails before
	var e reworkEvaluation
	// The key has no bearing on the figures: nothing is compared with what was hashed elsewhere.
	if e.Sketches, err = evaluateRework(fingerprint.New([]byte("assay eval rework")), cases, func(p evaluate.Prediction) error { return out.Write(p) }); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if e.Clear, err = evaluateRework(fingerprint.Clear(), cases, func(evaluate.Prediction) error { return nil }); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(e)
	}
	e.print(os.Stdout)
	return nil
}

func evaluateRework(h *fingerprint.Hasher, cases []evaluate.Case, visit func(evaluate.Prediction) error) (reworkFigures, error) {
	began := time.Now()
	figures, err := evaluate.Client{Sketch: h.Sketch, IsRevert: fingerprint.IsRevert}.Run(cases, visit)
	return reworkFigures{figures, float64(len(cases)) / time.Since(began).Seconds()}, err
}

func (e *reworkEvaluation) print(w io.Writer) {
	fmt.Fprintf(w, "%d cases, from sketches alone. Label by row, verdict by column; an accepted verdict counts as its own label.\n", e.Sketches.Cases)
	header := []any{""}
	for _, v := range evaluate.Verdicts {
		header = append(header, v)
	}
	confusion := newTable(w, append(header, "F1")...)
	for i, label := range evaluate.Verdicts {
		row := []any{label}
		for j := range evaluate.Verdicts {
			row = append(row, e.Sketches.Confusion[i][j])
		}
		confusion.AppendRow(append(row, fmt.Sprintf("%.3f", e.Sketches.F1[string(label)])))
	}
	confusion.Render()
	figures := newTable(w, "", "sketches", "clear text")
	row := func(name, format string, of func(*reworkFigures) any) {
		figures.AppendRow([]any{name, fmt.Sprintf(format, of(&e.Sketches)), fmt.Sprintf(format, of(&e.Clear))})
	}
	share := func(name string, of func(*reworkFigures) evaluate.Share) {
		row(name, "%s", func(f *reworkFigures) any {
			s := of(f)
			return fmt.Sprintf("%d of %d (%.1f %%)", s.Count, s.Of, 100*s.Share)
		})
	}
	row("macro-F1", "%.4f", func(f *reworkFigures) any { return f.MacroF1 })
	row("rework precision", "%.4f", func(f *reworkFigures) any { return f.Precision })
	row("rework recall", "%.4f", func(f *reworkFigures) any { return f.Recall })
	row("rework F1", "%.4f", func(f *reworkFigures) any { return f.ReworkF1 })
	share("false rework: kept and moved", func(f *reworkFigures) evaluate.Share { return f.FalseAll })
	share("false rework: moves", func(f *reworkFigures) evaluate.Share { return f.FalseMoves })
	share("false rework: format", func(f *reworkFigures) evaluate.Share { return f.FalseLayout })
	share("false rework: renames", func(f *reworkFigures) evaluate.Share { return f.FalseRename })
	row("survival MAE", "%.4f", func(f *reworkFigures) any { return f.SurvivalMAE })
	row("cases/s on one core", "%.0f", func(f *reworkFigures) any { return f.CasesPerSecond })
	figures.Render()
}
