package quality

import (
	"math"
	"strconv"

	"github.com/assayhq/assay/consumers/quality/detect"
	"github.com/assayhq/assay/schemas"
)

// intervalZ is of the 95 % intervals that triggers show where no rule says otherwise.
const intervalZ = 1.96

// observeEvidence is observe by the e-detector.
func (t *tracker) observeEvidence(rule *Rule, obs observation, watermark int64) *decision {
	if t.Evidence == nil {
		t.Evidence = new(detect.State)
	}
	m := detect.Minute{T: floor(obs.at, minute) / minute, First: obs.offset, Counts: obs.counts()}
	if obs.at < t.From {
		t.Late++
		return nil
	}
	if t.Episode == nil || t.Episode.Partial {
		due := obs.failed || m.T > t.Evidence.Clock // a success is no evidence, but may make an older minute due
		if !rule.up.Add(t.Evidence, m) {
			t.Late++
			return nil
		}
		if due {
			if d := t.alarm(rule, obs); d != nil {
				return d
			}
		}
	}
	if t.Episode != nil {
		return t.recoverEvidence(rule, obs, m, watermark)
	}
	return nil
}

// alarm fires where the evidence is enough. The full action waits until the evidence persists; until then the partial one is
// asked for.
func (t *tracker) alarm(rule *Rule, obs observation) *decision {
	a := rule.up.Next(t.Evidence)
	if a == nil {
		return nil
	}
	d := decisionOf(schemas.TriggerFired, rule, a)
	if n, k := a.Before[0], a.Before[1]; n > 0 {
		d.evidence.before = tally{int64(n * weightUnit), int64(k * weightUnit), int64(n * weightUnit * weightUnit)}
	}
	d.extras["arl"], d.extras["persists"] = decimal(rule.ARL), strconv.FormatBool(a.Persists)
	if !a.Persists && rule.Action == schemas.RetrainActionFull {
		d.action = schemas.RetrainActionPartial
	}
	if t.Episode == nil {
		t.Episode, t.From, t.Quiet = &episode{ID: episodeID(rule, obs)}, (a.Minute+1)*minute, 0
	}
	d.episode, t.Episode.Partial = t.Episode.ID, d.action != rule.Action
	if !t.Episode.Partial {
		rule.up.Reset(t.Evidence, a.Minute+1)
	}
	return d
}

func (t *tracker) recoverEvidence(rule *Rule, obs observation, m detect.Minute, watermark int64) *decision {
	e := t.Episode
	if e.Recovery == nil {
		e.Recovery = new(detect.RecoveryState)
	}
	a := rule.down.Add(e.Recovery, m)
	if a == nil {
		return nil
	}
	d := decisionOf(schemas.TriggerCleared, rule, a)
	d.episode, d.limit, d.extras["arl"] = e.ID, rule.ClearBelow, decimal(rule.ClearARL)
	t.Episode, t.From = nil, watermark
	rule.up.Reset(t.Evidence, (watermark+rule.CoolDown.Milliseconds())/minute+1)
	return d
}

func decisionOf(kind schemas.TriggerKind, rule *Rule, a *detect.Alarm) *decision {
	return &decision{
		kind: kind, action: rule.Action, detector: rule.Detector, statistic: a.Statistic, limit: rule.SLO, z: intervalZ,
		evidence: span{tally: tally{a.N, a.K, a.N * weightUnit}, start: a.Start * minute, first: a.First},
		extras:   map[string]string{"e_value": decimal(a.EValue), "design_effect": decimal(a.Effect)},
	}
}

// counts of the observation for the e-detector. It stands for itself alone, however much it weighs: a likelihood ratio may
// be tempered, not multiplied.
func (o observation) counts() detect.Counts {
	c := detect.Counts{N: min(o.weight, detect.Unit)}
	if o.failed {
		c.K = c.N
	}
	return c
}

func decimal(x float64) string { return strconv.FormatFloat(min(x, math.MaxFloat64), 'g', 6, 64) }
