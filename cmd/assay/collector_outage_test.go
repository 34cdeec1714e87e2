package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// BenchmarkOutage kills Kafka under load and starts it again after ASSAY_BENCH_OUTAGE (10s when it isn't set): four clients
// send requests of 100 events, the next when the last is answered, or ASSAY_BENCH_RATE events per second together. Whatever
// got 202 must stand in ClickHouse once. Broker, collector, warehouse and ClickHouse are processes on this machine.
//
//	ASSAY_BENCH_OUTAGE=60s go test ./cmd/assay -run '^$' -bench Outage -benchtime 1x
func BenchmarkOutage(b *testing.B) {
	const clients, perRequest, before = 4, 100, 10 * time.Second
	outage, rate := 10*time.Second, 0.0
	if d, err := time.ParseDuration(os.Getenv("ASSAY_BENCH_OUTAGE")); err == nil {
		outage = d
	}
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_RATE")); err == nil {
		rate = float64(n) / clients / perRequest
	}
	b.Setenv(beAssay, "1")
	for b.Loop() {
		r := collectorRig(b)
		_, url, token, operations := r.startCollector(b)
		counters := func() collectorCounters { return readCounters(b, operations+"/metrics") }

		var offered, accepted, duringOutage atomic.Int64
		var away atomic.Bool
		loading, stopLoad := context.WithCancel(b.Context())
		var load sync.WaitGroup
		for c := range clients {
			load.Go(func() {
				began := time.Now()
				for n := 0; loading.Err() == nil; n++ {
					if rate > 0 {
						time.Sleep(time.Until(began.Add(time.Duration(float64(n) / rate * float64(time.Second))))) // the pace
					}
					body := loadOf(c, n, perRequest)
					for offered.Add(perRequest); b.Context().Err() == nil && !sendLoad(b.Context(), url, token, body); offered.Add(perRequest) {
						time.Sleep(20 * time.Millisecond) // refused: the same again
					}
					accepted.Add(perRequest)
					if away.Load() {
						duringOutage.Add(perRequest)
					}
				}
			})
		}
		began := time.Now()
		time.Sleep(before)
		withKafka := float64(accepted.Load()) / time.Since(began).Seconds()
		away.Store(true)
		r.broker.end(syscall.SIGKILL, outage)
		time.Sleep(outage)
		away.Store(false)
		back := time.Now()
		time.AfterFunc(before, stopLoad)
		var now collectorCounters
		var most float64
		var spoolDrained, took time.Duration
		for spoolDrained == 0 || took == 0 {
			now = counters()
			most = max(most, now.pending)
			if now.pending == 0 && spoolDrained == 0 {
				spoolDrained = time.Since(back)
			}
			if loading.Err() != nil && took == 0 {
				load.Wait()
				took = time.Since(began)
			}
			time.Sleep(20 * time.Millisecond) // between polls
		}
		now = counters()
		rows, ids := r.rowsOfLoad(b, accepted.Load())
		if rows != accepted.Load() || ids != rows {
			b.Errorf("%d events were accepted; ClickHouse has %d rows of %d events", accepted.Load(), rows, ids)
		}
		if most == 0 || now.kept == 0 || now.delivered != now.kept {
			b.Errorf("%v events were kept on the disk and %v delivered from there", now.kept, now.delivered)
		}
		b.ReportMetric(float64(offered.Load())/took.Seconds(), "offered/s")
		b.ReportMetric(withKafka, "accepted/s-with-kafka")
		b.ReportMetric(float64(duringOutage.Load())/outage.Seconds(), "accepted/s-without")
		b.ReportMetric(float64(accepted.Load()), "accepted")
		b.ReportMetric(float64(offered.Load()-accepted.Load()), "refused")
		b.ReportMetric(now.kept, "spooled")
		b.ReportMetric(now.delivered, "delivered")
		b.ReportMetric(most/(1<<20), "spool-MB")
		b.ReportMetric(float64(rows), "rows")
		b.ReportMetric(float64(rows-ids), "duplicates")
		b.ReportMetric(spoolDrained.Seconds(), "spool-drain-s")
		b.ReportMetric(time.Since(back).Seconds(), "rows-drain-s")
	}
}

// collectorCounters are what a collector says of its spool: events, and bytes.
type collectorCounters struct{ kept, delivered, pending float64 }

func readCounters(b *testing.B, url string) (c collectorCounters) {
	b.Helper()
	var text bytes.Buffer
	if err := get(b.Context(), url, &text); err != nil {
		b.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		b.Fatal(fmt.Errorf("read the collector's metrics: %w", err))
	}
	for _, m := range families["assay_publisher_spooled_events_total"].GetMetric() {
		switch m.GetLabel()[0].GetValue() {
		case "kept":
			c.kept = m.GetCounter().GetValue()
		case "published":
			c.delivered = m.GetCounter().GetValue()
		}
	}
	for _, m := range families["assay_spool_pending_bytes"].GetMetric() {
		c.pending = m.GetGauge().GetValue()
	}
	return c
}

func get(ctx context.Context, url string, to io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	_, err = io.Copy(to, response.Body)
	return err
}
