package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkHTTPWithEverything has clients send events to the collector at a steady rate, in batches of 100, with every service at
// work on this machine, and reports what was accepted, how long a client waited for its 202 and how long the services took
// for the rest when the clients had stopped. ASSAY_BENCH_RATE sets the events per second, 20,000 by default.
//
//	go test ./cmd/assay -run '^$' -bench HTTPWithEverything -benchtime 1x
func BenchmarkHTTPWithEverything(b *testing.B) {
	const clients = 16
	rate := benchRate()
	e := startEverything(b, collectorOptions{ListenHTTP: "127.0.0.1:0", ListenGRPC: "127.0.0.1:0", SpoolMB: 4096, TokenLimit: 1e6})
	url := "http://" + e.fleet.clients.http.Addr().String() + "/v1/events"
	for b.Loop() {
		began := time.Now()
		var all sync.WaitGroup
		waits := make([][]float64, clients)
		for c := range clients {
			all.Go(func() {
				body := newBatchBody()
				for n := c; ; n += clients {
					due := began.Add(time.Duration(n) * time.Second * batchSize / time.Duration(rate))
					if due.Sub(began) > benchLength || b.Failed() {
						return
					}
					time.Sleep(time.Until(due)) // the pace
					sent := time.Now()
					body.number(n)
					if status, text := post(b, url, body.text); status != http.StatusAccepted || bytes.Contains(text, []byte(`"rejected"`)) {
						b.Errorf("%d: %.300s", status, text)
						return
					}
					waits[c] = append(waits[c], time.Since(sent).Seconds())
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		behind := e.drain(b)
		seconds := slices.Sorted(slices.Values(slices.Concat(waits...)))
		accepted := len(seconds) * batchSize
		got, err := e.fleet.db.Query(b.Context(), "SELECT (SELECT uniqExact(event_id) FROM code_events) + (SELECT uniqExact(event_id) FROM chat_events), (SELECT count() FROM code_events) + (SELECT count() FROM chat_events)")
		if err != nil {
			b.Fatal(err)
		}
		if want := fmt.Sprint([]any{accepted, accepted}); fmt.Sprint(got.Rows[0]) != want {
			b.Errorf("distinct events and rows: %v, accepted %s", got.Rows[0], want)
		}
		e.end(b)
		b.ReportMetric(float64(accepted)/took.Seconds(), "events/s")
		b.ReportMetric(seconds[len(seconds)/2], "p50-s")
		b.ReportMetric(seconds[len(seconds)*99/100], "p99-s")
		b.ReportMetric(behind.Seconds(), "drain-s")
	}
}

func post(b *testing.B, url string, body []byte) (status int, text []byte) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return 0, nil
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Error(err)
		return 0, nil
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		b.Error(err)
	}
	return response.StatusCode, text
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
