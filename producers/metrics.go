package producers

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what the publisher does, by topic and never by content.
type metrics struct {
	records  *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	retries  *prometheus.CounterVec
	refusals *prometheus.CounterVec
	onDisk   *prometheus.CounterVec
	buffer   prometheus.Gauge
	requests prometheus.Histogram
}

func newMetrics(to prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_publisher_records_total",
			Help: "Accepted records by what became of them: acknowledged by the brokers, or failed."}, []string{"topic", "outcome"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_publisher_acknowledged_bytes_total",
			Help: "Bytes of acknowledged records, before compression."}, []string{"topic"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_publisher_retries_total",
			Help: "Batches sent again after a passing failure."}, []string{"topic"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_publisher_refused_records_total",
			Help: "Records not accepted: invalid or too_large. Their publisher was told."}, []string{"reason"}),
		onDisk: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_publisher_spooled_events_total",
			Help: "Events that went to the disk while the brokers were away: kept, and published later."}, []string{"step"}),
		buffer: prometheus.NewGauge(prometheus.GaugeOpts{Name: "assay_publisher_buffered_bytes",
			Help: "Bytes of records accepted and not yet acknowledged."}),
		requests: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "assay_publisher_request_duration_seconds",
			Help: "Time of produce requests, failed ones included.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 15)}),
	}
	for _, c := range []prometheus.Collector{m.records, m.bytes, m.retries, m.refusals, m.onDisk, m.buffer, m.requests} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register the publisher's metrics (one publisher per registerer): %w", err)
		}
	}
	return m, nil
}

func (m *metrics) refused(reason string)      { m.refusals.WithLabelValues(reason).Inc() }
func (m *metrics) spooled(step string, n int) { m.onDisk.WithLabelValues(step).Add(float64(n)) }
func (m *metrics) buffered(size int)          { m.buffer.Add(float64(size)) }
func (m *metrics) retried(topic string)       { m.retries.WithLabelValues(topic).Inc() }
func (m *metrics) requested(d time.Duration)  { m.requests.Observe(d.Seconds()) }

func (m *metrics) settled(topic string, records, size int, err error) {
	if err != nil {
		m.records.WithLabelValues(topic, "failed").Add(float64(records))
	} else {
		m.records.WithLabelValues(topic, "acknowledged").Add(float64(records))
		m.bytes.WithLabelValues(topic).Add(float64(size))
	}
	m.buffer.Sub(float64(size))
}
