package otlp

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

// point is one data point of any kind of metric.
type point struct {
	attributes []*common.KeyValue
	start, end uint64
	value      float64
	count      schemas.Opt[uint64] // of a histogram or summary, whose value is the sum
	flags      uint32
	over       string // temporality: delta, cumulative or gauge
	monotonic  bool
	problem    string
	alone      func() *metrics.Metric // the metric with this point only, for dead letters
}

var temporalities = map[metrics.AggregationTemporality]string{
	metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA:      "delta",
	metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE: "cumulative",
}

// Metrics maps a decoded request to reported aggregates, one for each data point of a known metric. Its result has no Answer;
// see MetricsReply.
//
// occurred_at is the start of a point's period and period_s its length, so that deltas and running totals add up by one rule:
// of the rows of a series (attribute "series") with the same start take the longest period, then add over the starts.
func (m *Mapping) Metrics(request *colmetrics.ExportMetricsServiceRequest, received time.Time) (intake.Result, error) {
	var result intake.Result
	ids, index := newIdentifier(), -1
	for _, rm := range request.GetResourceMetrics() {
		o, err := m.originOf(rm.GetResource(), ids)
		if err != nil {
			return intake.Result{}, err
		}
		for _, sm := range rm.GetScopeMetrics() {
			for _, metric := range sm.GetMetrics() {
				c := m.clientOf(o, sm.GetScope(), metric.GetName())
				for _, p := range pointsOf(metric) {
					index++
					if c == nil || c.Metrics[strings.TrimPrefix(metric.GetName(), c.Prefix)] == nil || p.flags&uint32(metrics.DataPointFlags_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) != 0 {
						result.Ignored++
						continue
					}
					draft, reason := c.usage(o, metric, p, received, ids)
					if reason != "" {
						raw := compact(&colmetrics.ExportMetricsServiceRequest{ResourceMetrics: []*metrics.ResourceMetrics{{Resource: o.resource,
							ScopeMetrics: []*metrics.ScopeMetrics{{Scope: sm.GetScope(), Metrics: []*metrics.Metric{p.alone()}}}}}})
						result.Rejected = append(result.Rejected, intake.Rejected{Index: index, Reason: reason, Dead: true, Raw: raw})
						continue
					}
					draft.Index = index
					result.Drafts = append(result.Drafts, draft)
				}
			}
		}
	}
	return result, nil
}

// usage maps one point of a metric of the client's table.
func (c *client) usage(o origin, metric *metrics.Metric, p point, received time.Time, ids *identifier) (intake.Draft, string) {
	start, end, reason := p.period(received)
	if reason != "" {
		return intake.Draft{}, reason
	}
	f := Facts{own: p.attributes, resource: o.resource.GetAttributes(), typed: c.Typed}
	private := func(key string) bool { return c.private[key] }
	name := strings.TrimPrefix(metric.GetName(), c.Prefix)

	ids.start(o, c.Source, name)
	ids.attributes(p.attributes, private)
	series := schemas.DerivedID(c.Source, string(ids.text))
	ids.start(o, c.Source, name, p.start, p.end, math.Float64bits(p.value))
	ids.attributes(p.attributes, private)

	e := &schemas.CodeEvent{
		Envelope:  schemas.Envelope{EventID: schemas.DerivedID(c.Source, "usage", ids.finish()), OccurredAt: start, Source: c.Source},
		Kind:      schemas.CodeUsageReported,
		SessionID: terms.ID(f.Text(c.Session...)), ClientVersion: f.Name(c.Version...), Model: f.Name(c.Model...),
		Reported: true, Metric: name, Value: schemas.Some(p.value), Unit: unitOf(metric), Breakdown: f.breakdown(c.Metrics[name]),
		PeriodS:    schemas.Some(int64(math.Ceil(end.Sub(start).Seconds()))),
		Attributes: map[string]string{"series": series, "temporality": p.over},
	}
	e.FileID = cmp.Or(e.SessionID, series)
	if p.count.Set {
		e.Attributes["count"] = strconv.FormatUint(p.count.Value, 10)
	}
	e.Attributes = With(e.Attributes, "withheld", f.withheldNames())
	return intake.Draft{Event: e, User: f.person(c.User), Team: f.Text(c.Team...)}, f.problem
}

// period returns the point's period, or why the point can't be trusted.
func (p point) period(received time.Time) (start, end time.Time, reason string) {
	switch {
	case p.problem != "":
		return start, end, p.problem
	case sizeOf(p.attributes) > terms.MaxText:
		return start, end, fmt.Sprintf("its attributes have more than %d bytes", terms.MaxText)
	case p.over == "":
		return start, end, "its aggregation temporality is neither delta nor cumulative"
	case math.IsNaN(p.value) || math.IsInf(p.value, 0):
		return start, end, "its value is no number"
	case p.monotonic && p.value < 0:
		return start, end, "its monotonic sum is negative"
	}
	if end = nanos(p.end); p.end == 0 {
		end = received
	}
	if start = nanos(p.start); p.start == 0 || p.over == gauge {
		start = end
	}
	if err := terms.Credible(end, received); err != nil {
		return start, end, err.Error()
	}
	if err := terms.Credible(start, received); err != nil || start.After(end) {
		return start, end, "its period doesn't start before its end"
	}
	return start, end, ""
}

func sizeOf(attributes []*common.KeyValue) int {
	size := 0
	for _, a := range attributes {
		size += proto.Size(a)
	}
	return size
}

// unitOf leaves out annotations such as {count}, and what is no unit.
func unitOf(metric *metrics.Metric) string {
	if unit := metric.GetUnit(); len(unit) <= 16 {
		return terms.Name(strings.Trim(unit, "{}"))
	}
	return ""
}

func (f *Facts) breakdown(keys []string) string {
	var b strings.Builder
	for _, key := range keys {
		if word := f.Name(key); word != "" {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			b.WriteString(key)
			b.WriteByte('=')
			b.WriteString(word)
		}
	}
	return cmp.Or(b.String(), "total")
}
