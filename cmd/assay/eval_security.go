package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/consumers/securityscan/evaluate"
)

// evalSecurityCommand measures the scanner. It sees language, path and code of a case, one after the other on one core.
type evalSecurityCommand struct {
	evalFlags
}

// Run implements the command.
func (c *evalSecurityCommand) Run() error {
	read, err := readCases[evaluate.Case](c.Cases)
	if err != nil {
		return err
	}
	sets := make([]evaluate.Set, len(read))
	for i, set := range read {
		sets[i] = evaluate.Set{Name: set.Name, Cases: set.Cases}
	}
	scanner, err := securityscan.NewScanner()
	if err != nil {
		return err
	}
	out, err := newPredictionWriter(c.Out)
	if err != nil {
		return err
	}
	defer out.Close() // again, where something fails before
	figures, err := evaluate.Run(scanner, sets, time.Now, func(p evaluate.Prediction) error { return out.Write(p) })
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(figures)
	}
	printSecurity(os.Stdout, figures)
	return nil
}

func printSecurity(w io.Writer, f evaluate.Figures) {
	fmt.Fprintln(w, "An alarm is a finding of medium severity or higher; the gate blocks on high severity with high confidence.")
	fmt.Fprintln(w, "Shares with their 95 % Wilson bounds.")
	t := newTable(w, "set", "language", "vulnerable", "secure", "precision", "recall", "F1", "false positives", "pairs", "family", "gate precision", "gate recall", "partial")
	for _, g := range f.Groups {
		f1 := "-"
		if g.F1 > 0 {
			f1 = fmt.Sprintf("%.2f", g.F1)
		}
		t.AppendRow([]any{
			g.Set, g.Language, g.Vulnerable, g.Secure, bounds(g.Precision), bounds(g.Recall), f1, bounds(g.FalsePositive),
			bounds(g.Pairs), bounds(g.Family), bounds(g.Gate), bounds(g.GateRecall), g.Partial,
		})
	}
	t.Render()
	rules := newTable(w, "rule", "cases", "precision", "found by it alone")
	for _, r := range f.Rules {
		rules.AppendRow([]any{r.Rule, r.Cases, bounds(r.Precision), r.Alone})
	}
	rules.Render()
	fmt.Fprintf(w, "%d snippets on one core: %.0f a second, %.0f µs per KB, p99 %.2f ms\n", f.Speed.Snippets, f.Speed.PerSecond, f.Speed.PerKB, f.Speed.P99)
}

func bounds(s evaluate.Share) string {
	if s.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f [%.2f %.2f]", s.Share, s.Low, s.High)
}
