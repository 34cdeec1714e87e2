package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/consumers/securityscan/evaluate"
)

// evalSecurityCommand measures the scanner. It sees language, path and code of a case, one after the other on one core.
type evalSecurityCommand struct {
	evalFlags
	Figures string `placeholder:"FILE" help:"Write the figures of sets and rules here, as Markdown."`
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
	if c.Figures != "" {
		if err := os.WriteFile(c.Figures, rulesDocument(figures), 0o644); err != nil {
			return fmt.Errorf("write the figures of rules: %w", err)
		}
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
	securityTable(w, f).Render()
	rulesTable(w, f).Render()
	fmt.Fprintf(w, "%d snippets on one core: %.0f a second, %.0f µs per KB, p99 %.2f ms\n", f.Speed.Snippets, f.Speed.PerSecond, f.Speed.PerKB, f.Speed.P99)
}

func bounds(s evaluate.Share) string {
	if s.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f [%.2f %.2f]", s.Share, s.Low, s.High)
}

func securityTable(w io.Writer, f evaluate.Figures) table.Writer {
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
	return t
}

func rulesTable(w io.Writer, f evaluate.Figures) table.Writer {
	t := newTable(w, "set", "rule", "weakness", "cases", "precision", "recall of its family", "found by it alone")
	for _, r := range f.Rules {
		t.AppendRow([]any{r.Set, r.Rule, r.CWE, r.Cases, bounds(r.Precision), bounds(r.Recall), r.Alone})
	}
	return t
}

// rulesDocument is the figures in a form that changes only when they do: without times.
func rulesDocument(f evaluate.Figures) []byte {
	var b bytes.Buffer
	b.WriteString("# Figures of the security scan\n\nWritten by `make eval-security` from the labelled snippets; not to be edited. An alarm is a finding of medium severity " +
		"or higher; the gate blocks on high severity with high confidence. Shares stand with their 95 % Wilson bounds. False alarms " +
		"that remain are explained in [false-alarms.md](false-alarms.md).\n\n## Sets\n\n")
	b.WriteString(securityTable(io.Discard, f).RenderMarkdown())
	b.WriteString("\n\n## Rules\n\n`cases` is how many the rule alarms on; `recall of its family` counts vulnerable cases of the same family of weaknesses " +
		"in the rule's languages, most of which are for other rules of that family.\n\n")
	b.WriteString(rulesTable(io.Discard, f).RenderMarkdown())
	b.WriteString("\n")
	return b.Bytes()
}
