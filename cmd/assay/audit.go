package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/topology"
)

type auditCommand struct {
	dataFolder
	topics
	clickhouseFlags
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Help is what --help adds.
func (*auditCommand) Help() string {
	return `Reads every topic from its beginning and compares it with ClickHouse, not trusting what the services say of themselves:
per partition, records = inserted + filtered + repeats + dead letters, the multiset of event ids equals the table's, and every
aggregate adds up to its table. What retention has deleted from the log can't be compared and is left out.`
}

func (a *auditCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := a.database(ctx, quiet(log), places{kafka: &a.Cluster, registry: &a.Registry, clickhouse: &a.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	topo, err := wholeTopology()
	if err != nil {
		return err
	}
	l, err := audit(ctx, &a.topics, db, topo)
	if err != nil {
		return err
	}
	if a.JSON {
		err = json.NewEncoder(os.Stdout).Encode(l)
	} else {
		l.print(os.Stdout)
	}
	if err == nil && !l.Balanced {
		err = errSaid
	}
	return err
}

// ledger says where every record of the log went.
type ledger struct {
	Balanced   bool                    `json:"balanced"`
	Topics     map[string]*account     `json:"topics"`
	Aggregates []clickhouse.Comparison `json:"aggregates"`
	Problems   []string                `json:"problems"`
}

// account is one topic's part of the ledger, for the warehouse.
type account struct {
	Records     int64 `json:"records"`  // in the log
	Pending     int64 `json:"pending"`  // not committed yet
	Inserted    int64 `json:"inserted"` // rows of those offsets
	Distinct    int64 `json:"distinct"` // ids among the rows
	Filtered    int64 `json:"filtered"`
	Repeats     int64 `json:"repeats"`
	DeadLetters int64 `json:"dead_letters"`
}

func (a *account) add(b account) {
	a.Records += b.Records
	a.Pending += b.Pending
	a.Inserted += b.Inserted
	a.Filtered += b.Filtered
	a.Repeats += b.Repeats
	a.DeadLetters += b.DeadLetters
}

func audit(ctx context.Context, c *topics, db *clickhouse.DB, topo topology.Topology) (*ledger, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	registry, err := c.Registry.Client()
	if err != nil {
		return nil, err
	}
	warehouse := topo.Services[slices.IndexFunc(topo.Services, func(s topology.Service) bool { return s.Shape == topology.Drain })]
	lags, err := topology.Lag(ctx, client, warehouse.Group(), warehouse.Inputs...)
	if err != nil {
		return nil, err
	}
	l := &ledger{Topics: map[string]*account{}, Problems: []string{}}
	decoder := schemas.NewDecoder(registry)
	var total int64
	for _, lag := range lags {
		total += lag.End - lag.Start
	}
	bar := newBar(total, "auditing")
	defer bar.Finish()
	for _, lag := range lags {
		stored, err := readTable(ctx, db, warehouse.Name, lag)
		if err != nil {
			return nil, err
		}
		found, err := readLog(ctx, c.Cluster, client, decoder, warehouse.Name, lag, stored.refused, func(n int) { _ = bar.Add(n) })
		if err != nil {
			return nil, err
		}
		if l.Topics[lag.Topic] == nil {
			l.Topics[lag.Topic] = &account{}
		}
		l.Topics[lag.Topic].add(l.compare(lag, found, stored))
	}
	for topic, a := range l.Topics {
		table := clickhouse.Table(schemas.ByTopic(topic))
		if a.Distinct, err = number(ctx, db, "SELECT uniqExact(event_id) FROM "+table); err != nil {
			return nil, err
		}
		rows, err := number(ctx, db, "SELECT count() FROM "+table)
		if err != nil {
			return nil, err
		}
		if rows != a.Distinct {
			l.problem("%s has %d rows but %d event ids", table, rows, a.Distinct)
		}
	}
	if l.Aggregates, err = db.CompareAggregates(ctx); err != nil {
		return nil, err
	}
	for _, a := range l.Aggregates {
		if !a.Equal {
			l.problem("%s adds up to %s, its table to %s", a.Aggregate, a.Got, a.Want)
		}
	}
	l.Balanced = len(l.Problems) == 0
	return l, nil
}

func (l *ledger) problem(format string, args ...any) {
	l.Problems = append(l.Problems, fmt.Sprintf(format, args...))
}

// compare settles one partition.
func (l *ledger) compare(lag topology.PartitionLag, found logContents, stored tableContents) account {
	at := fmt.Sprintf("%s/%d", lag.Topic, lag.Partition)
	a := account{Records: found.records, Inserted: stored.rows, Filtered: found.filtered, Repeats: found.repeats, DeadLetters: stored.letters, Pending: found.pending}
	if a.Records != a.Inserted+a.Filtered+a.Repeats+a.DeadLetters+a.Pending {
		l.problem("%s: %d records, but %d inserted + %d filtered + %d repeats + %d dead letters + %d pending", at, a.Records, a.Inserted, a.Filtered, a.Repeats, a.DeadLetters, a.Pending)
	}
	if found.ids != stored.ids {
		l.problem("%s: the event ids of the log and of its table differ (%d and %d of them)", at, found.ids.n, stored.ids.n)
	}
	return a
}

func (l *ledger) verdict() string {
	if l.Balanced {
		return "balanced, every record is accounted for."
	}
	return fmt.Sprintf("NOT balanced, %d problems; see assay audit.", len(l.Problems))
}

func (l *ledger) print(w *os.File) {
	t := newTable(w, "topic", "records", "inserted", "filtered", "repeats", "dead letters", "pending", "distinct ids")
	for _, topic := range sorted(l.Topics) {
		a := l.Topics[topic]
		t.AppendRow([]any{topic, a.Records, a.Inserted, a.Filtered, a.Repeats, a.DeadLetters, a.Pending, a.Distinct})
	}
	t.Render()
	g := newTable(w, "aggregate", "its table says", "it says")
	for _, c := range l.Aggregates {
		g.AppendRow([]any{c.Aggregate, c.Want, c.Got})
	}
	g.Render()
	for _, p := range l.Problems {
		fmt.Fprintln(w, p)
	}
	fmt.Fprintln(w, l.verdict())
}
