package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	sim "github.com/assayhq/assay/producers/simulate"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

// BenchmarkVisible publishes simulated telemetry at a steady rate with every service at work on this machine, broker and
// ClickHouse included, and reports how long it takes from publishing to a visible row. ASSAY_BENCH_RATE sets the events
// per second, 20,000 by default.
//
//	go test ./cmd/assay -run '^$' -bench Visible -benchtime 1x
func BenchmarkVisible(b *testing.B) {
	rate := benchRate()
	e := startEverything(b)
	simulated, err := sim.New(sim.Params{Seed: 1, Events: rate * int(benchLength.Seconds()), Start: time.Now().Add(-12 * time.Hour), Rate: 20, Org: "bench", Keys: e.fleet.keys})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		sent := make(map[string]time.Time)
		seen := watchMarkers(e.running, b, e.fleet.db)
		began := time.Now()
		n := 0
		for event, err := range simulated.Events() {
			if err != nil {
				b.Fatal(err)
			}
			if n%(rate/100) == 0 {
				time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate)))) // the pace
				marker := &schemas.ChatEvent{Envelope: schemas.Envelope{EventID: fmt.Sprintf("marker-%d", n), OccurredAt: time.Now(), Source: "marker", Org: "bench"},
					ConversationID: fmt.Sprint(n)}
				sent[marker.EventID] = time.Now()
				if err := e.fleet.publisher.Publish(b.Context(), marker); err != nil {
					b.Fatal(err)
				}
			}
			if err := e.fleet.publisher.Publish(b.Context(), event); err != nil {
				b.Fatal(err)
			}
			n++
		}
		took := time.Since(began)
		behind := e.drain(b)
		e.end(b)
		var latencies []float64
		for id, at := range <-seen {
			latencies = append(latencies, at.Sub(sent[id]).Seconds())
		}
		if len(latencies) < len(sent)*9/10 {
			b.Fatalf("%d of %d markers seen", len(latencies), len(sent))
		}
		slices.Sort(latencies)
		b.ReportMetric(float64(n)/took.Seconds(), "events/s")
		b.ReportMetric(latencies[len(latencies)/2], "p50-s")
		b.ReportMetric(latencies[len(latencies)*99/100], "p99-s")
		b.ReportMetric(behind.Seconds(), "drain-s")
	}
}

// watchMarkers notes when each marker is first visible, until ctx ends.
func watchMarkers(ctx context.Context, b *testing.B, db *clickhouse.DB) <-chan map[string]time.Time {
	out := make(chan map[string]time.Time, 1)
	go func() {
		seen := map[string]time.Time{}
		defer func() { out <- seen }()
		for ctx.Err() == nil {
			result, err := db.Query(ctx, "SELECT event_id FROM chat_events WHERE org = 'bench' AND kind = 'unknown' AND occurred_at > now64(3) - 60")
			if err != nil {
				continue
			}
			now := time.Now()
			for _, row := range result.Rows {
				if _, known := seen[row[0].(string)]; !known {
					seen[row[0].(string)] = now
				}
			}
			time.Sleep(50 * time.Millisecond) // between polls
		}
	}()
	return out
}
