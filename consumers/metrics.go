package consumers

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// vectors are the metrics of all services of a process; services of one process share them by label.
type vectors struct {
	records    *prometheus.CounterVec
	retries    *prometheus.CounterVec
	gaps       *prometheus.CounterVec
	batches    *prometheus.HistogramVec
	parked     *prometheus.GaugeVec
	halted     *prometheus.GaugeVec
	stateKeys  *prometheus.GaugeVec
	partitions *prometheus.GaugeVec
}

func newVectors(r prometheus.Registerer) (*vectors, error) {
	v := &vectors{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_consumer_records_total",
			Help: "Records read, by what became of them: processed, repeat, dead_letter, filtered."}, []string{"service", "topic", "result"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_consumer_retries_total",
			Help: "Failed attempts that were repeated."}, []string{"service", "operation"}),
		gaps: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_consumer_gap_records_total",
			Help: "Offsets that were gone from the log before they were read. Alert on any."}, []string{"service", "topic"}),
		batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "assay_consumer_batch_seconds",
			Help: "Time from the first record of a batch to its commit.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9)}, []string{"service"}),
		parked: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_parked",
			Help: "1 while a partition waits for a schema."}, []string{"service", "topic", "partition"}),
		halted: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_halted",
			Help: "1 while a partition stands still because too many of its records became dead letters. Alert on any."}, []string{"service", "topic", "partition"}),
		stateKeys: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_state_keys",
			Help: "Keys with state."}, []string{"service", "topic", "partition"}),
		partitions: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_consumer_assigned",
			Help: "1 for every partition that this process works on."}, []string{"service", "topic", "partition"}),
	}
	return v, errors.Join(shared(r, &v.records), shared(r, &v.retries), shared(r, &v.gaps), shared(r, &v.batches),
		shared(r, &v.parked), shared(r, &v.halted), shared(r, &v.stateKeys), shared(r, &v.partitions))
}

// shared registers a collector, or takes the equal one that another service of the process has registered.
func shared[C prometheus.Collector](r prometheus.Registerer, c *C) error {
	err := r.Register(*c)
	var there prometheus.AlreadyRegisteredError
	if errors.As(err, &there) {
		*c, err = there.ExistingCollector.(C), nil
	}
	return err
}

// partitionMetrics are one partition's series, gone with the partition.
type partitionMetrics struct {
	v                         *vectors
	service, topic, partition string

	processed, repeats, deadLetters, filtered prometheus.Counter
}

func (v *vectors) of(service string, p place) *partitionMetrics {
	m := &partitionMetrics{v: v, service: service, topic: p.topic, partition: strconv.Itoa(p.partition)}
	m.processed = v.records.WithLabelValues(service, p.topic, "processed")
	m.repeats = v.records.WithLabelValues(service, p.topic, "repeat")
	m.deadLetters = v.records.WithLabelValues(service, p.topic, "dead_letter")
	m.filtered = v.records.WithLabelValues(service, p.topic, "filtered")
	v.partitions.WithLabelValues(service, p.topic, m.partition).Set(1)
	return m
}

func (m *partitionMetrics) retried(operation string) {
	m.v.retries.WithLabelValues(m.service, operation).Inc()
}

func (m *partitionMetrics) gap(offsets int64) {
	m.v.gaps.WithLabelValues(m.service, m.topic).Add(float64(offsets))
}

func (m *partitionMetrics) batch(since time.Time) {
	m.v.batches.WithLabelValues(m.service).Observe(time.Since(since).Seconds())
}

func (m *partitionMetrics) setParked(parked bool) {
	g := m.v.parked.WithLabelValues(m.service, m.topic, m.partition)
	if parked {
		g.Set(1)
	} else {
		g.Set(0)
	}
}

func (m *partitionMetrics) halt() {
	m.v.halted.WithLabelValues(m.service, m.topic, m.partition).Set(1)
}

func (m *partitionMetrics) keys(n int) {
	m.v.stateKeys.WithLabelValues(m.service, m.topic, m.partition).Set(float64(n))
}

func (m *partitionMetrics) drop() {
	for _, g := range []*prometheus.GaugeVec{m.v.parked, m.v.halted, m.v.stateKeys, m.v.partitions} {
		g.DeleteLabelValues(m.service, m.topic, m.partition)
	}
}
