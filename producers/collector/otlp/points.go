package otlp

import (
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/assayhq/assay/schemas"
)

const gauge = "gauge"

// pointsOf returns the data points of a metric of any kind.
func pointsOf(metric *metrics.Metric) []point {
	var points []point
	switch data := metric.GetData().(type) {
	case *metrics.Metric_Sum:
		for _, d := range data.Sum.GetDataPoints() {
			p := numberPoint(d, temporalities[data.Sum.GetAggregationTemporality()])
			p.monotonic = data.Sum.GetIsMonotonic()
			p.alone = func() *metrics.Metric {
				return like(metric, &metrics.Metric{Data: &metrics.Metric_Sum{Sum: &metrics.Sum{DataPoints: []*metrics.NumberDataPoint{d},
					AggregationTemporality: data.Sum.GetAggregationTemporality(), IsMonotonic: data.Sum.GetIsMonotonic()}}})
			}
			points = append(points, p)
		}
	case *metrics.Metric_Gauge:
		for _, d := range data.Gauge.GetDataPoints() {
			p := numberPoint(d, gauge)
			p.alone = func() *metrics.Metric {
				return like(metric, &metrics.Metric{Data: &metrics.Metric_Gauge{Gauge: &metrics.Gauge{DataPoints: []*metrics.NumberDataPoint{d}}}})
			}
			points = append(points, p)
		}
	case *metrics.Metric_Histogram:
		for _, d := range data.Histogram.GetDataPoints() {
			p := point{attributes: d.GetAttributes(), start: d.GetStartTimeUnixNano(), end: d.GetTimeUnixNano(), value: d.GetSum(), count: schemas.Some(d.GetCount()),
				flags: d.GetFlags(), over: temporalities[data.Histogram.GetAggregationTemporality()], problem: withoutSum(d.Sum)}
			p.alone = func() *metrics.Metric {
				return like(metric, &metrics.Metric{Data: &metrics.Metric_Histogram{Histogram: &metrics.Histogram{DataPoints: []*metrics.HistogramDataPoint{d},
					AggregationTemporality: data.Histogram.GetAggregationTemporality()}}})
			}
			points = append(points, p)
		}
	case *metrics.Metric_ExponentialHistogram:
		for _, d := range data.ExponentialHistogram.GetDataPoints() {
			p := point{attributes: d.GetAttributes(), start: d.GetStartTimeUnixNano(), end: d.GetTimeUnixNano(), value: d.GetSum(), count: schemas.Some(d.GetCount()),
				flags: d.GetFlags(), over: temporalities[data.ExponentialHistogram.GetAggregationTemporality()], problem: withoutSum(d.Sum)}
			p.alone = func() *metrics.Metric {
				return like(metric, &metrics.Metric{Data: &metrics.Metric_ExponentialHistogram{ExponentialHistogram: &metrics.ExponentialHistogram{DataPoints: []*metrics.ExponentialHistogramDataPoint{d},
					AggregationTemporality: data.ExponentialHistogram.GetAggregationTemporality()}}})
			}
			points = append(points, p)
		}
	}
	return points
}

func numberPoint(d *metrics.NumberDataPoint, over string) point {
	p := point{attributes: d.GetAttributes(), start: d.GetStartTimeUnixNano(), end: d.GetTimeUnixNano(), flags: d.GetFlags(), over: over}
	switch v := d.GetValue().(type) {
	case *metrics.NumberDataPoint_AsDouble:
		p.value = v.AsDouble
	case *metrics.NumberDataPoint_AsInt:
		p.value = float64(v.AsInt)
	default:
		p.problem = "it has no value"
	}
	return p
}

func withoutSum(sum *float64) string {
	if sum == nil {
		return "its histogram has no sum"
	}
	return ""
}

// like names a metric as another.
func like(named, m *metrics.Metric) *metrics.Metric {
	m.Name, m.Description, m.Unit = named.GetName(), named.GetDescription(), named.GetUnit()
	return m
}
