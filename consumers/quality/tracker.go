package quality

import (
	"github.com/assayhq/assay/consumers/quality/detect"
	"github.com/assayhq/assay/schemas"
)

// tracker is what one rule knows of one domain in one place. It is quiet, and gathers evidence, or in an episode.
type tracker struct {
	Window   window        `json:"b,omitempty"` // of the window detectors
	Evidence *detect.State `json:"d,omitempty"` // of the e-detector
	Late     int64         `json:"l,omitempty"` // observations that came too late to count
	From     int64         `json:"s,omitempty"` // what is older doesn't count: decided already
	Quiet    int64         `json:"q,omitempty"` // event time until which the rule doesn't fire
	Episode  *episode      `json:"e,omitempty"`
}

// episode lasts from fired to cleared.
type episode struct {
	ID       string                `json:"i"`
	Partial  bool                  `json:"p,omitempty"` // fired on evidence that didn't persist; the full action may follow
	Run      *recoveryRun          `json:"r,omitempty"` // of the window detectors
	Recovery *detect.RecoveryState `json:"v,omitempty"` // of the e-detector
}

// decision is a change of the tracker between quiet and episode, or from a partial action to the full one.
type decision struct {
	kind      schemas.TriggerKind
	action    schemas.RetrainAction
	episode   string
	detector  string
	evidence  span
	statistic float64
	limit, z  float64           // rate that the evidence is judged against; of the interval
	extras    map[string]string // attributes of the detector
}

// observe counts the observation and decides; nil: nothing changed.
func (t *tracker) observe(rule *Rule, obs observation, watermark int64) *decision {
	if rule.Detector == EDetector {
		return t.observeEvidence(rule, obs, watermark)
	}
	return t.observeWindow(rule, obs, watermark)
}

// episodeID follows from the deciding observation. Outcomes of several places share a domain, but no event id.
func episodeID(rule *Rule, obs observation) string {
	return schemas.DerivedID(Name, obs.outcome.Domain, rule.ID, obs.outcome.EventID)
}
