package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type triggersCommand struct {
	List    triggersListCommand    `cmd:"" help:"List triggers."`
	Explain triggersExplainCommand `cmd:"" help:"Recompute a trigger from ClickHouse and from Kafka; exit 1 when either differs from it."`
	Replay  triggersReplayCommand  `cmd:"" help:"Show what other rules would have fired, beside what was fired."`
}

// triggersSince lists triggers by time, without repeats; an empty id or domain stands for all.
func triggersSince(ctx context.Context, db *clickhouse.DB, id, domain string, since time.Time) ([]*schemas.RetrainTrigger, error) {
	result, err := db.Query(ctx, `SELECT event_id, occurred_at, org, environment, kind, domain, rule_id, policy_hash, episode_id, action, severity, detector,
			window_start, window_end, events, failures, rate, rate_lower, rate_upper, slo, statistic, input_topic, input_partition, first_offset, last_offset, attributes,
			category, model, model_version, feature, language, rate_before, worst_event_ids, examples_query, source
		FROM retrain_triggers
		WHERE ({id:String} = '' OR event_id = {id:String}) AND ({domain:String} = '' OR domain = {domain:String}) AND occurred_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
		ORDER BY occurred_at, _offset LIMIT 1 BY event_id`,
		clickhouse.Parameters(map[string]any{"id": id, "domain": domain, "since": since.UnixMilli()})...)
	if err != nil {
		return nil, err
	}
	triggers := []*schemas.RetrainTrigger{}
	for _, r := range result.Rows {
		var before schemas.Opt[float64]
		if rate, known := r[31].(float64); known {
			before = schemas.Some(rate)
		}
		triggers = append(triggers, &schemas.RetrainTrigger{
			Envelope: schemas.Envelope{EventID: r[0].(string), OccurredAt: r[1].(time.Time), Source: r[34].(string), Org: r[2].(string), Environment: schemas.Environment(r[3].(string))},
			Kind:     schemas.TriggerKind(r[4].(string)), Domain: r[5].(string), RuleID: r[6].(string), PolicyHash: r[7].(string), EpisodeID: r[8].(string),
			Action: schemas.RetrainAction(r[9].(string)), Severity: schemas.Severity(r[10].(string)), Detector: r[11].(string),
			WindowStart: r[12].(time.Time), WindowEnd: r[13].(time.Time), Events: r[14].(float64), Failures: r[15].(float64),
			Rate: r[16].(float64), RateLower: r[17].(float64), RateUpper: r[18].(float64), SLO: r[19].(float64), Statistic: r[20].(float64),
			InputTopic: r[21].(string), InputPartition: r[22].(int32), FirstOffset: r[23].(int64), LastOffset: r[24].(int64), Attributes: r[25].(map[string]string),
			Category: r[26].(string), Model: r[27].(string), ModelVersion: r[28].(string), Feature: r[29].(string), Language: r[30].(string),
			RateBefore: before, WorstEventIDs: r[32].([]string), ExamplesQuery: r[33].(string),
		})
	}
	return triggers, nil
}

type triggersListCommand struct {
	Domain string  `placeholder:"DOMAIN" help:"Only this domain."`
	Since  period  `placeholder:"PERIOD" help:"How far before the newest outcome to begin, e.g. 36h or 14d. Default: everything, with --fdr 7d."`
	FDR    float64 `name:"fdr" placeholder:"ALPHA" help:"Judge the period's episodes together, by what came after each was fired, and say which stand so that at most this share of them is false in the mean, e.g. 0.1."`
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

// Validate is called by Kong.
func (c *triggersListCommand) Validate() error {
	if c.FDR < 0 || c.FDR >= 1 {
		return fmt.Errorf("--fdr must be a share between 0 and 1, e.g. 0.1, is %g", c.FDR)
	}
	return nil
}

func (c *triggersListCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := c.database(ctx, quiet(log), places{clickhouse: &c.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	if c.FDR > 0 {
		return c.review(ctx, db)
	}
	since := epoch
	if c.Since.Duration > 0 {
		newest, err := newestOutcome(ctx, db)
		if err != nil {
			return err
		}
		since = newest.Add(-c.Since.Duration)
	}
	triggers, err := triggersSince(ctx, db, "", c.Domain, since)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(triggers)
	}
	t := newTable(os.Stdout, "trigger", "at", "kind", "domain", "rule", "action", "rate", "slo", "episode")
	for _, g := range triggers {
		t.AppendRow(table.Row{g.EventID, cell(g.OccurredAt), g.Kind, g.Domain, g.RuleID, g.Action, failed(g.Failures, g.Events), fmt.Sprintf("%.1f %%", 100*g.SLO), g.EpisodeID})
	}
	if len(triggers) > 0 {
		t.Render()
	}
	fmt.Printf("Triggers: %d\n", len(triggers))
	return nil
}

// review lists the episodes of the period with which of them stand.
func (c *triggersListCommand) review(ctx context.Context, db *clickhouse.DB) error {
	r, err := reviewTriggers(ctx, db, c.FDR, cmp.Or(c.Since.Duration, reviewPeriod))
	if err != nil {
		return err
	}
	if c.Domain != "" {
		r.Lines = slices.DeleteFunc(r.Lines, func(l reviewed) bool { return l.Domain != c.Domain })
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	r.print()
	return nil
}

// newestOutcome is when the newest outcome happened; the epoch where there is none.
func newestOutcome(ctx context.Context, db *clickhouse.DB) (time.Time, error) {
	result, err := db.Query(ctx, "SELECT max(occurred_at) FROM outcomes")
	if err != nil {
		return time.Time{}, err
	}
	return result.Rows[0][0].(time.Time), nil
}

// failed is a rate with the counts behind it.
func failed(failures, events float64) string {
	if events == 0 {
		return "nothing yet"
	}
	return fmt.Sprintf("%.1f %% (%g of %g)", 100*failures/events, failures, events)
}
