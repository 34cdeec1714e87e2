package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

type dlqCommand struct {
	List   dlqListCommand   `cmd:"" help:"List dead letters."`
	Replay dlqReplayCommand `cmd:"" help:"Publish the originals of dead letters again, each once however often this runs."`
}

// letterFilter selects dead letters.
type letterFilter struct {
	Letter  []string `placeholder:"ID" help:"Only these letters."`
	Reason  string   `enum:",${dead_letter_reasons}" default:"" placeholder:"REASON" help:"Only this reason: ${dead_letter_reasons}."`
	Service string   `help:"Only those of this service."`
	Topic   string   `help:"Only those from this topic."`
}

type letterLine struct {
	ID        string `json:"letter_id"`
	At        string `json:"at"`
	Reason    string `json:"reason"`
	Service   string `json:"service"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Bytes     int64  `json:"bytes"`
	Detail    string `json:"detail"`
}

func (f letterFilter) list(ctx context.Context, db *clickhouse.DB) ([]letterLine, error) {
	result, err := db.Query(ctx, `SELECT letter_id, toString(min(occurred_at)), any(kind), any(service), any(origin_topic), any(origin_partition), any(origin_offset),
			any(original_bytes), any(detail)
		FROM dead_letters
		WHERE (empty({letters:Array(String)}) OR letter_id IN {letters:Array(String)}) AND ({reason:String} = '' OR kind = {reason:String})
			AND ({service:String} = '' OR service = {service:String}) AND ({topic:String} = '' OR origin_topic = {topic:String})
		GROUP BY letter_id ORDER BY min(occurred_at), letter_id`, f.parameters()...)
	if err != nil {
		return nil, err
	}
	lines := []letterLine{}
	for _, r := range result.Rows {
		lines = append(lines, letterLine{r[0].(string), r[1].(string), r[2].(string), r[3].(string), r[4].(string), r[5].(int32), r[6].(int64), r[7].(int64), r[8].(string)})
	}
	if len(lines) == 0 && len(f.Letter) > 0 {
		return nil, errors.New("there are no such dead letters: `assay dlq list` shows those that there are")
	}
	return lines, nil
}

func (f letterFilter) parameters() []any {
	letters := f.Letter
	if letters == nil {
		letters = []string{}
	}
	return clickhouse.Parameters(map[string]any{"letters": letters, "reason": f.Reason, "service": f.Service, "topic": f.Topic})
}

type dlqListCommand struct {
	letterFilter
	dataFolder
	clickhouseFlags
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

func (d *dlqListCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := d.database(ctx, quiet(log), places{clickhouse: &d.ClickHouse})
	if err != nil {
		return err
	}
	defer release()
	lines, err := d.list(ctx, db)
	if err != nil {
		return err
	}
	if d.JSON {
		return json.NewEncoder(os.Stdout).Encode(lines)
	}
	t := newTable(os.Stdout, "letter", "at", "reason", "refused by", "from", "bytes", "detail")
	for _, l := range lines {
		t.AppendRow(table.Row{l.ID, l.At, l.Reason, l.Service, fmt.Sprintf("%s/%d@%d", l.Topic, l.Partition, l.Offset), l.Bytes, l.Detail})
	}
	if len(lines) > 0 {
		t.Render()
	}
	fmt.Printf("%d dead letters\n", len(lines))
	return nil
}

type dlqReplayCommand struct {
	letterFilter
	connection
	DryRun bool `help:"Only say what would be published."`
	JSON   bool `name:"json" help:"Print the result as JSON."`
}

// replayed is what a replay came to.
type replayed struct {
	Published int               `json:"published"` // with --dry-run, how many would be
	Skipped   map[string]string `json:"skipped"`   // letter -> why
}

func (d *dlqReplayCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, release, err := d.database(ctx, quiet(log), d.places())
	if err != nil {
		return err
	}
	defer release()
	keys, err := d.keys()
	if err != nil {
		return err
	}
	lines, err := d.list(ctx, db)
	if err != nil {
		return err
	}
	p, _, err := d.publisher(log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	result := replayed{Skipped: map[string]string{}}
	for _, l := range lines {
		if l.Partition < 0 {
			result.Skipped[l.ID] = "it is a line of a recording: mend the file and replay that"
			continue
		}
		parts, err := letterParts(ctx, db, l.ID)
		if err != nil {
			return err
		}
		original, err := deadletter.Unwrap(keys, parts)
		if errors.As(err, new(*privacy.KMSError)) { // not the letter's fault
			return err
		}
		if err != nil {
			result.Skipped[l.ID] = err.Error()
			continue
		}
		if !d.DryRun {
			if err := p.Send(ctx, []producers.Record{replayRecord(l, original)}); errors.Is(err, producers.ErrTooLarge) {
				result.Skipped[l.ID] = err.Error()
				continue
			} else if err != nil {
				return err
			}
		}
		result.Published++
	}
	if err := p.Close(ctx); err != nil {
		return err
	}
	if d.JSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	published := "published"
	if d.DryRun {
		published = "to be published"
	}
	fmt.Printf("%d originals %s, %d skipped\n", result.Published, published, len(result.Skipped))
	for _, id := range sorted(result.Skipped) {
		fmt.Printf("%s: %s\n", id, result.Skipped[id])
	}
	return nil
}

// replayRecord is the original with the headers that tell consumers what it is. It goes to its old partition, where the
// record of an earlier replay is found.
func replayRecord(l letterLine, o deadletter.Original) producers.Record {
	r := producers.Record{Topic: l.Topic, Partition: int(l.Partition), Key: o.Key, Value: o.Value}
	for _, h := range o.Headers {
		if h.Key != consumers.HeaderReplay && h.Key != consumers.HeaderReplayFor {
			r.Headers = append(r.Headers, kafka.Header(h))
		}
	}
	r.Headers = append(r.Headers, kafka.Header{Key: consumers.HeaderReplay, Value: []byte(l.ID)})
	if l.Service != "" {
		r.Headers = append(r.Headers, kafka.Header{Key: consumers.HeaderReplayFor, Value: []byte(l.Service)})
	}
	return r
}

func letterParts(ctx context.Context, db *clickhouse.DB, id string) ([]*schemas.DeadLetter, error) {
	result, err := db.Query(ctx, `SELECT event_id, org, letter_id, part, parts, sealed, seal_key_id FROM dead_letters WHERE letter_id = {id:String} ORDER BY part LIMIT 1 BY part`,
		clickhouse.Parameters(map[string]any{"id": id})...)
	if err != nil {
		return nil, err
	}
	var parts []*schemas.DeadLetter
	for _, r := range result.Rows {
		parts = append(parts, &schemas.DeadLetter{Envelope: schemas.Envelope{EventID: r[0].(string), Org: r[1].(string)}, LetterID: r[2].(string),
			Part: r[3].(int32), Parts: r[4].(int32), Sealed: []byte(r[5].(string)), SealKeyID: r[6].(string)})
	}
	return parts, nil
}
