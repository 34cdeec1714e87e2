package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/assayhq/assay/consumers/gate"
	"github.com/assayhq/assay/producers/collector"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type gateCommand struct {
	Check   gateCheckCommand   `cmd:"" help:"Say whether a change may be merged, for CI jobs: exit code 0 yes, 1 blocked, 2 a person must look or nothing is known."`
	Approve gateApproveCommand `cmd:"" help:"Let a change pass, as a person who is not its author."`
	Reject  gateRejectCommand  `cmd:"" help:"Refuse a change."`
	Path    gatePathCommand    `cmd:"" help:"Print the token of a path, for the gate's policy."`
}

// decided is where a change stands.
type decided struct {
	Change string `json:"change"`
	Org    string `json:"org"`
	collector.GateAnswer

	repo string
}

// readDecision reads the last decision about a change; of any organisation where org is empty. ok: there is one.
func readDecision(ctx context.Context, db *clickhouse.DB, org string, ids ...string) (d decided, ok bool, err error) {
	result, err := db.Query(ctx, `SELECT change_id, org, repo_token, decision, since, reasons, rule_ids, finding_ids, reviewer_token, reviewed_at, review_reason,
		commit_ids, policy_hash FROM gate_current WHERE change_id IN {ids:Array(String)} AND (org = {org:String} OR {org:String} = '')`,
		clickhouse.Parameters(map[string]any{"ids": ids, "org": org})...)
	if err != nil || len(result.Rows) == 0 {
		return d, false, err
	}
	if len(result.Rows) > 1 {
		return d, false, fmt.Errorf("change %s is known in %d organisations: say which with --org", ids[0], len(result.Rows))
	}
	row := result.Rows[0]
	d = decided{Change: row[0].(string), Org: row[1].(string), repo: row[2].(string), GateAnswer: collector.GateAnswer{
		Decision: row[3].(string), Since: row[4].(time.Time).UTC(), Reasons: row[5].([]string), Rules: row[6].([]string), Findings: row[7].([]string),
		Reviewer: row[8].(string), ReviewReason: row[10].(string), Commits: row[11].([]string), Policy: row[12].(string),
	}}
	if at, reviewed := row[9].(time.Time); reviewed {
		at = at.UTC()
		d.ReviewedAt = &at
	}
	return d, true, nil
}

// changeOptions name a change.
type changeOptions struct {
	Change string `arg:"" help:"The change, named as in its events."`
	Org    string `help:"Organisation, where several know the change."`
}

// ids are the change's id as it was given and as the collector hides it, where the keys are at hand.
func (o *changeOptions) ids(ctx context.Context, db *clickhouse.DB, keyring *keyringFlags) ([]string, error) {
	ids := []string{o.Change}
	if keyring.Keyring == "" {
		return ids, nil
	}
	keys, err := keyring.keys()
	if err != nil {
		return nil, err
	}
	orgs, err := db.Query(ctx, "SELECT DISTINCT org FROM gate_decisions")
	if err != nil {
		return nil, err
	}
	for _, row := range orgs.Rows {
		ids = append(ids, keys.Token(row[0].(string), "change", o.Change))
	}
	return ids, nil
}

// The exit codes of gate check.
const (
	gateRefused = 1
	gateUnclear = 2
)

type gateCheckCommand struct {
	changeOptions
	dataFolder
	clickhouseFlags
	keyringFlags
	Wait time.Duration `default:"0" help:"Wait so long for a decision that lets or refuses, e.g. 2m."`
	JSON bool          `name:"json" help:"Print the decision as JSON."`
}

// gatePoll is how often a waiting check asks.
const gatePoll = time.Second

func (g *gateCheckCommand) Run(ctx context.Context, log *slog.Logger) error {
	code, err := g.check(ctx, log)
	if err != nil {
		return &exitError{gateUnclear, err}
	}
	if code != 0 {
		return &exitError{code, errSaid}
	}
	return nil
}

func (g *gateCheckCommand) check(ctx context.Context, log *slog.Logger) (code int, err error) {
	db, release, err := g.database(ctx, quiet(log), places{clickhouse: &g.ClickHouse, keyring: &g.Keyring})
	if err != nil {
		return 0, err
	}
	defer release()
	for deadline := time.Now().Add(g.Wait); ; {
		ids, err := g.ids(ctx, db, &g.keyringFlags)
		if err != nil {
			return 0, err
		}
		d, known, err := readDecision(ctx, db, g.Org, ids...)
		if err != nil {
			return 0, err
		}
		code := gateUnclear
		if known {
			code = exitCode(schemas.GateKind(d.Decision))
		}
		if code != gateUnclear || !time.Now().Before(deadline) {
			return code, g.print(d, known)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(min(gatePoll, time.Until(deadline))):
		}
	}
}

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	error
}

func (e *exitError) Unwrap() error { return e.error }

// exitCode is what a decision means to a job.
func exitCode(k schemas.GateKind) int {
	switch k {
	case schemas.GatePass, schemas.GateApproved:
		return 0
	case schemas.GateBlocked, schemas.GateRejected, schemas.GateRevertRequested:
		return gateRefused
	}
	return gateUnclear
}

func (g *gateCheckCommand) print(d decided, known bool) error {
	if !known {
		d.Change, d.Decision = g.Change, string(schemas.GateUnknown)
		d.Reasons = []string{"the gate knows no such change: is it sent to Assay (change_opened), with its repository?"}
	}
	if g.JSON {
		return json.NewEncoder(os.Stdout).Encode(d)
	}
	fmt.Printf("%s: %s\n", d.Change, d.Decision)
	for _, r := range d.Reasons {
		fmt.Printf("  %s\n", r)
	}
	if d.ReviewedAt != nil {
		fmt.Printf("  reviewed by %s at %s: %s\n", d.Reviewer, d.ReviewedAt.Format(time.RFC3339), d.ReviewReason)
	}
	return nil
}

type gateApproveCommand struct{ gateReview }

func (g *gateApproveCommand) Run(ctx context.Context, log *slog.Logger) error {
	return g.publish(ctx, log, gate.Approved)
}

type gateRejectCommand struct{ gateReview }

func (g *gateRejectCommand) Run(ctx context.Context, log *slog.Logger) error {
	return g.publish(ctx, log, gate.Rejected)
}

type gateReview struct {
	changeOptions
	connection
	By     string `required:"" help:"Who decides, named as in the events of changes; only a keyed token of it is kept."`
	Reason string `required:"" help:"Why, in short: it is kept in the clear, so name no person and no secret."`
}

func (g *gateReview) publish(ctx context.Context, log *slog.Logger, verdict string) error {
	return publishJudgement(ctx, log, &g.connection, func(ctx context.Context, db *clickhouse.DB) (*judgement, error) {
		ids, err := g.ids(ctx, db, &g.keyringFlags)
		if err != nil {
			return nil, err
		}
		d, known, err := readDecision(ctx, db, g.Org, ids...)
		if err != nil {
			return nil, err
		}
		if !known {
			return nil, fmt.Errorf("the gate knows no change %s: is it sent to Assay (change_opened), with its repository?", g.Change)
		}
		return &judgement{reviewer: g.By, event: schemas.ChangeEvent{
			Envelope: schemas.Envelope{Org: d.Org}, Kind: schemas.ChangeGateReviewed, ChangeID: d.Change, RepoToken: d.repo,
			Verdict: verdict, Reason: g.Reason, DecidedBy: schemas.DecidedByHuman,
		}}, nil
	})
}

type gatePathCommand struct {
	Org  string `arg:"" help:"Organisation."`
	Path string `arg:"" help:"Path in its repository, as in the events."`
	keyringOptions
}

func (g *gatePathCommand) Run() error {
	keys, err := g.open()
	if err != nil {
		return err
	}
	fmt.Println(keys.Token(g.Org, "path", g.Path))
	return nil
}
