package lag

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestSeriesComeAndGo(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := newMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(when string, want ...string) {
		t.Helper()
		w := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		var got []string
		for line := range strings.Lines(w.Body.String()) {
			if !strings.HasPrefix(line, "#") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant:\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	partition := func(id int, status Status, age Seconds) Partition {
		return Partition{Observation: observed(id, 4, 10), Status: status, Age: age, Drain: never, Left: unknown}
	}
	const (
		committed = `assay_consumer_committed_offset{partition="1",service="s",topic="t"} 4`
		end       = `assay_consumer_end_offset{partition="1",service="s",topic="t"} 10`
		drain     = `assay_consumer_lag_drain_seconds{partition="1",service="s",topic="t"} +Inf`
		records   = `assay_consumer_lag_records{partition="1",service="s",topic="t"} 6`
		age       = `assay_consumer_lag_seconds{partition="1",service="s",topic="t"} 2.5`
		stop      = `assay_consumer_lag_status{partition="1",service="s",status="STOP",topic="t"} 1`
	)
	m.show([]Partition{partition(0, OK, 1), partition(1, OK, 2.5)})
	m.show([]Partition{partition(1, Stop, 2.5)})
	expect("a partition is gone, the other has another status", committed, end, drain, records, age, stop)
	m.show([]Partition{partition(1, Stop, unknown)})
	expect("the age is no longer known", committed, end, drain, records, stop)
	m.show(nil)
	expect("nothing was observed")
}
