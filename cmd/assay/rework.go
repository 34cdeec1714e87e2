package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/assayhq/assay/consumers/rework/evaluate"
	"github.com/assayhq/assay/consumers/rework/scan"
)

// reworkCommand asks histories what became of what assistants wrote.
type reworkCommand struct {
	Scan reworkScanCommand `cmd:"" help:"Follow what assistants wrote through a git history: verdict per hunk, churn by week."`
}

type reworkScanCommand struct {
	Repo  string    `arg:"" type:"existingdir" help:"The repository."`
	Since time.Time `format:"2006-01-02" help:"First day of the history to read, e.g. 2026-01-31."`
	All   bool      `help:"Count every commit as an assistant's, to compare with or where nothing tells which were."`
	JSON  bool      `name:"json" help:"Print everything, every hunk included, as one JSON object."`
}

// reworkScan is what the command prints.
type reworkScan struct {
	Commits  int     `json:"commits"`
	Assisted int     `json:"assisted_commits"`
	Seconds  float64 `json:"seconds"`
	scan.Result
}

// Run implements the command.
func (c *reworkScanCommand) Run(ctx context.Context) error {
	began := time.Now()
	history, err := openHistory(c.Repo, c.All)
	if err != nil {
		return err
	}
	commits, err := history.commits(c.Since)
	if err != nil {
		return err
	}
	out := reworkScan{Commits: len(commits)}
	s := scan.New()
	bar := newBar(int64(len(commits)), "commits")
	for _, commit := range commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		step, err := history.step(ctx, commit)
		if err != nil {
			return err
		}
		if by := history.attribution(commit); by.model != "" {
			out.Assisted++
		}
		if err := s.Commit(step); err != nil {
			return err
		}
		_ = bar.Add(1) // a bar that can't be drawn is no reason to stop
	}
	_ = bar.Finish()
	if out.Result, err = s.Finish(); err != nil {
		return err
	}
	out.Seconds = time.Since(began).Seconds()
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(out)
	}
	out.print(os.Stdout)
	return nil
}

func (r *reworkScan) print(w io.Writer) {
	fmt.Fprintf(w, "%d commits in %.1f s, %d of them with an assistant: %d hunks\n", r.Commits, r.Seconds, r.Assisted, len(r.Hunks))
	if r.Assisted == 0 {
		fmt.Fprintln(w, "Nothing says what assistants wrote: no Co-authored-by or Assisted-by trailer names one, and there are no notes (git notes --ref=assay add -m '* MODEL' COMMIT). --all counts everything.")
		return
	}
	verdicts := newTable(w, "verdict", "hunks")
	for _, v := range evaluate.Verdicts {
		verdicts.AppendRow([]any{v, r.Verdicts[v]})
	}
	verdicts.AppendRow([]any{"not 14 days old", r.Open})
	verdicts.Render()
	weeks := newTable(w, "week", "hunks", "tokens", "churn", "lines", "naive churn")
	for _, week := range r.Weeks {
		weeks.AppendRow([]any{week.Monday.Format(time.DateOnly), week.Hunks, week.Tokens, fmt.Sprintf("%.1f %%", 100*week.Churn), week.Lines, fmt.Sprintf("%.1f %%", 100*week.NaiveChurn)})
	}
	weeks.Render()
	fmt.Fprintln(w, "churn: accepted tokens that survive nowhere after 14 days; naive churn: lines that a line diff calls deleted within 14 days")
}
