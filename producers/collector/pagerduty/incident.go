package pagerduty

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

// kinds by type of event. A reopened incident is open again, and what its resolution said of its duration no longer holds.
// Types that are not about an incident itself (notes, responders, services) are not listed.
var kinds = map[string]schemas.ChangeKind{
	"incident.triggered": schemas.ChangeIncidentOpened, "incident.reopened": schemas.ChangeIncidentOpened, "incident.resolved": schemas.ChangeIncidentResolved,

	"incident.acknowledged": schemas.ChangeUnknown, "incident.unacknowledged": schemas.ChangeUnknown, "incident.delegated": schemas.ChangeUnknown,
	"incident.escalated": schemas.ChangeUnknown, "incident.priority_updated": schemas.ChangeUnknown, "incident.reassigned": schemas.ChangeUnknown,
	"incident.incident_type.changed": schemas.ChangeUnknown, "incident.service_updated": schemas.ChangeUnknown,
}

type payload struct {
	Event event `json:"event"`
}

type event struct {
	ID         string `json:"id"`
	Type       string `json:"event_type"`
	OccurredAt string `json:"occurred_at"`
	Agent      *struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"agent"` // null where an integration did it
	Data *incident `json:"data"`
}

type incident struct {
	ID        string      `json:"id"`
	CreatedAt string      `json:"created_at"`
	Urgency   string      `json:"urgency"`
	Service   *reference  `json:"service"`
	Teams     []reference `json:"teams"`
	Priority  *struct {
		Summary string `json:"summary"`
	} `json:"priority"`
	ResolveReason json.RawMessage `json:"resolve_reason"` // text, an object or null
}

type reference struct {
	ID string `json:"id"`
}

func (e *event) draft(kind schemas.ChangeKind, received time.Time) (intake.Draft, error) {
	switch {
	case e.ID == "":
		return intake.Draft{}, errNoID
	case e.Data == nil:
		return intake.Draft{}, errNoData
	case e.Data.ID == "":
		return intake.Draft{}, errNoIncident
	}
	at, err := webhook.Time(e.OccurredAt, received)
	if err != nil {
		return intake.Draft{}, err
	}
	// incident_key groups alerts, id is the incident.
	c := &schemas.ChangeEvent{
		Envelope: schemas.Envelope{EventID: schemas.DerivedID(source, e.ID), OccurredAt: at, Source: source}, Kind: kind,
		ChangeID: source + ":" + e.Data.ID, IncidentID: source + ":" + e.Data.ID, Severity: e.Data.severity(), Attributes: map[string]string{"event": e.Type},
	}
	d := intake.Draft{Event: c}
	if e.Agent != nil && e.Agent.Type == "user_reference" && e.Agent.ID != "" {
		d.User = source + ":" + e.Agent.ID
	}
	if len(e.Data.Teams) > 0 && e.Data.Teams[0].ID != "" {
		d.Team = source + ":" + e.Data.Teams[0].ID
	}
	if e.Data.Service != nil {
		if id := terms.Word(e.Data.Service.ID); id != "" {
			c.Attributes["service"] = id
		}
	}
	if kind != schemas.ChangeIncidentResolved {
		return d, nil
	}
	if e.Data.merged() { // into another incident, which goes on: nothing was restored
		c.Reason = "merged"
		return d, nil
	}
	if created, err := webhook.Time(e.Data.CreatedAt, received); err == nil && !at.Before(created) {
		c.DurationMs = schemas.Some(at.Sub(created).Milliseconds())
	}
	return d, nil
}

// merged reads the reason of a resolution: documented as null, text or an object that has a type.
func (i *incident) merged() bool {
	return bytes.Contains(bytes.ToLower(i.ResolveReason), []byte("merge"))
}

// severity by priority, as PagerDuty's defaults name them, else by urgency.
func (i *incident) severity() schemas.Severity {
	if i.Priority != nil {
		switch i.Priority.Summary {
		case "P1", "SEV1", "SEV-1":
			return schemas.SeverityCritical
		case "P2", "SEV2", "SEV-2":
			return schemas.SeverityHigh
		case "P3", "SEV3", "SEV-3":
			return schemas.SeverityMedium
		case "P4", "P5", "SEV4", "SEV-4", "SEV5", "SEV-5":
			return schemas.SeverityLow
		}
	}
	switch i.Urgency {
	case "high":
		return schemas.SeverityHigh
	case "low":
		return schemas.SeverityLow
	}
	return schemas.SeverityNone
}
