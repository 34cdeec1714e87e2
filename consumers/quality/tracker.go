package quality

import "github.com/assayhq/assay/schemas"

// tracker is what one rule knows of one domain. It is quiet, and counts into its window, or in an episode.
type tracker struct {
	Window  window   `json:"b,omitempty"`
	Late    int64    `json:"l,omitempty"` // observations that came too late to count
	From    int64    `json:"s,omitempty"` // what is older doesn't count: decided already
	Quiet   int64    `json:"q,omitempty"` // event time until which the rule doesn't fire
	Episode *episode `json:"e,omitempty"`
}

// episode lasts from fired to cleared. Whether the domain recovered is judged by a run of observations made since it
// fired. A run that shows no recovery is dropped and a new one begins, so that what happened before a fix doesn't hold
// the recovery up, in busy domains and in sparse ones alike.
type episode struct {
	ID    string `json:"i"`
	Start int64  `json:"s,omitempty"` // of the run: oldest event time, milliseconds
	First int64  `json:"o,omitempty"` // of the run: lowest offset
	// Of the run, see tally.
	N       int64 `json:"n,omitempty"`
	K       int64 `json:"k,omitempty"`
	Squares int64 `json:"q,omitempty"`
}

// decision is a change of the tracker between quiet and episode.
type decision struct {
	kind      schemas.TriggerKind
	episode   string
	evidence  span
	statistic float64 // standard errors from the limit
	limit, z  float64
}

// observe counts the observation and decides; nil: nothing changed.
func (t *tracker) observe(rule *Rule, obs observation, watermark int64) *decision {
	open := opening(rule.Window.Duration, watermark)
	t.Window.forget(open)
	if obs.at < max(open, watermark-rule.Lateness.Milliseconds(), t.From) {
		t.Late++
		return nil
	}
	if t.Episode != nil {
		return t.recover(rule, obs, watermark)
	}
	t.Window.add(obs, width(rule.Window.Duration))
	return t.fire(rule, obs, watermark)
}

// fire looks only at failures: a success can't move the rate of any part of the window over the limit.
func (t *tracker) fire(rule *Rule, obs observation, watermark int64) *decision {
	if !obs.failed || watermark < t.Quiet {
		return nil
	}
	evidence, score, ok := t.Window.worst(rule.SLO, rule.MinEvents)
	if !ok || score <= rule.Z {
		return nil
	}
	id := schemas.DerivedID(Name, obs.outcome.Domain, rule.ID, obs.outcome.EventID)
	// Recovery is judged by what happened after the deciding failure, not after the watermark: where partitions are read at
	// different speeds, as in a replay, the watermark can be hours ahead of most of what is still to come.
	t.Episode, t.Window, t.From, t.Quiet = &episode{ID: id}, nil, obs.at, 0
	return &decision{kind: schemas.TriggerFired, episode: id, evidence: evidence, statistic: score, limit: rule.SLO, z: rule.Z}
}

func (t *tracker) recover(rule *Rule, obs observation, watermark int64) *decision {
	e := t.Episode
	run := tally{e.N, e.K, e.Squares}
	if run.n == 0 {
		e.Start, e.First = obs.at, obs.offset
	}
	run.add(obs)
	e.Start, e.First = min(e.Start, obs.at), min(e.First, obs.offset)
	if run.size() >= float64(rule.MinEvents) {
		switch score := run.score(rule.ClearBelow); {
		case score < -rule.ClearZ:
			*t = tracker{Late: t.Late, From: watermark, Quiet: watermark + rule.CoolDown.Milliseconds()}
			return &decision{
				kind: schemas.TriggerCleared, episode: e.ID, evidence: span{tally: run, start: e.Start, first: e.First},
				statistic: score, limit: rule.ClearBelow, z: rule.ClearZ,
			}
		case score >= 0:
			run = tally{}
		}
	}
	e.N, e.K, e.Squares = run.n, run.k, run.squares
	return nil
}
