package spool

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what the spool does.
type metrics struct {
	refusals prometheus.Counter
	damaged  prometheus.Counter
}

func newMetrics(to prometheus.Registerer, s *Spool) (*metrics, error) {
	m := &metrics{
		refusals: prometheus.NewCounter(prometheus.CounterOpts{Name: "assay_spool_refused_entries_total",
			Help: "Entries that were not kept, because the spool is full or the disk fails. Their sender was told."}),
		damaged: prometheus.NewCounter(prometheus.CounterOpts{Name: "assay_spool_damaged_bytes_total",
			Help: "Bytes of accepted events that aren't delivered, since they can't be read any more or never pass. They are set aside in the folder."}),
	}
	pending := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "assay_spool_pending_bytes",
		Help: "Bytes of accepted events that wait on the disk for the brokers."}, func() float64 { return float64(s.Pending()) })
	limit := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "assay_spool_limit_bytes",
		Help: "Bytes that the spool may use."}, func() float64 { return float64(s.max) })
	for _, c := range []prometheus.Collector{m.refusals, m.damaged, pending, limit} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register the spool's metrics (one spool per registerer): %w", err)
		}
	}
	return m, nil
}

func (m *metrics) refused(entries int) { m.refusals.Add(float64(entries)) }
func (m *metrics) damage(bytes int)    { m.damaged.Add(float64(bytes)) }
