// Package gitlab maps the webhooks of GitLab (docs.gitlab.com/user/project/integrations/webhook_events): merge requests,
// approvals, pushes, deployments, and issues and work items that are incidents.
//
// What is known to be no fact of delivery is kept with kind unknown; kinds and actions that are not known are answered and
// ignored. X-Gitlab-Event-UUID doesn't tell one event from another (what a hook sets off has the same): events are told apart
// by what they say. There is no time of merging: the merge event's updated_at is it.
package gitlab

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

const (
	source = "gitlab"
	path   = "/v1/webhooks/gitlab"
)

// Mapping implements intake.Signed.
type Mapping struct{}

var _ intake.Signed = Mapping{}

// Routes implements intake.Mapping.
func (Mapping) Routes() []intake.Route { return []intake.Route{{Method: http.MethodPost, Path: path}} }

// Provider implements intake.Signed.
func (Mapping) Provider() string { return source }

// Verify implements intake.Signed. GitLab sends the secret itself.
func (Mapping) Verify(r intake.Request, secret []byte) bool {
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Gitlab-Token")), secret) == 1
}

// mapped are the kinds that are facts of delivery, or near to one.
var mapped = map[string]func(*payload, intake.Request) ([]intake.Draft, error){
	"merge_request": (*payload).mergeRequest,
	"deployment":    (*payload).deployed,
	"issue":         (*payload).issue,
	"incident":      (*payload).issue,
	"work_item":     (*payload).issue,
}

// announced are the kinds that the header X-Gitlab-Event goes with. Work items come as issues, too.
var announced = map[string][]string{
	"Push Hook": {"push"}, "Tag Push Hook": {"tag_push"}, "Merge Request Hook": {"merge_request"}, "Deployment Hook": {"deployment"},
	"Issue Hook": {"issue", "incident", "work_item"}, "Confidential Issue Hook": {"issue", "incident", "work_item"},
	"Work Item Hook": {"issue", "incident", "work_item"}, "Confidential Work Item Hook": {"issue", "incident", "work_item"},
	"Incident Hook": {"issue", "incident", "work_item"},
}

var (
	errMismatch = errors.New("X-Gitlab-Event and object_kind name two kinds of events")
	errNoObject = errors.New("object_attributes is missing")
)

// Map implements intake.Mapping.
func (Mapping) Map(r intake.Request) (intake.Result, error) {
	if _, err := jsonbody.Check(r.Body); err != nil { // long texts are legal, and not kept
		return intake.Result{}, err
	}
	event := r.Header.Get("X-Gitlab-Event")
	if event == "" {
		return intake.Result{}, intake.Refuse(400, "X-Gitlab-Event is missing")
	}
	var kind struct {
		Kind string `json:"object_kind"`
	}
	if err := webhook.Decode(r.Body, &kind); err != nil {
		return webhook.DeadLetter(r.Body, err), nil
	}
	of, known := mapped[kind.Kind]
	isPush := kind.Kind == "push" || kind.Kind == "tag_push"
	if kinds, ok := announced[event]; ok && !slices.Contains(kinds, kind.Kind) {
		return webhook.DeadLetter(r.Body, errMismatch), nil
	}
	if !known && !isPush {
		return webhook.Ignored, nil
	}
	var p payload
	if err := webhook.Decode(r.Body, &p); err != nil {
		return webhook.DeadLetter(r.Body, err), nil
	}
	if p.Project.ID <= 0 || p.Project.WebURL == "" {
		return webhook.DeadLetter(r.Body, webhook.ErrNoRepository), nil
	}
	if isPush {
		return p.push().Map(r), nil
	}
	drafts, err := of(&p, r)
	switch {
	case err != nil:
		return webhook.DeadLetter(r.Body, err), nil
	case len(drafts) == 0:
		return webhook.Ignored, nil
	}
	return intake.Result{Drafts: drafts}, nil
}

// envelope begins an event whose id follows from numbers of this GitLab.
func (p *payload) envelope(at time.Time, parts ...string) schemas.Envelope {
	id := append([]string{source, webhook.Host(p.Project.WebURL), strconv.FormatInt(p.Project.ID, 10)}, parts...)
	return schemas.Envelope{EventID: schemas.DerivedID(append(id, at.Format(time.RFC3339Nano))...), OccurredAt: at, Source: source}
}

// change is how merge requests (!1) and issues (#1) are called everywhere. An empty project is the event's own.
func (p *payload) change(project, number string) string {
	host := webhook.Host(p.Project.WebURL)
	if project == "" {
		_, project, _ = strings.Cut(p.Project.WebURL, "://")
		_, project, _ = strings.Cut(project, "/") // also what GitLab stands under
	}
	return host + "/" + strings.ToLower(project) + number
}

func (p *payload) push() webhook.Push {
	return webhook.Push{Source: source, Host: webhook.Host(p.Project.WebURL), Number: p.Project.ID, Repo: p.Project.WebURL, User: p.UserUsername,
		Ref: p.Ref, Before: p.Before, After: p.After, Commits: p.Commits, Total: p.TotalCommits}
}
