package clickhouse

import (
	"context"
	"fmt"
)

// Comparison holds one aggregate against its table.
type Comparison struct {
	Aggregate string `json:"aggregate"`
	Want      string `json:"want"` // what the table's rows add up to
	Got       string `json:"got"`  // what the aggregate adds up to
	Equal     bool   `json:"equal"`
}

// comparisons name for every aggregate table what it must add up to, per group of rows that it keeps apart. Every
// aggregate counts all rows of its table that it is about, so that a lost or repeated block shows.
var comparisons = []struct{ aggregate, want, got string }{
	{"acceptance_hourly",
		`SELECT toString((count(), countIf(kind = 'suggestion_shown'), countIf(kind = 'suggestion_accepted'), countIf(kind = 'suggestion_rejected'))) FROM code_events`,
		`SELECT toString((sum(events), sum(shown), sum(accepted) + sum(accepted_automatically), sum(rejected))) FROM acceptance_hourly`},
	{"acceptance_sessions",
		`SELECT toString((count(), countIf(kind = 'suggestion_shown'), countIf(kind = 'suggestion_accepted'), countIf(kind = 'suggestion_rejected'))) FROM code_events`,
		`SELECT toString((sum(events), sum(shown), sum(accepted) + sum(accepted_automatically), sum(rejected))) FROM acceptance_sessions`},
	{"survival_reported_daily",
		`SELECT toString((count(), countIf(survival >= 0.5))) FROM code_events WHERE kind = 'survival_observed' AND reported AND survival IS NOT NULL AND checkpoint_s IS NOT NULL`,
		`SELECT toString((sum(n), sum(kept))) FROM survival_reported_daily`},
	{"findings_daily",
		`SELECT toString((count(), countIf(kind = 'finding'))) FROM findings`,
		`SELECT toString((sum(events), sumIf(events, kind = 'finding'))) FROM findings_daily`},
	{"outcomes_daily",
		`SELECT toString((count(), countIf(kind = 'failure'), countIf(supersedes != ''), countIf(score IS NOT NULL))) FROM outcomes`,
		`SELECT toString((sum(outcomes), sum(failures), sum(corrections), sum(scored))) FROM outcomes_daily`},
}

// CompareAggregates adds up every aggregate and its table. Both queries of a pair see the same rows only while nothing
// is being inserted.
func (db *DB) CompareAggregates(ctx context.Context) ([]Comparison, error) {
	var out []Comparison
	for _, c := range comparisons {
		answers := [2]string{}
		for i, sql := range []string{c.want, c.got} {
			result, err := db.Query(ctx, sql)
			if err != nil {
				return nil, fmt.Errorf("add up %s: %w", c.aggregate, err)
			}
			answers[i] = result.Rows[0][0].(string)
		}
		out = append(out, Comparison{Aggregate: c.aggregate, Want: answers[0], Got: answers[1], Equal: answers[0] == answers[1]})
	}
	return out, nil
}
