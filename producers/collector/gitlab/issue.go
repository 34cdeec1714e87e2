package gitlab

import (
	"strconv"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

// issueActions are the known actions, and what they are for an incident.
var issueActions = map[string]schemas.ChangeKind{
	"open": schemas.ChangeIncidentOpened, "reopen": schemas.ChangeIncidentOpened, "close": schemas.ChangeIncidentResolved, "update": schemas.ChangeUnknown,
}

var severities = map[string]schemas.Severity{
	"low": schemas.SeverityLow, "medium": schemas.SeverityMedium, "high": schemas.SeverityHigh, "critical": schemas.SeverityCritical,
}

// issue maps an issue or a work item that is an incident; others are kept with kind unknown.
func (p *payload) issue(r intake.Request) ([]intake.Draft, error) {
	o := p.Object
	if o == nil {
		return nil, errNoObject
	}
	kind, known := issueActions[o.Action]
	switch {
	case !known:
		return nil, nil
	case o.IID <= 0:
		return nil, webhook.ErrNoNumber
	}
	created, err := webhook.Time(o.CreatedAt, r.Received)
	if err != nil {
		return nil, err
	}
	stamp := o.UpdatedAt
	switch {
	case o.Action == "open":
		stamp = o.CreatedAt
	case o.Action == "close" && o.ClosedAt != "":
		stamp = o.ClosedAt
	}
	at, err := webhook.Time(stamp, r.Received)
	if err != nil {
		return nil, err
	}
	if at.Before(created) {
		return nil, webhook.ErrOutOfOrder
	}
	number := strconv.FormatInt(o.IID, 10)
	e := &schemas.ChangeEvent{Envelope: p.envelope(at, "issue", number, o.Action), Kind: schemas.ChangeUnknown, ChangeID: p.change("", "#"+number),
		Attributes: map[string]string{"event": p.Kind, "action": o.Action}}
	if p.incident() {
		e.Kind, e.IncidentID, e.Severity = kind, e.ChangeID, severities[strings.ToLower(o.Severity)]
		if kind == schemas.ChangeIncidentResolved {
			e.DurationMs = schemas.Some(at.Sub(created).Milliseconds())
		}
	}
	return []intake.Draft{{Event: e, User: p.User.Username, Repo: p.Project.WebURL}}, nil
}
