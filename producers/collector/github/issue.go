package github

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

var errNoIssue = errors.New("issue is missing")

// issueActions are the known actions on issues.
var issueActions = []string{"opened", "edited", "deleted", "transferred", "pinned", "unpinned", "closed", "reopened", "assigned", "unassigned",
	"labeled", "unlabeled", "locked", "unlocked", "milestoned", "demilestoned", "typed", "untyped"}

// issue maps an issue that is an incident; others are kept with kind unknown.
func (p *payload) issue(r intake.Request) ([]intake.Draft, error) {
	if !slices.Contains(issueActions, p.Action) {
		return nil, nil
	}
	switch {
	case p.Issue == nil:
		return nil, errNoIssue
	case p.Issue.Number <= 0:
		return nil, webhook.ErrNoNumber
	}
	number := strconv.FormatInt(p.Issue.Number, 10)
	e := &schemas.ChangeEvent{Kind: schemas.ChangeUnknown, ChangeID: p.change("", number), Attributes: map[string]string{"event": "issues", "action": p.Action}}
	created, err := webhook.Time(p.Issue.CreatedAt, r.Received)
	if err != nil {
		return nil, err
	}
	stamp := p.Issue.UpdatedAt
	if p.Issue.incident() {
		e.IncidentID = e.ChangeID
		switch p.Action {
		case "opened":
			e.Kind, stamp = schemas.ChangeIncidentOpened, p.Issue.CreatedAt
		case "labeled", "typed":
			if p.Action == "typed" || p.Label != nil && webhook.Incident(p.Label.Name) {
				e.Kind, stamp = schemas.ChangeIncidentOpened, p.Issue.CreatedAt // it began before it was called so
			}
		case "reopened":
			e.Kind = schemas.ChangeIncidentOpened
		case "closed":
			e.Kind, stamp, e.Reason = schemas.ChangeIncidentResolved, p.Issue.ClosedAt, terms.Word(p.Issue.StateReason)
		}
	}
	at, err := webhook.Time(stamp, r.Received)
	if err != nil {
		return nil, err
	}
	if at.Before(created) {
		return nil, webhook.ErrOutOfOrder
	}
	if e.Kind == schemas.ChangeIncidentResolved && (e.Reason == "" || e.Reason == "completed") { // else nothing was restored
		e.DurationMs = schemas.Some(at.Sub(created).Milliseconds())
	}
	what := p.Action
	if e.Kind == schemas.ChangeIncidentOpened && p.Action != "reopened" {
		what = "incident" // opened with the label, it is announced twice
	}
	label := ""
	if p.Label != nil && what != "incident" {
		label = terms.Hash(p.Label.Name) // several labels may be set at once
	}
	e.Envelope = p.envelope(at, "issue", number, what, at.Format(time.RFC3339Nano), label)
	return []intake.Draft{{Event: e, User: p.Sender.Login, Repo: p.Repository.HTMLURL}}, nil
}
