package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/schemas"
)

// scanCommand runs the scanner of security-scan over files.
type scanCommand struct {
	Paths    []string `arg:"" placeholder:"PATH" help:"Files and folders; - is standard input. In folders, what .gitignore names is left out."`
	Format   string   `enum:"text,json,sarif" default:"text" help:"Format of the findings: ${enum} (2.1.0)."`
	FailOn   string   `enum:"low,medium,high,critical,never" default:"high" placeholder:"SEVERITY" help:"Exit with 1 on findings of this severity or more that no comment suppresses (assay:ignore RULE reason): ${enum}. Default: ${default}."`
	Gate     bool     `help:"Only what may block a change: severity high or more with high confidence."`
	Language string   `placeholder:"NAME" help:"What standard input is written in, where its content is meant; files tell by their names."`
}

// scanned is what is known of the files together.
type scanned struct {
	RulePack string        `json:"rule_pack"`
	Files    int           `json:"files"`
	Findings []scanFinding `json:"findings"`
	Notes    []scanNote    `json:"notes"` // what wasn't scanned, or not in full
}

// scanFinding is a finding without the code that it is about. Lines and columns count from 1, columns in code points; the end
// is that of the last character.
type scanFinding struct {
	Path        string             `json:"path"`
	Line        int32              `json:"line"`
	Column      int32              `json:"column"`
	EndLine     int32              `json:"end_line"`
	EndColumn   int32              `json:"end_column"`
	Rule        string             `json:"rule"`
	CWE         string             `json:"cwe"`
	OWASP       string             `json:"owasp"`
	Severity    schemas.Severity   `json:"severity"`
	Confidence  schemas.Confidence `json:"confidence"`
	Message     string             `json:"message"`
	Fix         string             `json:"fix"`
	Fingerprint string             `json:"fingerprint"`          // the same while the code around doesn't change
	Suppressed  string             `json:"suppressed,omitempty"` // the reason that a comment gives
}

// scanNote says why a file wasn't scanned, or only in part.
type scanNote struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"` // skipped, or the kind of the scan
	Reason string `json:"reason"`
}

// Run implements the command.
func (c *scanCommand) Run(ctx context.Context) error {
	scanner, err := securityscan.NewScanner()
	if err != nil {
		return err
	}
	files, err := findFiles(ctx, c.Paths)
	if err != nil {
		return err
	}
	out, err := c.scan(ctx, scanner, files)
	if err != nil {
		return err
	}
	switch c.Format {
	case "json":
		err = json.NewEncoder(os.Stdout).Encode(out)
	case "sarif":
		err = writeSARIF(os.Stdout, out)
	default:
		out.print(os.Stdout)
	}
	if err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	if out.fails(c.FailOn) {
		return errSaid
	}
	return nil
}

// scan scans the files on all cores and returns what was found in the order of the files.
func (c *scanCommand) scan(ctx context.Context, scanner *securityscan.Scanner, files []string) (scanned, error) {
	parts := make([]scanned, len(files))
	bar := newBar(int64(len(files)), "files")
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range files {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			language := ""
			if path == standardInput {
				language = c.Language
			}
			code, skip, err := readCode(path)
			switch {
			case err != nil:
				return err
			case skip != "":
				parts[i].Notes = []scanNote{{path, "skipped", skip}}
			default:
				parts[i] = scanFile(scanner, language, path, code)
			}
			_ = bar.Add(1) // a bar that can't be drawn is no reason to stop
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return scanned{}, err
	}
	_ = bar.Finish()
	out := scanned{RulePack: scanner.Hash(), Files: len(files), Findings: []scanFinding{}, Notes: []scanNote{}}
	for _, p := range parts {
		out.Findings = append(out.Findings, p.Findings...)
		out.Notes = append(out.Notes, p.Notes...)
	}
	if c.Gate {
		out.Findings = slices.DeleteFunc(out.Findings, func(f scanFinding) bool {
			return f.Confidence != schemas.ConfidenceHigh || severityRank(f.Severity) < severityRank(schemas.SeverityHigh)
		})
	}
	return out, nil
}

// scanFile leaves out what is on trial: it is for figures, not for people.
func scanFile(scanner *securityscan.Scanner, language, path, code string) (out scanned) {
	r := scanner.Scan(language, path, code)
	if r.Reason != "" {
		out.Notes = append(out.Notes, scanNote{path, string(r.Kind), r.Reason})
	}
	prints := fingerprints{}
	for _, w := range r.Found {
		if w.Shadow {
			continue
		}
		f := scanFinding{
			Path: path, Rule: w.ID, CWE: w.CWE, OWASP: w.OWASP, Severity: w.Severity, Confidence: w.Confidence,
			Message: w.Message, Fix: w.Fix, Fingerprint: prints.of(path, code, w),
		}
		f.Line, f.Column = securityscan.Position(code, w.Start)
		f.EndLine, f.EndColumn = securityscan.Position(code, w.End-1)
		f.Suppressed, _ = securityscan.Suppressed(code, w)
		out.Findings = append(out.Findings, f)
	}
	return out
}

var severityOrder = []schemas.Severity{
	schemas.SeverityNone, schemas.SeverityLow, schemas.SeverityMedium, schemas.SeverityHigh, schemas.SeverityCritical,
}

func severityRank(s schemas.Severity) int { return slices.Index(severityOrder, s) }

// fails reports whether the findings are such that a build should stop. What the scanner failed on may hold anything.
func (s scanned) fails(on string) bool {
	if on == "never" {
		return false
	}
	limit := severityRank(schemas.Severity(on))
	return slices.ContainsFunc(s.Findings, func(f scanFinding) bool { return f.Suppressed == "" && severityRank(f.Severity) >= limit }) ||
		slices.ContainsFunc(s.Notes, func(n scanNote) bool { return n.Kind == string(schemas.FindingNotScanned) })
}

func (s scanned) print(w io.Writer) {
	suppressed := 0
	for _, f := range s.Findings {
		note := ""
		if f.Suppressed != "" {
			suppressed++
			note = " (suppressed: " + f.Suppressed + ")"
		}
		fmt.Fprintf(w, "%s:%d:%d: %s severity, %s confidence, %s, %s%s\n    %s %s\n", f.Path, f.Line, f.Column, f.Severity, f.Confidence, f.CWE, f.Rule, note, f.Message, f.Fix)
	}
	reasons := map[string]int{}
	for _, n := range s.Notes {
		if quietText[n.Reason] != "" {
			reasons[n.Reason]++
		} else {
			fmt.Fprintf(w, "%s: %s (%s)\n", n.Path, n.Kind, n.Reason)
		}
	}
	fmt.Fprintf(w, "%d findings, %d of them suppressed, in %d files", len(s.Findings), suppressed, s.Files)
	for _, reason := range sorted(reasons) {
		fmt.Fprintf(w, "; %d %s", reasons[reason], quietText[reason])
	}
	fmt.Fprintln(w)
}

// quietText is what the summary says of files that are too many to be named.
var quietText = map[string]string{"binary": "binary files skipped", "language": "scanned for secrets only"}
