package gitlab

import (
	"errors"
	"strconv"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

var (
	errNoDeployment = errors.New("deployment_id is missing")
	errStatus       = errors.New("the deployment's status is none that is known")
)

// states of deployments, in one vocabulary with the other hosts'.
var states = map[string]string{
	"success": "success", "failed": "failure", "running": "in_progress", "created": "queued", "canceled": "canceled", "skipped": "skipped", "blocked": "waiting",
}

func (p *payload) deployed(r intake.Request) ([]intake.Draft, error) {
	if p.DeploymentID <= 0 {
		return nil, errNoDeployment
	}
	state, known := states[p.Status]
	if !known {
		return nil, errStatus
	}
	at, err := webhook.Time(p.StatusChangedAt, r.Received)
	if err != nil {
		return nil, err
	}
	number := strconv.FormatInt(p.DeploymentID, 10)
	id := p.change("", "/deployments/"+number)
	e := &schemas.ChangeEvent{
		Envelope: p.envelope(at, "deployment", number, p.Status), Kind: schemas.ChangeDeployment, ChangeID: id, DeploymentID: id,
		DeploymentStatus: state, DeploymentTarget: webhook.Target(p.Environment),
		CommitIDs:  webhook.Commits(p.CommitURL[strings.LastIndexByte(p.CommitURL, '/')+1:]), // short_sha is cut
		Attributes: map[string]string{"event": "deployment", "state": p.Status},
	}
	if tier := terms.Word(p.EnvironmentTier); tier != "" {
		e.Attributes["tier"] = tier
	}
	if state == "success" || state == "failure" {
		e.Succeeded = schemas.Some(state == "success")
	}
	return []intake.Draft{{Event: e, User: p.User.Username, Repo: p.Project.WebURL}}, nil
}
