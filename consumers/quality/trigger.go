package quality

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/schemas"
)

// trigger is the decision with its evidence: from the counts, limit and z anyone can recompute it.
func (s *place) trigger(rule *Rule, policy string, obs observation, t *tracker, d *decision) *schemas.RetrainTrigger {
	o, e := obs.outcome, d.evidence
	lower, upper := wilson(e.rate(), e.size(), d.z)
	trigger := &schemas.RetrainTrigger{
		Envelope:       o.Envelope,
		Kind:           d.kind,
		Domain:         o.Domain,
		Category:       o.Category,
		Model:          o.Model,
		ModelVersion:   o.ModelVersion,
		Feature:        o.Feature,
		Language:       o.Language,
		RuleID:         rule.ID,
		PolicyHash:     policy,
		EpisodeID:      d.episode,
		Action:         d.action,
		Severity:       rule.Severity,
		Detector:       d.detector,
		WindowStart:    time.UnixMilli(e.start).UTC(),
		WindowEnd:      time.UnixMilli(s.Watermark).UTC(),
		Events:         float64(e.n) / weightUnit,
		Failures:       float64(e.k) / weightUnit,
		Rate:           e.rate(),
		RateLower:      lower,
		RateUpper:      upper,
		SLO:            rule.SLO,
		Statistic:      d.statistic,
		InputTopic:     schemas.OutcomeRecord.Topic,
		InputPartition: int32(obs.partition),
		FirstOffset:    e.first,
		LastOffset:     obs.offset,
		ExamplesQuery:  examplesQuery(o, e.start, s.Watermark),
		Attributes: map[string]string{
			"late":  strconv.FormatInt(t.Late, 10),
			"limit": strconv.FormatFloat(d.limit, 'g', -1, 64),
			"z":     strconv.FormatFloat(d.z, 'g', -1, 64),
		},
	}
	trigger.EventID = schemas.DerivedID(Name, d.episode, string(d.kind), string(d.action))
	maps.Copy(trigger.Attributes, d.extras)
	trigger.Source = Name
	trigger.OccurredAt = trigger.WindowEnd
	if e.before.n > 0 {
		trigger.RateBefore = schemas.Some(e.before.rate())
		lower, upper := wilson(e.before.rate(), e.before.size(), intervalZ)
		trigger.Attributes["rate_before_lower"], trigger.Attributes["rate_before_upper"] = decimal(lower), decimal(upper)
	}
	for _, f := range s.Failures {
		if f.At >= e.start {
			trigger.WorstEventIDs = append(trigger.WorstEventIDs, f.ID)
		}
	}
	return trigger
}

// examplesQuery lists the failures of the outcome's domain and place in [start, end], milliseconds.
func examplesQuery(o *schemas.Outcome, start, end int64) string {
	return fmt.Sprintf("SELECT occurred_at, signal, caused_by, cause_topic, suggestion_id FROM outcomes "+
		"WHERE domain = %s AND org = %s AND environment = %s AND kind = 'failure' "+
		"AND occurred_at BETWEEN fromUnixTimestamp64Milli(%d, 'UTC') AND fromUnixTimestamp64Milli(%d, 'UTC') ORDER BY occurred_at",
		quote(o.Domain), quote(o.Org), quote(string(o.Environment)), start, end)
}

// ClickHouse's string literals know backslash escapes.
var literal = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func quote(s string) string { return "'" + literal.Replace(s) + "'" }
