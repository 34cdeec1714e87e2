package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/consumers/gate"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type findingsCommand struct {
	Triage   triageCommand   `cmd:"" help:"Say whether a finding is right; the precision of its rule follows from it."`
	Suppress suppressCommand `cmd:"" help:"Have the gate pass over a finding, or over a rule in a file or a whole repository, until a date."`
}

var triageVerdicts = map[string]string{"true": gate.TruePositive, "false": gate.FalsePositive}

type triageCommand struct {
	ID      string `arg:"" help:"Event id of the finding; put -- before one that begins with -."`
	Verdict string `arg:"" enum:"true,false" help:"true: it is a weakness; false: a false alarm."`
	connection
	By     string `required:"" help:"Who says so; only a keyed token of it is kept."`
	Reason string `help:"Why, in short: it is kept in the clear."`
}

func (t *triageCommand) Run(ctx context.Context, log *slog.Logger) error {
	return publishJudgement(ctx, log, &t.connection, func(ctx context.Context, db *clickhouse.DB) (*judgement, error) {
		f, err := readFinding(ctx, db, t.ID)
		if err != nil {
			return nil, err
		}
		f.Kind, f.Verdict, f.Reason, f.DecidedBy = schemas.ChangeFindingTriaged, triageVerdicts[t.Verdict], t.Reason, schemas.DecidedByHuman
		return &judgement{reviewer: t.By, event: f}, nil
	})
}

type suppressCommand struct {
	ID string `arg:"" help:"Event id of a finding; put -- before one that begins with -."`
	connection
	Scope  string        `enum:"finding,file,repository" default:"finding" help:"What to pass over: this finding, its rule in its file, or its rule in its repository."`
	Owner  string        `required:"" help:"Who answers for it; only a keyed token of it is kept."`
	Reason string        `required:"" help:"Why, in short: it is kept in the clear."`
	For    time.Duration `default:"720h" help:"For how long. Default: ${default}."`
}

func (s *suppressCommand) Run(ctx context.Context, log *slog.Logger) error {
	if s.For <= 0 {
		return errors.New("--for must be over 0")
	}
	return publishJudgement(ctx, log, &s.connection, func(ctx context.Context, db *clickhouse.DB) (*judgement, error) {
		f, err := readFinding(ctx, db, s.ID)
		if err != nil {
			return nil, err
		}
		if s.Scope == "file" && f.PathToken == "" {
			return nil, errors.New("the finding's file is not known: choose another --scope")
		}
		if s.Scope != "finding" {
			f.FindingID = ""
		}
		if s.Scope != "file" {
			f.PathToken = ""
		}
		f.Kind, f.Reason = schemas.ChangeFindingSuppressed, s.Reason
		f.ExpiresAt = schemas.Some(time.Now().UTC().Add(s.For).Truncate(time.Millisecond))
		return &judgement{owner: s.Owner, event: f}, nil
	})
}

// readFinding returns an event about a finding, as far as the finding tells it.
func readFinding(ctx context.Context, db *clickhouse.DB, id string) (schemas.ChangeEvent, error) {
	result, err := db.Query(ctx, "SELECT org, rule_id, repo_token, path_token, change_id FROM findings WHERE event_id = {id:String} AND kind = 'finding' LIMIT 1",
		clickhouse.Parameters(map[string]any{"id": id})...)
	if err != nil {
		return schemas.ChangeEvent{}, err
	}
	if len(result.Rows) == 0 {
		return schemas.ChangeEvent{}, fmt.Errorf("there is no finding %s; a new one takes some seconds to ClickHouse, and 'assay sql' lists them: SELECT * FROM findings", id)
	}
	text := func(i int) string { return result.Rows[0][i].(string) }
	e := schemas.ChangeEvent{Envelope: schemas.Envelope{Org: text(0)}, FindingID: id, RuleID: text(1), RepoToken: text(2), PathToken: text(3), ChangeID: text(4)}
	if e.ChangeID == "" {
		e.ChangeID = "finding:" + id // the event needs a key
	}
	return e, nil
}

// judgement is what a person says, and who it is.
type judgement struct {
	event           schemas.ChangeEvent
	reviewer, owner string
}

// publishJudgement publishes what a person says about what ClickHouse knows.
func publishJudgement(ctx context.Context, log *slog.Logger, c *connection, make func(context.Context, *clickhouse.DB) (*judgement, error)) error {
	db, release, err := c.database(ctx, quiet(log), c.places())
	if err != nil {
		return err
	}
	defer release()
	j, err := make(ctx, db)
	if err != nil {
		return err
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	redactor, err := newRedactor()
	if err != nil {
		return err
	}
	e := &j.event
	e.Reason, _ = redactor.Text(e.Reason, j.reviewer, j.owner)
	e.OccurredAt, e.Source = time.Now().UTC().Truncate(time.Millisecond), "assay"
	for token, person := range map[*string]string{&e.ReviewerToken: j.reviewer, &e.OwnerToken: j.owner} {
		if person != "" {
			*token = keys.Token(e.Org, "user", person)
		}
	}
	p, _, err := c.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	if err := p.PublishSync(ctx, e); err != nil {
		return errors.Join(fmt.Errorf("publish %s: %w", e.Kind, err), p.Close(ctx))
	}
	return p.Close(ctx)
}
