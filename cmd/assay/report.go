package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/producers/canary"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

type reportCommand struct {
	dataFolder
	topics
	clickhouseFlags
	JSON bool `name:"json" help:"Print one JSON object."`
}

func (r *reportCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := r.database(ctx, quiet(log), places{kafka: &r.Cluster, registry: &r.Registry, clickhouse: &r.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	topo, err := wholeTopology()
	if err != nil {
		return err
	}
	result, err := makeReport(ctx, &r.topics, db, topo)
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	result.print(os.Stdout)
	return nil
}

// report is what was measured so far.
type report struct {
	EventsIn    int64            `json:"events_in"` // distinct events that clients sent
	Topics      map[string]int64 `json:"topics"`    // distinct events per topic
	Acceptance  acceptance       `json:"acceptance"`
	Findings    int64            `json:"findings"` // weaknesses found in suggestions
	ByRule      map[string]int64 `json:"findings_by_rule"`
	Scans       map[string]int64 `json:"scans"` // suggestions by result of their scan
	Triggers    int64            `json:"triggers"`
	Cleared     int64            `json:"triggers_cleared"`
	TriggerList []triggerLine    `json:"trigger_list"`
	Confusion   messageCounts    `json:"confusion"`
	Survival    []survivalLine   `json:"survival"`
	Verdicts    map[string]int64 `json:"verdicts"` // accepted suggestions by what became of them, or censored
	Gate        map[string]int64 `json:"gate"`     // changes by the gate's last decision
	Examples    map[string]int64 `json:"examples"` // by label
	ToReview    int64            `json:"examples_to_review"`
	Promotions  promotionCounts  `json:"promotions"`
	DeadLetters int64            `json:"dead_letters"` // originals that could not be used
	ByReason    map[string]int64 `json:"dead_letters_by_reason"`
	Lag         int64            `json:"lag"` // records still to be processed
	ByService   map[string]int64 `json:"lag_by_service"`
	Ledger      *ledger          `json:"ledger"`
}

type acceptance struct {
	rates
	ByModel    map[string]rates `json:"by_model"`
	ByLanguage map[string]rates `json:"by_language"`
	ByFeature  map[string]rates `json:"by_feature"`
	ByTask     map[string]rates `json:"by_task"`
}

// rates counts suggestions. Rate is accepted / shown, RateDecided accepted / all decided.
type rates struct {
	Shown             int64   `json:"shown"`
	Accepted          int64   `json:"accepted"`
	PartiallyAccepted int64   `json:"partially_accepted"`
	Rejected          int64   `json:"rejected"`
	Dismissed         int64   `json:"dismissed"`
	Rate              float64 `json:"rate"`
	RateDecided       float64 `json:"rate_decided"`
}

func (r *rates) add(o rates) {
	r.Shown += o.Shown
	r.Accepted += o.Accepted
	r.PartiallyAccepted += o.PartiallyAccepted
	r.Rejected += o.Rejected
	r.Dismissed += o.Dismissed
	if r.Shown > 0 {
		r.Rate = float64(r.Accepted) / float64(r.Shown)
	}
	if decided := r.Accepted + r.PartiallyAccepted + r.Rejected + r.Dismissed; decided > 0 {
		r.RateDecided = float64(r.Accepted) / float64(decided)
	}
}

type triggerLine struct {
	At        string  `json:"at"`
	Kind      string  `json:"kind"`
	Domain    string  `json:"domain"`
	Rule      string  `json:"rule"`
	Rate      float64 `json:"rate"`
	RateLower float64 `json:"rate_lower"`
	SLO       float64 `json:"slo"`
	Events    float64 `json:"events"`
}

var clientTopics = []string{"assistant.code", "assistant.chat", "delivery.changes"}

func makeReport(ctx context.Context, c *topics, db *clickhouse.DB, topo topology.Topology) (*report, error) {
	r := &report{Topics: map[string]int64{}, ByService: map[string]int64{}}
	for _, rec := range schemas.Records() {
		n, err := number(ctx, db, "SELECT uniqExact(event_id) FROM "+clickhouse.Table(rec)+" WHERE source != '"+canary.Source+"'")
		if err != nil {
			return nil, err
		}
		r.Topics[rec.Topic] = n
		if slices.Contains(clientTopics, rec.Topic) {
			r.EventsIn += n
		}
	}
	if err := r.Acceptance.read(ctx, db); err != nil {
		return nil, err
	}
	for _, q := range []struct {
		into  *map[string]int64
		total *int64
		sql   string
	}{
		{&r.ByRule, &r.Findings, "SELECT rule_id, count() FROM findings WHERE kind = 'finding' GROUP BY rule_id"},
		{&r.Scans, nil, "SELECT kind, count() FROM findings WHERE kind != 'finding' GROUP BY kind"},
		{&r.ByReason, &r.DeadLetters, "SELECT kind, uniqExact(letter_id) FROM dead_letters GROUP BY kind"},
	} {
		counts, err := counted(ctx, db, q.sql)
		if err != nil {
			return nil, err
		}
		*q.into = counts
		for _, n := range counts {
			if q.total != nil {
				*q.total += n
			}
		}
	}
	if err := r.readTriggers(ctx, db); err != nil {
		return nil, err
	}
	if err := r.readLoop(ctx, db); err != nil {
		return nil, err
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	for _, s := range topo.Services {
		lags, err := topology.Lag(ctx, client, s.Group(), s.Inputs...)
		if err != nil {
			return nil, err
		}
		for _, l := range lags {
			r.ByService[s.Name] += l.Records
			r.Lag += l.Records
		}
	}
	r.Ledger, err = audit(ctx, c, db, topo)
	return r, err
}

func (a *acceptance) read(ctx context.Context, db *clickhouse.DB) error {
	for _, by := range []struct {
		column string
		into   *map[string]rates
	}{{"model", &a.ByModel}, {"language", &a.ByLanguage}, {"feature", &a.ByFeature}, {"task", &a.ByTask}} {
		result, err := db.Query(ctx, `SELECT `+by.column+`, toInt64(sum(t.shown)), toInt64(sum(t.accepted)), toInt64(sum(t.partially_accepted)),
			toInt64(sum(t.rejected)), toInt64(sum(t.dismissed)) FROM acceptance_hourly AS t GROUP BY `+by.column)
		if err != nil {
			return err
		}
		*by.into = map[string]rates{}
		for _, row := range result.Rows {
			var line rates
			line.add(rates{Shown: row[1].(int64), Accepted: row[2].(int64), PartiallyAccepted: row[3].(int64), Rejected: row[4].(int64), Dismissed: row[5].(int64)})
			if line != (rates{}) {
				(*by.into)[row[0].(string)] = line
			}
		}
	}
	for _, line := range a.ByModel {
		a.add(line)
	}
	return nil
}

func (r *report) readTriggers(ctx context.Context, db *clickhouse.DB) error {
	result, err := db.Query(ctx, `SELECT toString(occurred_at), kind, domain, rule_id, rate, rate_lower, slo, events FROM retrain_triggers ORDER BY occurred_at, event_id`)
	if err != nil {
		return err
	}
	r.TriggerList = []triggerLine{}
	for _, row := range result.Rows {
		t := triggerLine{At: row[0].(string), Kind: row[1].(string), Domain: row[2].(string), Rule: row[3].(string),
			Rate: row[4].(float64), RateLower: row[5].(float64), SLO: row[6].(float64), Events: row[7].(float64)}
		if t.Kind == string(schemas.TriggerFired) {
			r.Triggers++
		} else {
			r.Cleared++
		}
		r.TriggerList = append(r.TriggerList, t)
	}
	return nil
}

// number runs a query whose answer is one number.
func number(ctx context.Context, db *clickhouse.DB, sql string) (int64, error) {
	result, err := db.Query(ctx, "SELECT toInt64(("+sql+"))")
	if err != nil {
		return 0, err
	}
	return result.Rows[0][0].(int64), nil
}

// counted runs a query whose rows are a name and a number.
func counted(ctx context.Context, db *clickhouse.DB, sql string) (map[string]int64, error) {
	result, err := db.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, row := range result.Rows {
		out[row[0].(string)] = int64(row[1].(uint64))
	}
	return out, nil
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "%d events from clients.\n", r.EventsIn)
	topics := newTable(w, "topic", "events")
	for _, rec := range schemas.Records() {
		topics.AppendRow(table.Row{rec.Topic, r.Topics[rec.Topic]})
	}
	topics.Render()
	if r.Acceptance.Shown > 0 {
		t := newTable(w, "acceptance by", "", "shown", "accepted", "rejected", "rate")
		line := func(by, name string, x rates) {
			t.AppendRow(table.Row{by, name, x.Shown, x.Accepted, x.Rejected, fmt.Sprintf("%.4f", x.Rate)})
		}
		for _, group := range []struct {
			by    string
			lines map[string]rates
		}{{"model", r.Acceptance.ByModel}, {"feature", r.Acceptance.ByFeature}, {"language", r.Acceptance.ByLanguage}, {"task", r.Acceptance.ByTask}} {
			for _, name := range sorted(group.lines) {
				if name != "" {
					line(group.by, name, group.lines[name])
				}
			}
			t.AppendSeparator()
		}
		line("all", "", r.Acceptance.rates)
		t.Render()
	}
	printCounts(w, "finding", r.ByRule)
	r.printLoop(w)
	printCounts(w, "dead letters", r.ByReason)
	if len(r.TriggerList) > 0 {
		t := newTable(w, "trigger", "at", "domain", "rule", "rate", "lower bound", "allowed", "of")
		for _, x := range r.TriggerList {
			t.AppendRow(table.Row{x.Kind, x.At, x.Domain, x.Rule, fmt.Sprintf("%.3f", x.Rate), fmt.Sprintf("%.3f", x.RateLower), x.SLO, x.Events})
		}
		t.Render()
	}
	fmt.Fprintf(w, "Lag: %d records. Ledger: %s\n", r.Lag, r.Ledger.verdict())
}

func printCounts(w io.Writer, what string, counts map[string]int64) {
	if len(counts) == 0 {
		return
	}
	t := newTable(w, what, "count")
	for _, name := range sorted(counts) {
		t.AppendRow(table.Row{name, counts[name]})
	}
	t.Render()
}
