package canary

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/assayhq/assay/schemas"
)

type publish func(context.Context, *schemas.ChatEvent) error

func (p publish) PublishSync(ctx context.Context, events ...schemas.Event) error {
	return p(ctx, events[0].(*schemas.ChatEvent))
}

// TestRun runs canaries for ten minutes of a clock of its own.
func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		publish error
		visible func(since time.Duration) (bool, error) // the time since the event occurred
		want    []string
		logs    bool
	}{
		"visible after 400 ms": {
			visible: func(since time.Duration) (bool, error) { return since >= 400*time.Millisecond, nil },
			want: []string{`assay_canary_events_total{result="visible"} 120`, `assay_canary_visible_seconds_bucket{le="0.3"} 0`,
				`assay_canary_visible_seconds_bucket{le="0.5"} 120`, `assay_canary_waiting_seconds 0`},
		},
		"a database that is away for a while": {
			visible: func(since time.Duration) (bool, error) {
				if since < 20*time.Second {
					return false, errors.New("refused")
				}
				return true, nil
			},
			want: []string{`assay_canary_events_total{result="visible"} 29`, `assay_canary_visible_seconds_bucket{le="10"} 0`,
				`assay_canary_visible_seconds_bucket{le="30"} 29`},
		},
		"never": {
			visible: func(time.Duration) (bool, error) { return false, nil },
			want: []string{`assay_canary_events_total{result="lost"} 1`, `assay_canary_visible_seconds_count 0`,
				`assay_canary_waiting_seconds 299.999`},
			logs: true,
		},
		"not published": {
			publish: errors.New("no broker"),
			want:    []string{`assay_canary_events_total{result="failed"} 120`, `assay_canary_visible_seconds_count 0`},
			logs:    true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ids, keys := map[string]bool{}, map[string]bool{}
				var logged bytes.Buffer
				registry := prometheus.NewRegistry()
				canary, err := New(publish(func(_ context.Context, e *schemas.ChatEvent) error {
					ids[e.EventID], keys[e.Key()] = true, true
					if err := schemas.CheckEnvelope(e.Record(), e.EventID, e.OccurredAt.UnixMilli(), e.Org, time.Now().UnixMilli()); err != nil {
						t.Error(err)
					}
					return test.publish
				}), func(_ context.Context, e *schemas.ChatEvent) (bool, error) {
					return test.visible(time.Since(e.OccurredAt))
				}, slog.New(slog.NewTextHandler(&logged, nil)), registry)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				go canary.Run(ctx, 5*time.Second)
				time.Sleep(10*time.Minute - time.Millisecond)
				synctest.Wait()
				w := httptest.NewRecorder()
				promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
				for _, line := range test.want {
					if !strings.Contains(w.Body.String(), line+"\n") {
						t.Errorf("no line %q in\n%s", line, w.Body)
					}
				}
				if len(ids) > conversations && len(keys) != conversations {
					t.Errorf("%d events have %d keys, want %d", len(ids), len(keys), conversations)
				}
				cancel() // what is waited for then is neither lost nor failed
				synctest.Wait()
				if n := strings.Count(logged.String(), "\n"); (n > 0) != test.logs {
					t.Errorf("%d lines were logged:\n%s", n, &logged)
				}
			})
		})
	}
}
