// Package github maps the webhooks of GitHub (docs.github.com/en/webhooks/webhook-events-and-payloads): pull requests, reviews,
// pushes, deployments and issues that are incidents.
//
// What is known to be no fact of delivery (a label, an edit, a comment) is kept with kind unknown, so that it counts nowhere;
// events and actions that are not known are answered and ignored, since a refusal would mark the hook as failing. Texts, titles
// and names of branches are read for what they say of reverts, and not kept.
package github

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

const (
	source = "github"
	path   = "/v1/webhooks/github"
)

// Mapping implements intake.Signed.
type Mapping struct{ deliveries *deliveries }

var _ intake.Signed = Mapping{}

// New returns the mapping.
func New() Mapping { return Mapping{newDeliveries()} }

// Routes implements intake.Mapping.
func (Mapping) Routes() []intake.Route { return []intake.Route{{Method: http.MethodPost, Path: path}} }

// Provider implements intake.Signed.
func (Mapping) Provider() string { return source }

// Verify implements intake.Signed. The signature is over the body as it came, also where that is a form.
func (Mapping) Verify(r intake.Request, secret []byte) bool {
	code, ok := strings.CutPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
	return ok && webhook.Signed(r.Body, secret, code)
}

// mapped are the events that are facts of delivery, or near to one.
var mapped = map[string]func(*payload, intake.Request) ([]intake.Draft, error){
	"pull_request":        (*payload).pullRequest,
	"pull_request_review": (*payload).reviewed,
	"deployment_status":   (*payload).deployed,
	"issues":              (*payload).issue,
}

// Map implements intake.Mapping.
func (m Mapping) Map(r intake.Request) (intake.Result, error) {
	body, err := content(r)
	if err != nil {
		return intake.Result{}, err
	}
	if _, err := jsonbody.Check(body); err != nil { // long texts are legal, and not kept
		return intake.Result{}, err
	}
	event, delivery := r.Header.Get("X-GitHub-Event"), r.Header.Get("X-GitHub-Delivery")
	switch {
	case event == "":
		return intake.Result{}, intake.Refuse(400, "X-GitHub-Event is missing")
	case delivery == "":
		return intake.Result{}, intake.Refuse(400, "X-GitHub-Delivery is missing")
	}
	of, known := mapped[event]
	if !known && event != "push" {
		return webhook.Ignored, nil
	}
	if !m.deliveries.same(r.Org, delivery, body) {
		return webhook.DeadLetter(body, errReused), nil
	}
	var p payload
	if err := webhook.Decode(body, &p); err != nil {
		return webhook.DeadLetter(body, err), nil
	}
	if p.Repository.ID <= 0 || p.Repository.HTMLURL == "" {
		return webhook.DeadLetter(body, webhook.ErrNoRepository), nil
	}
	if event == "push" {
		return p.push().Map(r), nil
	}
	drafts, err := of(&p, r)
	switch {
	case err != nil:
		return webhook.DeadLetter(body, err), nil
	case len(drafts) == 0:
		return webhook.Ignored, nil
	}
	return intake.Result{Drafts: drafts}, nil
}

// content is the JSON of a request, which a hook may be set to send as a form.
func content(r intake.Request) ([]byte, error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return r.Body, nil
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil || !form.Has("payload") {
		return nil, intake.Refuse(400, "the body is no form with a payload")
	}
	return []byte(form.Get("payload")), nil
}

// envelope begins an event whose id follows from numbers of this GitHub.
func (p *payload) envelope(at time.Time, parts ...string) schemas.Envelope {
	id := append([]string{source, webhook.Host(p.Repository.HTMLURL), strconv.FormatInt(p.Repository.ID, 10)}, parts...)
	return schemas.Envelope{EventID: schemas.DerivedID(id...), OccurredAt: at, Source: source}
}

// change is how pull requests and issues, which share their numbers, are called everywhere.
func (p *payload) change(project, number string) string {
	return webhook.Host(p.Repository.HTMLURL) + "/" + strings.ToLower(cmp.Or(project, p.Repository.FullName)) + "#" + number
}

func (p *payload) push() webhook.Push {
	return webhook.Push{Source: source, Host: webhook.Host(p.Repository.HTMLURL), Number: p.Repository.ID, Repo: p.Repository.HTMLURL, User: p.Sender.Login,
		Ref: p.Ref, Before: p.Before, After: p.After, Commits: p.Commits}
}
