package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/consumers/quality"
	"github.com/assayhq/assay/schemas"
)

type triggersReplayCommand struct {
	Rules string `type:"existingfile" required:"" placeholder:"FILE" help:"Rules to try."`
	Since period `default:"14d" placeholder:"PERIOD" help:"How far before the newest outcome to begin, e.g. 36h or 14d. Default: ${default}."`
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print the result as JSON."`
}

var epoch = time.Unix(0, 0).UTC()

// period is a duration that may count in days.
type period struct{ time.Duration }

// UnmarshalText reads what time.ParseDuration does, and days like 14d.
func (p *period) UnmarshalText(text []byte) (err error) {
	days, ok := strings.CutSuffix(string(text), "d")
	if !ok {
		p.Duration, err = time.ParseDuration(string(text))
		return err
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 0 || n > 10_000 {
		return fmt.Errorf("%q is not a period such as 36h or 14d", text)
	}
	p.Duration = time.Duration(n) * 24 * time.Hour
	return nil
}

// rehearsal is what rules would have fired beside what was fired.
type rehearsal struct {
	Policy   string      `json:"policy_hash"`
	Since    time.Time   `json:"since"`
	Outcomes int         `json:"outcomes"`
	Would    int         `json:"would_fire"`
	Did      int         `json:"fired"`
	Lines    []rehearsed `json:"triggers"`
}

// rehearsed is one trigger; a missing time says that the other side alone has it. The counts are the evidence of what would be fired, or else of
// what was.
type rehearsed struct {
	Domain   string                `json:"domain"`
	Org      string                `json:"org"`
	Rule     string                `json:"rule_id"`
	Kind     schemas.TriggerKind   `json:"kind"`
	Action   schemas.RetrainAction `json:"action"`
	Events   float64               `json:"events"`
	Failures float64               `json:"failures"`
	Would    *time.Time            `json:"would_at"`
	Did      *time.Time            `json:"at"`
}

func (l rehearsed) at() time.Time {
	if l.Would != nil {
		return *l.Would
	}
	return *l.Did
}

func (c *triggersReplayCommand) Run(ctx context.Context, log *slog.Logger) error {
	rules, err := readRules(c.Rules, quality.DefaultRules, quality.ParseRules)
	if err != nil {
		return err
	}
	r, err := c.rehearse(ctx, log, rules)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	r.print()
	return nil
}

func (c *triggersReplayCommand) rehearse(ctx context.Context, log *slog.Logger, rules *quality.Rules) (*rehearsal, error) {
	db, release, err := c.database(ctx, quiet(log), places{clickhouse: &c.ClickHouse})
	if err != nil {
		return nil, err
	}
	defer release()
	newest, err := db.Query(ctx, "SELECT _partition, max(occurred_at) FROM outcomes GROUP BY _partition ORDER BY _partition")
	if err != nil {
		return nil, err
	}
	r := &rehearsal{Policy: rules.Hash(), Lines: []rehearsed{}}
	for _, row := range newest.Rows {
		if t := row[1].(time.Time).Add(-c.Since.Duration); t.After(r.Since) {
			r.Since = t
		}
	}
	w := newWatcher(rules)
	for _, row := range newest.Rows {
		if err := w.fromClickHouse(ctx, db, outcomeRange{partition: int(row[0].(int32)), to: math.MaxInt64, since: r.Since.UnixMilli()}); err != nil {
			return nil, err
		}
	}
	r.Outcomes = w.outcomes
	did, err := triggersSince(ctx, db, "", "", r.Since)
	if err != nil {
		return nil, err
	}
	r.pair(w.triggers, did)
	return r, nil
}

// pair puts the n-th trigger of a domain, kind and action on one side beside the n-th on the other.
func (r *rehearsal) pair(would, did []*schemas.RetrainTrigger) {
	type key struct {
		domain, org, environment string
		kind                     schemas.TriggerKind
		action                   schemas.RetrainAction
		n                        int
	}
	lines, counts := map[key]*rehearsed{}, map[bool]map[key]int{true: {}, false: {}}
	for _, side := range []bool{true, false} {
		triggers := did
		if side {
			triggers = would
		}
		for _, g := range triggers {
			k := key{g.Domain, g.Org, string(g.Environment), g.Kind, g.Action, 0}
			counts[side][k]++
			k.n = counts[side][k]
			l := lines[k]
			if l == nil {
				l = &rehearsed{Domain: g.Domain, Org: g.Org, Rule: g.RuleID, Kind: g.Kind, Action: g.Action, Events: g.Events, Failures: g.Failures}
				lines[k] = l
			}
			at := g.OccurredAt
			if side {
				l.Would = &at
			} else {
				l.Did = &at
			}
			if g.Kind == schemas.TriggerFired && side {
				r.Would++
			} else if g.Kind == schemas.TriggerFired {
				r.Did++
			}
		}
	}
	for _, l := range lines {
		r.Lines = append(r.Lines, *l)
	}
	slices.SortFunc(r.Lines, func(a, b rehearsed) int {
		if c := a.at().Compare(b.at()); c != 0 {
			return c
		}
		return strings.Compare(a.Domain+a.Org+string(a.Kind)+string(a.Action), b.Domain+b.Org+string(b.Kind)+string(b.Action))
	})
}

func (r *rehearsal) print() {
	t := newTable(os.Stdout, "domain", "rule", "kind", "action", "failed", "would be at", "was at")
	when := func(at *time.Time) any {
		if at == nil {
			return "-"
		}
		return cell(*at)
	}
	for _, l := range r.Lines {
		t.AppendRow(table.Row{l.Domain, l.Rule, l.Kind, l.Action, failed(l.Failures, l.Events), when(l.Would), when(l.Did)})
	}
	if len(r.Lines) > 0 {
		t.Render()
	}
	fmt.Printf("%d outcomes since %s. Fired by rules %s it would be: %d; fired were: %d.\n", r.Outcomes, cell(r.Since), r.Policy, r.Would, r.Did)
}
