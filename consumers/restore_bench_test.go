package consumers

import (
	"fmt"
	"testing"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// BenchmarkRestart reads what a worker needs before its first record: the ids of 100,000 records of 850 bytes and the
// state of 100,000 keys.
func BenchmarkRestart(b *testing.B) {
	const n = 100_000
	bench := newBench(b, tallyService)
	records := make([]producers.Record, n)
	for i := range records {
		e := prompt(i)
		e.ConversationID, e.Sealed = fmt.Sprintf("conversation-%d", i), make([]byte, 700)
		records[i] = producers.Record{Topic: "assistant.chat", Key: []byte(e.ConversationID), Value: schemas.AppendFrame(nil, bench.ids["ChatEvent"], e)}
	}
	if err := bench.pub.Send(b.Context(), records); err != nil {
		b.Fatal(err)
	}
	bench.untilDrained(tallyService)
	for b.Loop() {
		source, err := partlog.NewReader(bench.config.Cluster, bench.client, "assistant.chat", 0)
		if err != nil {
			b.Fatal(err)
		}
		w := &worker{service: &tallyService, config: &bench.config, place: place{"assistant.chat", 0}, record: schemas.ChatEventRecord, stop: b.Context(), hard: b.Context(),
			source: source, session: session{client: bench.client}, window: newIDWindow(n), metrics: discarded(b), log: bench.config.Logger}
		w.config.Tuning.DedupWindow = n
		if _, err := w.start(position{offset: n}); err != nil {
			b.Fatal(err)
		}
		state := newKeyedState(w)
		if err := state.restore(); err != nil {
			b.Fatal(err)
		}
		if len(state.entries) != n || w.window.next != n {
			b.Fatalf("%d keys, window to %d", len(state.entries), w.window.next)
		}
		source.Close()
	}
}
