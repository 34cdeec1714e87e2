//go:build unix

package collector

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkHTTP sends batches of 100 events of a kilobyte with code, people and paths, over HTTP to a real broker: everything
// that stands between a client and its 202.
func BenchmarkHTTP(b *testing.B) {
	r := startRig(b, settings{})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	const batch = 100
	more := `,"user":"jane@acme.example","repo":"github.com/acme/shop","path":"src/cart/checkout.go","session_id":"7f3c","suggestion_id":"s-1",
		"model":"gpt-4.1","language":"go","feature":"inline_completion","latency_ms":212,"chars":400,"lines":12,
		"payload":{"code":` + fmt.Sprintf("%q", strings.Repeat("total += item.Price\n", 20)) + `,"prompt":"func total(items []Item) int {"}`
	more = strings.ReplaceAll(more, "\n", "")
	b.ReportAllocs()
	b.SetParallelism(4)
	before := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		n := 0
		for pb.Next() {
			n++
			var body strings.Builder
			for i := range batch {
				body.WriteString(shown(fmt.Sprintf("%p-%d-%d", pb, n, i), fmt.Sprint("file-", i), more) + "\n")
			}
			if a := r.post("/v1/events", body.String(), auth, "Content-Type: application/x-ndjson"); a.status != 202 || len(a.Accepted) != batch {
				b.Errorf("%d %.300s", a.status, a.body)
				return
			}
		}
	})
	b.StopTimer()
	used := cpu(b) - before
	b.ReportMetric(used.Seconds()*1e6/float64(b.N*batch), "cpu-µs/event") // of client and broker, too; independent of the machine's other load
	b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "events/s")
}

// cpu is what the process has used.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
