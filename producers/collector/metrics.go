package collector

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/privacy/redact"
)

// metrics counts what the collector does, by route and never by content.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	items    *prometheus.CounterVec
	privacy  *prometheus.CounterVec
}

func newMetrics(to prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_collector_requests_total",
			Help: "Requests of clients, by HTTP status; those over gRPC by the status of the same request over HTTP."}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "assay_collector_request_duration_seconds",
			Help: "Time of requests, until everything of them is stored.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 15)}, []string{"route"}),
		items: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_collector_items_total",
			Help: "Items of requests by what became of them: accepted, rejected (the client was told), dead (to the dead letters), ignored (no facts)."}, []string{"route", "outcome"}),
		privacy: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_collector_protected_values_total",
			Help: "What was protected, by version of the rules: token (people, repositories, paths), hidden (ids and names that look like none, as tokens), redacted (parts of texts), sealed (payloads); underived counts events without room for what is derived from their code."}, []string{"action", "rules"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.items, m.privacy} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register the collector's metrics (one collector per registerer): %w", err)
		}
	}
	return m, nil
}

func (m *metrics) requested(route string, status int, d time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(d.Seconds())
}

func (m *metrics) settled(route string, o intake.Outcome) {
	dead := 0
	for _, r := range o.Rejected {
		if r.Dead {
			dead++
		}
	}
	for outcome, n := range map[string]int{"accepted": len(o.Accepted), "rejected": len(o.Rejected) - dead, "dead": dead, "ignored": o.Ignored} {
		if n > 0 {
			m.items.WithLabelValues(route, outcome).Add(float64(n))
		}
	}
}

func (m *metrics) protected(h hidden, sealed bool) {
	add := func(action string, n int) {
		if n > 0 {
			m.privacy.WithLabelValues(action, redact.Version).Add(float64(n))
		}
	}
	add("token", h.tokens)
	add("hidden", h.hidden)
	add("redacted", h.redacted)
	add("underived", h.underived)
	if sealed {
		add("sealed", 1)
	}
}
