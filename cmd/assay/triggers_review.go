package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/sinks/clickhouse"
)

// A review by default.
const (
	reviewPeriod = 7 * 24 * time.Hour
	reviewFDR    = 0.1
)

// triggerReview is a period's episodes, judged together by view retrain_triggers_fdr, largest e-value first.
type triggerReview struct {
	Since    time.Time  `json:"since"`
	Until    time.Time  `json:"until"`
	FDR      float64    `json:"fdr"`     // false discovery rate of those that stand
	Domains  uint64     `json:"domains"` // that were live in the period: the hypotheses
	Episodes int        `json:"open_episodes"`
	Stand    int        `json:"stand"`
	Lines    []reviewed `json:"episodes"`
}

// reviewed is an episode by what came in the period after its first trigger.
type reviewed struct {
	ID           string    `json:"trigger"`
	Episode      string    `json:"episode_id"`
	Fired        time.Time `json:"fired_at"`
	Org          string    `json:"org"`
	Environment  string    `json:"environment"`
	Domain       string    `json:"domain"`
	Rule         string    `json:"rule_id"`
	SLO          float64   `json:"slo"`
	DesignEffect float64   `json:"design_effect"`
	Nth          uint64    `json:"nth"` // of the domain's episodes in the period; the e-value is over two to this power
	Events       float64   `json:"events"`
	Failures     float64   `json:"failures"`
	EValue       float64   `json:"e_value"`
	Needs        float64   `json:"needs"` // e-value from which it stands, beside those that do
	StandsFrom   float64   `json:"stands_from"`
	Stands       bool      `json:"stands"`
}

// reviewTriggers judges the episodes of the given time up to the newest outcome.
func reviewTriggers(ctx context.Context, db *clickhouse.DB, fdr float64, last time.Duration) (*triggerReview, error) {
	newest, err := newestOutcome(ctx, db)
	if err != nil {
		return nil, err
	}
	r := &triggerReview{Since: newest.Add(-last), Until: newest.Add(time.Millisecond), FDR: fdr, Lines: []reviewed{}}
	result, err := db.Query(ctx, `SELECT event_id, episode_id, fired_at, org, environment, domain, rule_id, slo, design_effect, nth, events, failures, e_value, fdr, domains
		FROM retrain_triggers_fdr(since = {since:DateTime64(3)}, until = {until:DateTime64(3)})`,
		clickhouse.Parameters(map[string]any{"since": r.Since, "until": r.Until})...)
	if err != nil {
		return nil, err
	}
	for _, row := range result.Rows {
		l := reviewed{
			ID: row[0].(string), Episode: row[1].(string), Fired: row[2].(time.Time), Org: row[3].(string), Environment: row[4].(string), Domain: row[5].(string),
			Rule: row[6].(string), SLO: row[7].(float64), DesignEffect: row[8].(float64), Nth: row[9].(uint64), Events: row[10].(float64), Failures: row[11].(float64),
			EValue: row[12].(float64), StandsFrom: row[13].(float64),
		}
		r.Domains = row[14].(uint64)
		if l.Stands = l.StandsFrom <= fdr; l.Stands {
			r.Stand++
		}
		r.Lines = append(r.Lines, l)
	}
	r.Episodes = len(r.Lines)
	for i := range r.Lines {
		l := &r.Lines[i]
		with := r.Stand
		if !l.Stands {
			with++
		}
		l.Needs = float64(r.Domains) / (fdr * float64(with))
	}
	return r, nil
}

// episode returns the line of an episode; nil: it isn't among those of the period.
func (r *triggerReview) episode(id string) *reviewed {
	for i := range r.Lines {
		if r.Lines[i].Episode == id {
			return &r.Lines[i]
		}
	}
	return nil
}

func (r *triggerReview) print() {
	t := newTable(os.Stdout, "stands", "trigger", "fired at", "domain", "rule", "failed since", "slo", "e-value", "needs", "stands from")
	for _, l := range r.Lines {
		t.AppendRow(table.Row{yes(l.Stands), l.ID, cell(l.Fired), l.Domain, l.Rule, failed(l.Failures, l.Events), fmt.Sprintf("%.1f %%", 100*l.SLO),
			fmt.Sprintf("%.4g", l.EValue), fmt.Sprintf("%.4g", l.Needs), l.from()})
	}
	if r.Episodes == 0 {
		fmt.Printf("No episode was open from %s to %s.\n", cell(r.Since), cell(r.Until))
		return
	}
	if len(r.Lines) > 0 {
		t.Render()
	}
	fmt.Printf("%d of %d episodes stand at a false discovery rate of %g %%, of %d domains from %s to %s.\n",
		r.Stand, r.Episodes, 100*r.FDR, r.Domains, cell(r.Since), cell(r.Until))
}

// from is the lowest false discovery rate at which it stands.
func (l *reviewed) from() string {
	switch {
	case l.StandsFrom >= 1:
		return "-"
	case l.StandsFrom < 1e-4:
		return "< 0.01 %"
	}
	return fmt.Sprintf("%.2g %%", 100*l.StandsFrom)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// sentence says of one episode of the review whether it stands, and why.
func (r *triggerReview) sentence(l *reviewed) string {
	verdict := "does not stand"
	if l.Stands {
		verdict = "stands"
	}
	return fmt.Sprintf("Among the %d domains since %s it %s at a false discovery rate of %g %%: e-value %.4g of what came after it (failed: %s), %.4g is needed, %d stand.",
		r.Domains, cell(r.Since), verdict, 100*r.FDR, l.EValue, failed(l.Failures, l.Events), l.Needs, r.Stand)
}
