package promotion

import (
	"fmt"
	"strconv"

	"github.com/assayhq/assay/schemas"
)

// intervalZ is of 95 % intervals.
const intervalZ = 1.96

// decision is the verdict as an event, with the table behind it.
func (r *run) decision(e *schemas.EvalEvent, kind schemas.PromotionKind, v verdict) *schemas.PromotionDecision {
	lower, upper := v.Table.Interval(intervalZ)
	d := &schemas.PromotionDecision{
		Envelope:      e.Envelope,
		Kind:          kind,
		ModelID:       e.ModelID,
		BaselineID:    r.Baseline,
		RunID:         e.RunID,
		CausedBy:      e.EventID,
		Domain:        r.Domain,
		EpisodeID:     r.Episode,
		PolicyHash:    v.Policy,
		Test:          v.Test,
		Tasks:         schemas.Some(int64(v.Table.Tasks())),
		BothPassed:    schemas.Some(int64(v.Table.Both)),
		CandidateOnly: schemas.Some(int64(v.Table.Candidate)),
		BaselineOnly:  schemas.Some(int64(v.Table.Baseline)),
		Neither:       schemas.Some(int64(v.Table.Neither)),
		PValue:        schemas.Some(v.P),
		EValue:        schemas.Some(v.E),
		Effect:        schemas.Some(v.Table.Effect()),
		EffectLower:   schemas.Some(lower),
		EffectUpper:   schemas.Some(upper),
		MinEffect:     schemas.Some(v.MinEffect),
		RequiredTasks: schemas.Some(int64(v.Required)),
		Regressions:   v.Regressions,
		ApproverToken: e.ApproverToken,
		Reason:        v.Reason,
		Attributes:    r.tables(v),
	}
	d.EventID = schemas.DerivedID(Name, runKey(e), string(kind))
	d.Source = Name
	return d
}

// tables are the counts behind the guards, and what else the decision's fields have no place for.
func (r *run) tables(v verdict) map[string]string {
	a := map[string]string{
		"planned":  strconv.Itoa(r.Planned),
		"repeats":  strconv.Itoa(r.Repeats),
		"alpha":    strconv.FormatFloat(v.Alpha, 'g', -1, 64), // of the test that decided
		"security": fmt.Sprintf("tasks=%d more=%d fewer=%d", r.Findings.Tasks, r.Findings.More, r.Findings.Fewer),
	}
	for name, t := range r.Languages {
		a["language:"+name] = fmt.Sprintf("both=%d candidate=%d baseline=%d neither=%d", t.Both, t.Candidate, t.Baseline, t.Neither)
	}
	return a
}
