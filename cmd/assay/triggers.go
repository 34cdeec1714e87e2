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

type triggersCommand struct {
	List    triggersListCommand    `cmd:"" help:"List triggers."`
	Explain triggersExplainCommand `cmd:"" help:"Recompute a trigger from ClickHouse and from Kafka; exit 1 when either differs from it."`
	Replay  triggersReplayCommand  `cmd:"" help:"Show what other rules would have fired, beside what was fired."`
}

// triggersSince lists triggers by time, without repeats; an empty id or domain stands for all.
func triggersSince(ctx context.Context, db *clickhouse.DB, id, domain string, since time.Time) ([]*schemas.RetrainTrigger, error) {
	result, err := db.Query(ctx, `SELECT event_id, occurred_at, org, environment, kind, domain, rule_id, policy_hash, episode_id, action, severity, detector,
			window_start, window_end, events, failures, rate, rate_lower, rate_upper, slo, statistic, input_topic, input_partition, first_offset, last_offset, attributes
		FROM retrain_triggers
		WHERE ({id:String} = '' OR event_id = {id:String}) AND ({domain:String} = '' OR domain = {domain:String}) AND occurred_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
		ORDER BY occurred_at, _offset LIMIT 1 BY event_id`,
		clickhouse.Parameters(map[string]any{"id": id, "domain": domain, "since": since.UnixMilli()})...)
	if err != nil {
		return nil, err
	}
	triggers := []*schemas.RetrainTrigger{}
	for _, r := range result.Rows {
		triggers = append(triggers, &schemas.RetrainTrigger{
			Envelope: schemas.Envelope{EventID: r[0].(string), OccurredAt: r[1].(time.Time), Org: r[2].(string), Environment: schemas.Environment(r[3].(string))},
			Kind:     schemas.TriggerKind(r[4].(string)), Domain: r[5].(string), RuleID: r[6].(string), PolicyHash: r[7].(string), EpisodeID: r[8].(string),
			Action: schemas.RetrainAction(r[9].(string)), Severity: schemas.Severity(r[10].(string)), Detector: r[11].(string),
			WindowStart: r[12].(time.Time), WindowEnd: r[13].(time.Time), Events: r[14].(float64), Failures: r[15].(float64),
			Rate: r[16].(float64), RateLower: r[17].(float64), RateUpper: r[18].(float64), SLO: r[19].(float64), Statistic: r[20].(float64),
			InputTopic: r[21].(string), InputPartition: r[22].(int32), FirstOffset: r[23].(int64), LastOffset: r[24].(int64), Attributes: r[25].(map[string]string),
		})
	}
	return triggers, nil
}

type triggersListCommand struct {
	Domain string `placeholder:"DOMAIN" help:"Only this domain."`
	connection
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

func (c *triggersListCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := c.database(ctx, quiet(log), engines{clickhouse: true})
	if err != nil {
		return err
	}
	defer release()
	triggers, err := triggersSince(ctx, db, "", c.Domain, epoch)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(triggers)
	}
	t := newTable(os.Stdout, "trigger", "at", "kind", "domain", "rule", "action", "rate", "slo", "episode")
	for _, g := range triggers {
		t.AppendRow(table.Row{g.EventID, cell(g.OccurredAt), g.Kind, g.Domain, g.RuleID, g.Action, percent(g), fmt.Sprintf("%.1f %%", 100*g.SLO), g.EpisodeID})
	}
	if len(triggers) > 0 {
		t.Render()
	}
	fmt.Printf("%d triggers\n", len(triggers))
	return nil
}

// percent is a trigger's rate with the counts behind it.
func percent(g *schemas.RetrainTrigger) string {
	return fmt.Sprintf("%.1f %% (%g of %g)", 100*g.Rate, g.Failures, g.Events)
}
