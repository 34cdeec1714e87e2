package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/consumers/promotion"
	"github.com/assayhq/assay/schemas"
)

// evalsCommand is about evaluations of candidate models; evalCommand is about Assay's own detectors.
type evalsCommand struct {
	Publish evalsPublishCommand `cmd:"" help:"Publish the results of an evaluation run, for the service promotion to decide on."`
}

type evalsPublishCommand struct {
	File string `arg:"" type:"existingfile" help:"Results, one JSON object a line: task_id, candidate_passed, baseline_passed, and where known language, feature, category, candidate_findings, baseline_findings."`
	evaluation
	Unfinished bool `help:"More results will follow: don't end the run."`
	Planned    int  `placeholder:"TASKS" help:"Tasks that the run will have; default: those of the file."`

	dataFolder
	topics
	promotionPolicy
	JSON bool `name:"json" help:"Print the result as JSON."`
}

// publishedRun is a run beside what the policy asks for.
type publishedRun struct {
	Results  int    `json:"results"`
	Planned  int    `json:"planned_tasks"`
	Required int    `json:"required_tasks"`
	Policy   string `json:"policy_hash"`
}

// evaluation is what the events of one run have in common.
type evaluation struct {
	Model       string              `required:"" help:"Candidate."`
	Baseline    string              `required:"" help:"Model that it is to replace."`
	RunID       string              `required:"" name:"run" help:"Name of the run. Publishing the same results under the same name again changes nothing."`
	Org         string              `default:"local" help:"Organisation of the run."`
	Environment schemas.Environment `enum:"production,canary,dogfood" default:"production" help:"Where the candidate is to run: ${enum}."`
	Domain      string              `help:"Domain of the trigger that the candidate answers."`
	Episode     string              `help:"Episode of the trigger that the candidate answers."`
}

// evalResult is a line of the file.
type evalResult struct {
	TaskID            string             `json:"task_id"`
	CandidatePassed   schemas.Opt[bool]  `json:"candidate_passed"`
	BaselinePassed    schemas.Opt[bool]  `json:"baseline_passed"`
	Language          string             `json:"language"`
	Feature           string             `json:"feature"`
	Category          string             `json:"category"`
	CandidateFindings schemas.Opt[int32] `json:"candidate_findings"`
	BaselineFindings  schemas.Opt[int32] `json:"baseline_findings"`
}

// readResults reads a file of results; every task has one.
func readResults(path string) ([]evalResult, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	var results []evalResult
	lines := map[string]int{}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var r evalResult
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&r)
		if err == nil && decoder.Decode(new(any)) != io.EOF {
			err = errors.New("there is more after the object")
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s line %d: not a result: %w", path, n, err)
		case r.TaskID == "":
			return nil, fmt.Errorf("%s line %d: task_id is missing", path, n)
		case lines[r.TaskID] > 0:
			return nil, fmt.Errorf("%s line %d: task %q has a result in line %d", path, n, r.TaskID, lines[r.TaskID])
		case !r.CandidatePassed.Set || !r.BaselinePassed.Set:
			return nil, fmt.Errorf("%s line %d: candidate_passed and baseline_passed are both needed; a task that a model didn't finish is one that it didn't solve", path, n)
		}
		lines[r.TaskID] = n
		results = append(results, r)
	}
	if len(results) == 0 {
		return nil, fmt.Errorf("%s has no results", path)
	}
	return results, nil
}

// event is a step of the run. Its id follows from what it says, so that publishing it again has no effect.
func (v evaluation) event(kind schemas.EvalKind, what string) *schemas.EvalEvent {
	return &schemas.EvalEvent{
		Envelope: schemas.Envelope{
			EventID:    schemas.DerivedID("evals", v.Org, string(v.Environment), v.Model, v.RunID, string(kind), what),
			OccurredAt: time.Now().UTC(), Source: "assay-evals", Org: v.Org, Environment: v.Environment,
		},
		Kind: kind, ModelID: v.Model, BaselineID: v.Baseline, RunID: v.RunID, Domain: v.Domain, EpisodeID: v.Episode,
	}
}

// steps are the events of the run. Results come in an order that has nothing to do with the tasks: the e-process may decide before
// the end, and mustn't see one language or the easy tasks first.
func (c *evalsPublishCommand) steps(results []evalResult) []schemas.Event {
	start := c.event(schemas.EvalRunStarted, "")
	start.PlannedTasks = schemas.Some(int32(cmp.Or(c.Planned, len(results))))
	steps := []schemas.Event{start}
	for _, r := range results {
		e := c.event(schemas.EvalTaskResult, r.TaskID)
		e.TaskID, e.Language, e.Feature, e.Category = r.TaskID, r.Language, r.Feature, r.Category
		e.CandidatePassed, e.BaselinePassed = r.CandidatePassed, r.BaselinePassed
		e.CandidateFindings, e.BaselineFindings = r.CandidateFindings, r.BaselineFindings
		steps = append(steps, e)
	}
	slices.SortFunc(steps[1:], func(a, b schemas.Event) int { return cmp.Compare(a.Env().EventID, b.Env().EventID) }) // ids are hashes
	if !c.Unfinished {
		steps = append(steps, c.event(schemas.EvalRunFinished, ""))
	}
	return steps
}

func (c *evalsPublishCommand) Run(ctx context.Context, log *slog.Logger) error {
	policy, err := readRules(c.PromotionPolicy, promotion.DefaultPolicy, promotion.ParsePolicy)
	if err != nil {
		return err
	}
	results, err := readResults(c.File)
	if err != nil {
		return err
	}
	if c.Planned != 0 && c.Planned < len(results) {
		return fmt.Errorf("%s has %d results, more than the %d tasks planned", c.File, len(results), c.Planned)
	}
	planned := cmp.Or(c.Planned, len(results))
	if err := publishEvents(ctx, log, &c.dataFolder, &c.topics, c.steps(results)...); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(publishedRun{Results: len(results), Planned: planned, Required: policy.RequiredTasks(), Policy: policy.Hash()})
	}
	fmt.Printf("%d results of run %s published\n", len(results), c.RunID)
	if planned < policy.RequiredTasks() {
		fmt.Printf("The policy (%s) needs %d tasks for its power and the run has %d: only an overwhelming win is promoted.\n", policy.Hash(), policy.RequiredTasks(), planned)
	}
	return nil
}

// publishEvents publishes events and waits until Kafka has them.
func publishEvents(ctx context.Context, log *slog.Logger, d *dataFolder, to *topics, events ...schemas.Event) error {
	release, err := d.use(ctx, quiet(log), places{kafka: &to.Cluster, registry: &to.Registry})
	if err != nil {
		return err
	}
	defer release()
	p, _, err := to.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := p.Publish(ctx, e); err != nil {
			return errors.Join(err, p.Close(ctx))
		}
	}
	return p.Close(ctx)
}
