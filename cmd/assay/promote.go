package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type promoteCommand struct {
	Status  promoteStatusCommand  `cmd:"" help:"Show evaluation runs and what was decided."`
	Approve promoteApproveCommand `cmd:"" help:"Approve a win that awaits it: the candidate is promoted."`
	Reject  promoteRejectCommand  `cmd:"" help:"End a run that is undecided or awaits approval: the baseline is kept."`
}

type promoteStatusCommand struct {
	Model string `arg:"" optional:"" help:"Only this candidate."`
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

// evalRun is a row of the view evaluation_runs.
type evalRun struct {
	Org           string              `json:"org"`
	Environment   schemas.Environment `json:"environment"`
	Model         string              `json:"model_id"`
	Run           string              `json:"run_id"`
	Baseline      string              `json:"baseline_id"`
	Domain        string              `json:"domain"`
	Episode       string              `json:"episode_id"`
	Planned       int64               `json:"planned_tasks"`
	Tasks         uint64              `json:"tasks"`
	CandidateOnly uint64              `json:"candidate_only"`
	BaselineOnly  uint64              `json:"baseline_only"`
	Status        string              `json:"status"` // running, awaiting_approval, promote or keep
	Reason        string              `json:"reason"`
}

// evalRuns lists runs; empty strings stand for all.
func evalRuns(ctx context.Context, db *clickhouse.DB, model, run string) ([]evalRun, error) {
	result, err := db.Query(ctx, `SELECT org, environment, model_id, run_id, baseline_id, domain, episode_id, toInt64(coalesce(planned_tasks, 0)), tasks, candidate_only, baseline_only, status, reason
		FROM evaluation_runs WHERE ({model:String} = '' OR model_id = {model:String}) AND ({run:String} = '' OR run_id = {run:String}) ORDER BY started_at, model_id, run_id`,
		clickhouse.Parameters(map[string]any{"model": model, "run": run})...)
	if err != nil {
		return nil, err
	}
	runs := []evalRun{}
	for _, r := range result.Rows {
		runs = append(runs, evalRun{r[0].(string), schemas.Environment(r[1].(string)), r[2].(string), r[3].(string), r[4].(string), r[5].(string), r[6].(string),
			r[7].(int64), r[8].(uint64), r[9].(uint64), r[10].(uint64), r[11].(string), r[12].(string)})
	}
	return runs, nil
}

func (c *promoteStatusCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := c.database(ctx, quiet(log), places{clickhouse: &c.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	runs, err := evalRuns(ctx, db, c.Model, "")
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(runs)
	}
	t := newTable(os.Stdout, "candidate", "baseline", "run", "org", "tasks", "planned", "candidate only", "baseline only", "status", "reason")
	for _, r := range runs {
		t.AppendRow(table.Row{r.Model, r.Baseline, r.Run, r.Org, r.Tasks, r.Planned, r.CandidateOnly, r.BaselineOnly, r.Status, r.Reason})
	}
	if len(runs) > 0 {
		t.Render()
	}
	fmt.Printf("%d runs\n", len(runs))
	return nil
}

// humanDecision is what approving and rejecting have in common.
type humanDecision struct {
	Model       string              `arg:"" help:"Candidate."`
	RunID       string              `arg:"" name:"run" help:"Evaluation run."`
	By          string              `required:"" help:"Who decides; only a keyed token of it is kept."`
	Reason      string              `help:"Why, in a few words without names or code."`
	Org         string              `help:"Organisation of the run, where several have one of that name."`
	Environment schemas.Environment `enum:",production,canary,dogfood" default:"" help:"Environment of the run, where several have one of that name: production, canary or dogfood."`
	connection
}

type promoteApproveCommand struct{ humanDecision }

type promoteRejectCommand struct{ humanDecision }

func (c *promoteApproveCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.decide(ctx, log, schemas.EvalApproved, "awaiting_approval")
}

func (c *promoteRejectCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.decide(ctx, log, schemas.EvalRejected, "awaiting_approval", "running")
}

// decide publishes what a person decided about a run whose status is one of the given.
func (c *humanDecision) decide(ctx context.Context, log *slog.Logger, kind schemas.EvalKind, statuses ...string) error {
	run, err := c.find(ctx, log, statuses)
	if err != nil {
		return err
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	e := &schemas.EvalEvent{
		Envelope: schemas.Envelope{
			EventID:    schemas.DerivedID("promote", run.Org, string(run.Environment), run.Model, run.Run, string(kind), run.Status),
			OccurredAt: time.Now().UTC(), Source: "assay-promote", Org: run.Org, Environment: run.Environment,
		},
		Kind: kind, ModelID: run.Model, BaselineID: run.Baseline, RunID: run.Run, Domain: run.Domain, EpisodeID: run.Episode,
		ApproverToken: keys.Token(run.Org, "user", c.By), Reason: c.Reason,
	}
	if err := publishEvents(ctx, log, &c.dataFolder, &c.topics, e); err != nil {
		return err
	}
	fmt.Printf("%s: run %s of %s, which was %s\n", kind, run.Run, run.Model, run.Status)
	return nil
}

// find returns the run that the command names, if it may be decided on.
func (c *humanDecision) find(ctx context.Context, log *slog.Logger, statuses []string) (run evalRun, err error) {
	db, release, err := c.database(ctx, quiet(log), places{clickhouse: &c.ClickHouse, keyring: &c.Keyring})
	if err != nil {
		return run, err
	}
	defer release()
	runs, err := evalRuns(ctx, db, c.Model, c.RunID)
	if err != nil {
		return run, err
	}
	n := 0
	for _, r := range runs {
		if (c.Org == "" || c.Org == r.Org) && (c.Environment == "" || c.Environment == r.Environment) {
			run, n = r, n+1
		}
	}
	switch {
	case n == 0:
		return run, fmt.Errorf("there is no run %s of %s; 'assay promote status' lists them", c.RunID, c.Model)
	case n > 1:
		return run, fmt.Errorf("%d runs of %s are named %s: say which by --org and --environment", n, c.Model, c.RunID)
	}
	for _, s := range statuses {
		if run.Status == s {
			return run, nil
		}
	}
	return run, fmt.Errorf("run %s of %s is %s: %s", c.RunID, c.Model, run.Status, run.Reason)
}
