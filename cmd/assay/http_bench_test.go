//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/assayhq/assay/sinks/clickhouse"
)

// BenchmarkHTTPWithEverything has clients send events to a collector at a steady rate, in batches of 100, on a machine where
// Kafka, ClickHouse and every service run, too. As in a deployment they are processes of their own, and those that may lag
// give way to the first hop, which must not. It reports what was accepted, how long a client waited for its 202, and
// how long the services took for the rest when the clients had stopped; every accepted event must then be one row.
// ASSAY_BENCH_RATE sets the events per second, 20,000 by default.
//
//	go test ./cmd/assay -run '^$' -bench HTTPWithEverything -benchtime 1x
func BenchmarkHTTPWithEverything(b *testing.B) {
	const clients = 16
	rate := benchRate()
	b.Setenv(beAssay, "1")
	ctx := b.Context()
	r, err := newRig(ctx, filepath.Join(b.TempDir(), "rig"), connection{}, 20*time.Second, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.close(context.WithoutCancel(ctx)) })
	services, err := supervise(r.logs, "services", func() []string {
		return append([]string{"run", "--log-level=warn", "--http=127.0.0.1:0", "--pprof=off"}, connectionFlags(&r.direct)...)
	})
	if err != nil {
		b.Fatal(err)
	}
	defer services.stop(context.WithoutCancel(ctx))
	_, url, token, _ := r.startCollector(b)
	topo, err := wholeTopology()
	if err != nil {
		b.Fatal(err)
	}
	yieldTo(b, "run --log-level=warn", "clickhouse-server")
	for b.Loop() {
		began := time.Now()
		var all sync.WaitGroup
		waits := make([][]float64, clients)
		for c := range clients {
			all.Go(func() {
				body := newBatchBody()
				for n := c; !b.Failed(); n += clients {
					due := began.Add(time.Duration(n) * time.Second * batchSize / time.Duration(rate))
					if due.Sub(began) > benchLength {
						return
					}
					time.Sleep(time.Until(due)) // the pace
					sent := time.Now()
					body.number(n)
					if status, text, err := post(ctx, url, token, bytes.NewReader(body.text)); err != nil || status != http.StatusAccepted || bytes.Contains(text, []byte(`"rejected"`)) {
						b.Errorf("%d: %v: %.300s", status, err, text)
						return
					}
					waits[c] = append(waits[c], time.Since(sent).Seconds())
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		if err := awaitDrained(ctx, &r.direct, topo); err != nil {
			b.Fatal(err)
		}
		behind := time.Since(began) - took
		seconds := slices.Sorted(slices.Values(slices.Concat(waits...)))
		accepted := len(seconds) * batchSize
		db, err := clickhouse.Open(ctx, r.direct.ClickHouse)
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		got, err := db.Query(ctx, "SELECT sum(n), sum(ids) FROM (SELECT count() AS n, uniqExact(event_id) AS ids FROM code_events UNION ALL SELECT count(), uniqExact(event_id) FROM chat_events)")
		if err != nil {
			b.Fatal(err)
		}
		if want := fmt.Sprint([]any{accepted, accepted}); fmt.Sprint(got.Rows[0]) != want {
			b.Errorf("rows and distinct ids: %v, accepted %s", got.Rows[0], want)
		}
		b.ReportMetric(float64(accepted)/took.Seconds(), "events/s")
		b.ReportMetric(seconds[len(seconds)/2], "p50-s")
		b.ReportMetric(seconds[len(seconds)*99/100], "p99-s")
		b.ReportMetric(behind.Seconds(), "drain-s")
	}
}

// yieldTo gives this process's children whose command line holds one of the words a low priority, with all their threads.
func yieldTo(b *testing.B, words ...string) {
	found := 0
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		children, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, pid := range strings.Fields(string(children)) {
			line, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			if !slices.ContainsFunc(words, func(w string) bool {
				return strings.Contains(string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})), w)
			}) {
				continue
			}
			found++
			threads, _ := filepath.Glob("/proc/" + pid + "/task/*")
			for _, thread := range threads {
				if id, err := strconv.Atoi(filepath.Base(thread)); err == nil {
					_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, 19) // later threads inherit it
				}
			}
		}
	}
	if found != len(words) {
		b.Fatalf("%d processes are to give way, found %d", len(words), found)
	}
}

const (
	batchSize   = 100
	placeholder = "########"
)

// batchBody is a request of batchSize events whose ids can be changed in place: a client that costs nothing.
type batchBody struct {
	text []byte
	at   []int // of the placeholders
}

// newBatchBody has what editors send: of a hundred events 25 suggestions with their code, 25 decisions, 20 survival observations and 30
// messages.
func newBatchBody() *batchBody {
	code := strings.Repeat("total += item.Price\\n", 20)
	var text bytes.Buffer
	now := time.Now().UTC().Format(time.RFC3339)
	for i := range batchSize {
		more := ""
		record := "CodeEvent"
		about := fmt.Sprintf(`,"file_id":"file-%d","session_id":"7f3c-%d","suggestion_id":"s-%s-%d","model":"gpt-4.1","language":"go","feature":"inline_completion"`, i%25, i%5, placeholder, i%25)
		switch kind := i / 5 % 20; {
		case kind < 5:
			more = `"kind":"suggestion_shown","latency_ms":212,"chars":400,"lines":20,"payload":{"code":"` + code + `","prompt":"func total(items []Item) int {"}` + about
		case kind < 7:
			more = `"kind":"suggestion_accepted","decision_ms":900` + about
		case kind < 10:
			more = `"kind":"suggestion_rejected","decision_ms":400` + about
		case kind < 14:
			more = `"kind":"survival_observed","checkpoint_s":600,"survival":0.9,"survival_method":"edit_distance","reported":true` + about
		case kind < 17:
			record = "ChatEvent"
			more = fmt.Sprintf(`"kind":"prompt_sent","conversation_id":"c-%s-%d","payload":{"text":"the total of an empty cart is wrong, why does it panic?"}`, placeholder, i%15)
		default:
			record = "ChatEvent"
			more = fmt.Sprintf(`"kind":"reply_received","conversation_id":"c-%s-%d","model":"gpt-4.1","feature":"chat","payload":{"text":"An empty slice has no first element: return zero before the loop."}`, placeholder, i%15)
		}
		fmt.Fprintf(&text, `{"record":%q,"event_id":"b-%s-%d","occurred_at":%q,"user":"jane@acme.example","repo":"github.com/acme/shop",%s}`+"\n", record, placeholder, i, now, more)
	}
	b := &batchBody{text: text.Bytes()}
	for from := 0; ; {
		i := bytes.Index(b.text[from:], []byte(placeholder))
		if i < 0 {
			return b
		}
		b.at = append(b.at, from+i)
		from += i + len(placeholder)
	}
}

// number gives the events the ids of batch n.
func (b *batchBody) number(n int) {
	digits := fmt.Sprintf("%0*d", len(placeholder), n)
	for _, at := range b.at {
		copy(b.text[at:], digits)
	}
}
