package consumers

import (
	"sync"
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
	"github.com/assayhq/assay/topology/partlog"
)

// chunkOf returns a chunk of prompts at offsets from up to without to.
func (b *bench) chunkOf(from, to int) partlog.Chunk {
	c := partlog.Chunk{Next: int64(to), End: int64(to)}
	for i := from; i < to; i++ {
		value := schemas.AppendFrame(nil, b.ids["ChatEvent"], prompt(i))
		c.Records = append(c.Records, partlog.Record{Offset: int64(i), Time: day.UnixMilli() + int64(i), Value: value})
		c.Bytes += len(value)
	}
	return c
}

// An earlier owner announced [0, 10). What follows it has been fetched already when the range is whole, whether or not a
// fetch ended where the range does.
func TestAnAnnouncedRangeIsRepeatedExactly(t *testing.T) {
	s := newSink(t)
	service := s.service()
	b := newBench(t, service)
	for _, cuts := range [][]int{{0, 10, 20, 30}, {0, 4, 10, 30}, {0, 15, 30}, {0, 30}} {
		for range 20 { // what a select takes first is a matter of luck
			w := &worker{service: &service, config: &b.config, place: place{"assistant.chat", 0}, record: schemas.ByTopic("assistant.chat"),
				window: newIDWindow(1000), metrics: discarded(t), log: b.config.Logger, stop: t.Context(), hard: t.Context(),
				announced: intent{to: 10, version: drainVersion},
				columns:   &sync.Pool{New: func() any { return schemas.ChatEventRecord.NewColumns() }}}
			chunks := make(chan partlog.Chunk, len(cuts))
			for i := range cuts[1:] {
				chunks <- b.chunkOf(cuts[i], cuts[i+1])
			}
			close(chunks)
			drafts, ended := make(chan *draft), make(chan error, 1)
			go func() {
				ended <- w.assemble(0, chunks, drafts, make(chan error, 1))
				close(drafts)
			}()
			next, rows := int64(0), 0
			for d := range drafts {
				if d.batch.From != next || next == 0 && (d.batch.To != 10 || d.batch.Columns.Len() != 10) {
					t.Fatalf("chunks cut at %v: a batch of [%d, %d) with %d rows follows offset %d", cuts, d.batch.From, d.batch.To, d.batch.Columns.Len(), next)
				}
				next, rows = d.batch.To, rows+d.batch.Columns.Len()
			}
			if err := <-ended; err != nil || next != 30 || rows != 30 {
				t.Fatalf("chunks cut at %v: %d rows up to %d, %v", cuts, rows, next, err)
			}
		}
	}
}

// Every partition has an announced range, and the budget holds one of them.
func TestAnnouncedRangesDontWaitForEachOther(t *testing.T) {
	const rounds = 20
	s := newSink(t)
	b := newBench(t, s.service())
	for i := range rounds { // one batch of each partition a round: what one fetch brings
		b.publish(prompts(rounds * 50)[i*50 : (i+1)*50]...)
	}
	announcement := kafka.OffsetCommitRequest{GroupID: s.service().Group(), GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{}}
	lags, err := topology.Lag(t.Context(), b.client, s.service().Group(), "assistant.chat")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lags {
		announcement.Topics[l.Topic] = append(announcement.Topics[l.Topic],
			kafka.OffsetCommit{Partition: l.Partition, Metadata: intent{to: l.End, version: drainVersion}.String()})
	}
	if _, err := b.client.OffsetCommit(t.Context(), &announcement); err != nil {
		t.Fatal(err)
	}
	b.config.Tuning.FetchBytes, b.config.Tuning.BudgetBytes = 1, 32<<10
	b.untilDrained(s.service())
	if rows := s.snapshot(); len(rows) != rounds*50 {
		t.Errorf("%d rows, want %d", len(rows), rounds*50)
	}
}

func TestTheIDOfAnUnreadableRecordStaysFreeOverARestart(t *testing.T) {
	s := newSink(t)
	b := newBench(t, s.service())
	frame := schemas.AppendFrame(nil, b.ids["ChatEvent"], prompt(1))
	b.send("assistant.chat", frame[:len(frame)-3])
	b.untilDrained(s.service())
	if rows := s.snapshot(); len(rows) != 0 {
		t.Fatalf("the truncated record became rows: %v", rows)
	}
	b.send("assistant.chat", frame, frame)
	b.untilDrained(s.service())
	if rows := s.snapshot(); rows[prompt(1).EventID] != 1 {
		t.Errorf("got %v, want the event once", rows)
	}
}
