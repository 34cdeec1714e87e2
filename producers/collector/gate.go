package collector

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
)

// GateReader knows what the merge gate says. It need not know a change that nobody told of; ok says whether it does.
type GateReader interface {
	Decision(ctx context.Context, org, change string) (answer GateAnswer, ok bool, err error)
}

// GateAnswer is where a change stands.
type GateAnswer struct {
	// Decision is pass, blocked, awaiting_review, approved, rejected or revert_requested.
	Decision string `json:"decision"`
	// Since is when it was decided, event time.
	Since time.Time `json:"since,omitzero"`
	// Reasons say why, a sentence each, without code.
	Reasons []string `json:"reasons,omitempty"`
	// Rules and Findings are those that count: ids of rules, event ids of findings.
	Rules    []string `json:"rules,omitempty"`
	Findings []string `json:"findings,omitempty"`
	// Reviewer is the keyed token of who decided, where a person did.
	Reviewer     string     `json:"reviewer,omitempty"`
	ReviewedAt   *time.Time `json:"reviewed_at,omitempty"`
	ReviewReason string     `json:"review_reason,omitempty"`
	// Commits are those to revert.
	Commits []string `json:"commits,omitempty"`
	// Policy is the content hash of the policy that decided.
	Policy string `json:"policy"`
}

// gate answers GET /v1/gate/{change} for the sender's organisation and returns the status: 404 where the gate doesn't know the change.
func (c *Collector) gate(w http.ResponseWriter, r *http.Request) int {
	from, err := c.identify(httpProof(r))
	if err == nil {
		err = c.limits.check(from.id, c.now())
	}
	var answer GateAnswer
	ok := false
	switch {
	case err != nil:
	case c.config.Gate == nil:
		err = intake.Refuse(http.StatusNotImplemented, "this collector doesn't know the gate's decisions")
	default:
		change := r.PathValue("change")
		if !opaque(change) { // as in its events: see hide
			change = c.keys.Token(from.org, "change", change)
		}
		answer, ok, err = c.config.Gate.Decision(r.Context(), from.org, change)
		if err == nil && !ok {
			err = intake.Refuse(http.StatusNotFound, "the gate knows no such change: is it sent to Assay, with its repository?")
		}
	}
	if err != nil {
		return c.refuse(w, err)
	}
	c.limits.count(from.id, 1, c.now())
	body, err := json.Marshal(answer)
	if err != nil {
		return c.refuse(w, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	_, _ = w.Write(append(body, '\n'))
	return http.StatusOK
}
