package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type examplesCommand struct {
	Export examplesExportCommand `cmd:"" help:"Write the examples of a domain, opened, to a file to train on."`
	Review examplesReviewCommand `cmd:"" help:"Say whether examples are fit to train on."`
}

type examplesReviewCommand struct {
	List  reviewListCommand  `cmd:"" help:"List the examples that are to be reviewed."`
	Fit   reviewFitCommand   `cmd:"" help:"An example is fit to train on."`
	Unfit reviewUnfitCommand `cmd:"" help:"An example is not fit to train on: exports leave it out."`
}

type reviewListCommand struct {
	Domain string `placeholder:"MODEL|VERSION|FEATURE|LANGUAGE" help:"Only this domain."`
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

// queued is an example that is to be reviewed.
type queued struct {
	Suggestion string   `json:"suggestion_id"`
	Org        string   `json:"org"`
	Domain     string   `json:"domain"`
	Label      string   `json:"label"`
	Score      *float64 `json:"score"`
	Added      string   `json:"added_at"`
}

func (c *reviewListCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := c.database(ctx, quiet(log), places{clickhouse: &c.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	result, err := db.Query(ctx, `SELECT suggestion_id, org, domain, label, score, toString(added_at) FROM examples_to_review
		WHERE {domain:String} IN ('', domain) ORDER BY added_at, suggestion_id`, clickhouse.Parameters(map[string]any{"domain": c.Domain})...)
	if err != nil {
		return err
	}
	queue := []queued{}
	for _, r := range result.Rows {
		score, _ := r[4].(*float64)
		if s, ok := r[4].(float64); ok {
			score = &s
		}
		queue = append(queue, queued{r[0].(string), r[1].(string), r[2].(string), r[3].(string), score, r[5].(string)})
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(queue)
	}
	t := newTable(os.Stdout, "suggestion", "org", "domain", "label", "added")
	for _, q := range queue {
		t.AppendRow(table.Row{q.Suggestion, q.Org, q.Domain, q.Label, q.Added})
	}
	if len(queue) > 0 {
		t.Render()
	}
	fmt.Printf("%d examples to review\n", len(queue))
	return nil
}

// review is what both verdicts have in common.
type review struct {
	Suggestion string `arg:"" help:"Suggestion of the example."`
	By         string `required:"" help:"Who reviewed it; only a keyed token of it is kept."`
	Org        string `help:"Organisation of the example, where several have one of that name."`
	connection
}

type (
	reviewFitCommand   struct{ review }
	reviewUnfitCommand struct{ review }
)

func (c *reviewFitCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.say(ctx, log, "fit")
}

func (c *reviewUnfitCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.say(ctx, log, "unfit")
}

// say publishes the verdict to models.examples, beside what the service curation says.
func (c *review) say(ctx context.Context, log *slog.Logger, verdict string) error {
	db, release, err := c.database(ctx, quiet(log), c.places())
	if err != nil {
		return err
	}
	defer release()
	result, err := db.Query(ctx, `SELECT org, environment, domain, label, content_event_id, content_topic FROM examples_current
		WHERE suggestion_id = {suggestion:String} AND {org:String} IN ('', org)`, clickhouse.Parameters(map[string]any{"suggestion": c.Suggestion, "org": c.Org})...)
	switch {
	case err != nil:
		return err
	case len(result.Rows) == 0:
		return fmt.Errorf("suggestion %s is no example at the moment: see `assay examples review list`", c.Suggestion)
	case len(result.Rows) > 1:
		return errors.New("several organisations or domains have an example of that suggestion: give --org")
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	row, now := result.Rows[0], time.Now().UTC()
	org := row[0].(string)
	p, _, err := c.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	err = p.PublishSync(ctx, &schemas.CuratedExample{
		Envelope: schemas.Envelope{
			EventID:    schemas.DerivedID("assay-examples", org, c.Suggestion, verdict, now.String()),
			OccurredAt: now, Source: "assay-examples", Org: org, Environment: schemas.Environment(row[1].(string)),
		},
		Kind: schemas.ExampleReviewed, SuggestionID: c.Suggestion, Domain: row[2].(string), Label: schemas.ExampleLabel(row[3].(string)),
		ContentEventID: row[4].(string), ContentTopic: row[5].(string), ReviewerToken: keys.Token(org, "user", c.By), Verdict: verdict,
	})
	if err = errors.Join(err, p.Close(ctx)); err != nil {
		return fmt.Errorf("publish the review: %w", err)
	}
	fmt.Printf("%s: %s\n", c.Suggestion, verdict)
	return nil
}
