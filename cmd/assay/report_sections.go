package main

import (
	"context"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/sinks/clickhouse"
)

// messageCounts counts messages. Rate is confused / decided; what was too close to call or could not be read is in neither.
type messageCounts struct {
	Decided   int64            `json:"decided"`
	Confused  int64            `json:"confused"`
	Abstained int64            `json:"abstained"`
	NotTagged int64            `json:"not_tagged"`
	Rate      float64          `json:"rate"`
	ByReason  map[string]int64 `json:"by_reason"` // a message with two reasons counts for both
}

// survivalLine is how much of accepted suggestions is still there at an age, by one method.
type survivalLine struct {
	Method     string  `json:"method"`
	Reported   bool    `json:"reported"` // a client measured it, not Assay
	Checkpoint int64   `json:"checkpoint_s"`
	N          int64   `json:"n"`
	Mean       float64 `json:"mean_survival"` // 0 nothing to 1 all
}

// promotionCounts counts runs of evaluations by where they stand, and decisions by kind.
type promotionCounts struct {
	Runs      map[string]int64 `json:"runs"`
	Decisions map[string]int64 `json:"decisions"`
}

func (c *messageCounts) read(ctx context.Context, db *clickhouse.DB) error {
	kinds, err := counted(ctx, db, "SELECT kind, count() FROM confusion_current GROUP BY kind")
	if err != nil {
		return err
	}
	c.Confused, c.Abstained, c.NotTagged = kinds["confused"], kinds["abstained"], kinds["not_tagged"]
	if c.Decided = c.Confused + kinds["not_confused"]; c.Decided > 0 {
		c.Rate = float64(c.Confused) / float64(c.Decided)
	}
	c.ByReason, err = counted(ctx, db, "SELECT why, sum(r.messages) FROM confusion_reasons_daily AS r GROUP BY why")
	return err
}

func (r *report) readSurvival(ctx context.Context, db *clickhouse.DB) error {
	result, err := db.Query(ctx, `SELECT method, reported, toInt64(checkpoint_s), toInt64(sum(t.n)), sum(t.survival_sum) / sum(t.n)
		FROM rework_survival_daily AS t GROUP BY method, reported, checkpoint_s ORDER BY method, reported, checkpoint_s`)
	if err != nil {
		return err
	}
	r.Survival = []survivalLine{}
	for _, row := range result.Rows {
		r.Survival = append(r.Survival, survivalLine{
			Method: row[0].(string), Reported: row[1].(bool), Checkpoint: row[2].(int64), N: row[3].(int64), Mean: row[4].(float64)})
	}
	return nil
}

// readLoop reads what came of the measurements: verdicts, decisions, examples and promotions.
func (r *report) readLoop(ctx context.Context, db *clickhouse.DB) (err error) {
	if err := r.Confusion.read(ctx, db); err != nil {
		return err
	}
	if err := r.readSurvival(ctx, db); err != nil {
		return err
	}
	for into, sql := range map[*map[string]int64]string{
		&r.Verdicts:             "SELECT if(kind = 'final', verdict, kind), sum(t.suggestions) FROM rework_final_daily AS t GROUP BY 1",
		&r.Gate:                 "SELECT decision, count() FROM gate_current GROUP BY decision",
		&r.Examples:             "SELECT label, count() FROM examples_current GROUP BY label",
		&r.Promotions.Runs:      "SELECT status, count() FROM evaluation_runs GROUP BY status",
		&r.Promotions.Decisions: "SELECT kind, uniqExact(event_id) FROM promotion_decisions GROUP BY kind",
	} {
		if *into, err = counted(ctx, db, sql); err != nil {
			return err
		}
	}
	r.ToReview, err = number(ctx, db, "SELECT count() FROM examples_to_review")
	return err
}

func (r *report) printLoop(w io.Writer) {
	if c := r.Confusion; c.Decided+c.Abstained+c.NotTagged > 0 {
		fmt.Fprintf(w, "%d of %d messages show confusion (%.4f); %d were too close to call, %d could not be read.\n", c.Confused, c.Decided, c.Rate, c.Abstained, c.NotTagged)
		printCounts(w, "confused about", c.ByReason)
	}
	if len(r.Survival) > 0 {
		t := newTable(w, "survival by", "", "after s", "suggestions", "mean")
		for _, x := range r.Survival {
			by := "measured"
			if x.Reported {
				by = "reported"
			}
			t.AppendRow(table.Row{x.Method, by, x.Checkpoint, x.N, fmt.Sprintf("%.4f", x.Mean)})
		}
		t.Render()
	}
	printCounts(w, "accepted code", r.Verdicts)
	printCounts(w, "change", r.Gate)
	printCounts(w, "evaluation", r.Promotions.Runs)
	printCounts(w, "promotion", r.Promotions.Decisions)
	printCounts(w, "example", r.Examples)
	if r.ToReview > 0 {
		fmt.Fprintf(w, "%d examples are to be reviewed: assay examples review list.\n", r.ToReview)
	}
}
