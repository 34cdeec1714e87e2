package github

import (
	"errors"
	"strconv"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

var (
	errNoDeployment = errors.New("deployment or deployment_status is missing, or has no id")
	errStatus       = errors.New("the deployment's state is none that is known")
)

// states of deployments, in one vocabulary with the other hosts'.
var states = map[string]string{
	"success": "success", "failure": "failure", "error": "failure", "in_progress": "in_progress", "queued": "queued", "pending": "pending",
	"waiting": "waiting", "inactive": "inactive",
}

func (p *payload) deployed(r intake.Request) ([]intake.Draft, error) {
	if p.Action != "created" {
		return nil, nil
	}
	if p.Deployment == nil || p.Status == nil || p.Deployment.ID <= 0 || p.Status.ID <= 0 {
		return nil, errNoDeployment
	}
	state, known := states[p.Status.State]
	if !known {
		return nil, errStatus
	}
	at, err := webhook.Time(p.Status.CreatedAt, r.Received)
	if err != nil {
		return nil, err
	}
	environment := p.Status.Environment
	if environment == "" {
		environment = p.Deployment.Environment
	}
	id := webhook.Host(p.Repository.HTMLURL) + "/" + strings.ToLower(p.Repository.FullName) + "/deployments/" + strconv.FormatInt(p.Deployment.ID, 10)
	e := &schemas.ChangeEvent{
		Envelope: p.envelope(at, "deployment_status", strconv.FormatInt(p.Status.ID, 10)), Kind: schemas.ChangeDeployment,
		ChangeID: id, DeploymentID: id, DeploymentStatus: state, DeploymentTarget: webhook.Target(environment), CommitIDs: webhook.Commits(p.Deployment.SHA),
		Attributes: map[string]string{"event": "deployment_status", "state": p.Status.State},
	}
	if p.Deployment.Production {
		e.Attributes["tier"] = "production"
	}
	if state == "success" || state == "failure" {
		e.Succeeded = schemas.Some(state == "success")
		if began, err := webhook.Time(p.Deployment.CreatedAt, r.Received); err == nil && !at.Before(began) {
			e.DurationMs = schemas.Some(at.Sub(began).Milliseconds())
		}
	}
	return []intake.Draft{{Event: e, User: p.Sender.Login, Repo: p.Repository.HTMLURL}}, nil
}
