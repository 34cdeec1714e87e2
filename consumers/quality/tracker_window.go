package quality

import "github.com/assayhq/assay/schemas"

// observeWindow is observe by a detector over a rolling window.
func (t *tracker) observeWindow(rule *Rule, obs observation, watermark int64) *decision {
	open := opening(rule.Window.Duration, watermark)
	t.Window.forget(open)
	if obs.at < max(open, watermark-rule.Lateness.Milliseconds(), t.From) {
		t.Late++
		return nil
	}
	if t.Episode != nil {
		return t.recoverWindow(rule, obs, watermark)
	}
	t.Window.add(obs, width(rule.Window.Duration))
	return t.fireWindow(rule, obs, watermark)
}

// fireWindow looks only at failures: a success can't move the rate of any part of the window over the limit.
func (t *tracker) fireWindow(rule *Rule, obs observation, watermark int64) *decision {
	if !obs.failed || watermark < t.Quiet {
		return nil
	}
	d := &decision{kind: schemas.TriggerFired, action: rule.Action, detector: rule.Detector, z: intervalZ}
	switch rule.Detector {
	case BurnRate:
		evidence, ok := t.Window.burning(rule.Burn*rule.SLO, watermark-rule.Window.Milliseconds()/shortShare, rule.MinEvents)
		if !ok {
			return nil
		}
		d.evidence, d.statistic, d.limit = evidence, evidence.rate()/rule.SLO, rule.Burn*rule.SLO
	default:
		evidence, score, ok := t.Window.worst(rule.SLO, rule.MinEvents)
		if !ok || score <= rule.Z {
			return nil
		}
		d.evidence, d.statistic, d.limit, d.z = evidence, score, rule.SLO, rule.Z
	}
	d.episode = episodeID(rule, obs)
	// Recovery is judged by what happened after the deciding failure, not after the watermark: where partitions are read at
	// different speeds, as in a replay, the watermark can be hours ahead of most of what is still to come.
	t.Episode, t.Window, t.From, t.Quiet = &episode{ID: d.episode}, nil, obs.at, 0
	return d
}

// recoveryRun is a run of observations made since a rule fired, by which recovery is judged. A run that shows no recovery is dropped and
// a new one begins, so that what happened before a fix doesn't hold the recovery up, in busy domains and in sparse ones alike.
type recoveryRun struct {
	Start int64 `json:"s,omitempty"` // oldest event time, milliseconds
	First int64 `json:"o,omitempty"` // lowest offset
	// See tally.
	N       int64 `json:"n,omitempty"`
	K       int64 `json:"k,omitempty"`
	Squares int64 `json:"q,omitempty"`
}

func (t *tracker) recoverWindow(rule *Rule, obs observation, watermark int64) *decision {
	e := t.Episode
	if e.Run == nil {
		e.Run = &recoveryRun{Start: obs.at, First: obs.offset}
	}
	r := e.Run
	run := tally{r.N, r.K, r.Squares}
	run.add(obs)
	r.Start, r.First = min(r.Start, obs.at), min(r.First, obs.offset)
	if run.size() >= float64(rule.MinEvents) {
		switch score := run.score(rule.ClearBelow); {
		case score < -rule.ClearZ:
			*t = tracker{Late: t.Late, From: watermark, Quiet: watermark + rule.CoolDown.Milliseconds()}
			return &decision{
				kind: schemas.TriggerCleared, action: rule.Action, episode: e.ID, detector: rule.Detector,
				evidence:  span{tally: run, start: r.Start, first: r.First},
				statistic: score, limit: rule.ClearBelow, z: rule.ClearZ,
			}
		case score >= 0:
			e.Run = nil
			return nil
		}
	}
	r.N, r.K, r.Squares = run.n, run.k, run.squares
	return nil
}
