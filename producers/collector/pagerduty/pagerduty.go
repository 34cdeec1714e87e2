// Package pagerduty maps PagerDuty's V3 webhooks (developer.pagerduty.com/docs/webhooks-overview): incidents.
//
// PagerDuty drops what is refused and disables a subscription after three refusals: only what can't be read, or isn't proved
// to come from it, is refused. It repeats a delivery for two days and may deliver out of order: event.id tells events apart,
// and an incident's state is that of its last event by time.
package pagerduty

import (
	"errors"
	"net/http"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/webhook"
)

const (
	source = "pagerduty"
	path   = "/v1/webhooks/pagerduty"
)

// Mapping implements intake.Signed.
type Mapping struct{}

var _ intake.Signed = Mapping{}

// Routes implements intake.Mapping.
func (Mapping) Routes() []intake.Route { return []intake.Route{{Method: http.MethodPost, Path: path}} }

// Provider implements intake.Signed.
func (Mapping) Provider() string { return source }

// maxSignatures of a request are looked at; two secrets are valid while one is rotated.
const maxSignatures = 8

// Verify implements intake.Signed. One good signature of several is enough.
func (Mapping) Verify(r intake.Request, secret []byte) bool {
	good := false
	for _, signature := range strings.SplitN(r.Header.Get("X-PagerDuty-Signature"), ",", maxSignatures) {
		code, ok := strings.CutPrefix(strings.TrimSpace(signature), "v1=")
		good = ok && webhook.Signed(r.Body, secret, code) || good
	}
	return good
}

var (
	errNoID       = errors.New("the event has no id")
	errNoData     = errors.New("data is missing")
	errNoIncident = errors.New("the incident has no id")
)

// Map implements intake.Mapping.
func (Mapping) Map(r intake.Request) (intake.Result, error) {
	if _, err := jsonbody.Check(r.Body); err != nil { // long titles are legal, and not kept
		return intake.Result{}, err
	}
	var envelope struct {
		Event *struct {
			Type string `json:"event_type"`
		} `json:"event"`
	}
	err := webhook.Decode(r.Body, &envelope)
	if err == nil && envelope.Event == nil {
		return intake.Result{}, intake.Refuse(400, "event is missing: this is no webhook of version 3")
	}
	if err != nil {
		return webhook.DeadLetter(r.Body, err), nil
	}
	kind, known := kinds[envelope.Event.Type]
	if !known {
		return webhook.Ignored, nil
	}
	var p payload
	if err := webhook.Decode(r.Body, &p); err != nil {
		return webhook.DeadLetter(r.Body, err), nil
	}
	d, err := p.Event.draft(kind, r.Received)
	if err != nil {
		return webhook.DeadLetter(r.Body, err), nil
	}
	return intake.Result{Drafts: []intake.Draft{d}}, nil
}
