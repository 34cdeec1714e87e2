package lag

import (
	"errors"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the series of the partitions that were last observed.
type metrics struct {
	records, age, drain, left, status, end, committed *prometheus.GaugeVec
	samples                                           *prometheus.CounterVec
	shown                                             map[place]Status
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		records: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_lag_records",
			Help: "Records that the service has still to read."}, []string{"service", "topic", "partition"}),
		age: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_lag_seconds",
			Help: "Time since the oldest record still to read arrived in the log; 0 when there is none."}, []string{"service", "topic", "partition"}),
		drain: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_lag_drain_seconds",
			Help: "Time until the lag is gone at the present rates; +Inf when it doesn't shrink."}, []string{"service", "topic", "partition"}),
		left: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_lag_until_loss_seconds",
			Help: "Time until retention may delete the oldest record still to read; absent when there is none."}, []string{"service", "topic", "partition"}),
		status: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_lag_status",
			Help: "1 for the status that the partition is in: OK, WARN, STALL, STOP, REWIND."}, []string{"service", "topic", "partition", "status"}),
		end: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_end_offset",
			Help: "Offset of the next record to be written; its rate is that of producing."}, []string{"service", "topic", "partition"}),
		committed: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_committed_offset",
			Help: "Offset that the service reads next; its rate is that of consuming. Absent before the first commit."}, []string{"service", "topic", "partition"}),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_lag_samples_total",
			Help: "Observations of the cluster, by result: ok, failed. After a failed one there are no series of partitions."}, []string{"result"}),
		shown: map[place]Status{},
	}
	err := r.Register(m.samples)
	for _, g := range m.gauges() {
		err = errors.Join(err, r.Register(g))
	}
	return m, errors.Join(err, r.Register(m.status))
}

// gauges are those with the labels service, topic and partition.
func (m *metrics) gauges() []*prometheus.GaugeVec {
	return []*prometheus.GaugeVec{m.records, m.age, m.drain, m.left, m.end, m.committed}
}

// show sets the series of the partitions, and drops those of partitions that are gone.
func (m *metrics) show(partitions []Partition) {
	shown := make(map[place]Status, len(partitions))
	for _, p := range partitions {
		at := p.place()
		shown[at] = p.Status
		if old, ok := m.shown[at]; ok && old != p.Status {
			m.status.DeleteLabelValues(at.labels(string(old))...)
		}
		m.status.WithLabelValues(at.labels(string(p.Status))...).Set(1)
		labels := at.labels()
		m.records.WithLabelValues(labels...).Set(float64(p.Records))
		m.end.WithLabelValues(labels...).Set(float64(p.End))
		set(m.committed, labels, float64(p.Committed), p.Committed >= 0)
		set(m.age, labels, float64(p.Age), p.Age.known())
		set(m.drain, labels, float64(p.Drain), p.Drain.known())
		set(m.left, labels, float64(p.Left), p.Left.known())
	}
	for at, status := range m.shown {
		if _, ok := shown[at]; ok {
			continue
		}
		m.status.DeleteLabelValues(at.labels(string(status))...)
		for _, g := range m.gauges() {
			g.DeleteLabelValues(at.labels()...)
		}
	}
	m.shown = shown
}

func set(g *prometheus.GaugeVec, labels []string, v float64, known bool) {
	if known {
		g.WithLabelValues(labels...).Set(v)
	} else {
		g.DeleteLabelValues(labels...)
	}
}

func (m *metrics) sampled(err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.samples.WithLabelValues(result).Inc()
}

func (p place) labels(more ...string) []string {
	return append([]string{p.service, p.topic, strconv.Itoa(p.partition)}, more...)
}
