package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// handle maps, protects and stores a request. Everything of it that is to be stored is stored when it returns without error.
func (c *Collector) handle(ctx context.Context, from sender, route string, r intake.Request) (_ intake.Answer, err error) {
	defer c.recovered(&r, &err)
	r.Received = c.now().UTC()
	r.Org, r.Client, r.Environment = from.org, from.client, from.environment
	mapping := c.mapping(route, r)
	if mapping == nil {
		return intake.Answer{}, intake.Refuse(http.StatusNotFound, "no client that the collector knows sends such a request")
	}
	if m, ok := mapping.(intake.Signed); ok {
		signer, err := c.verify(m, r)
		if err != nil {
			return intake.Answer{}, err
		}
		if err := c.limits.check(signer.id, r.Received); err != nil {
			return intake.Answer{}, err
		}
		from = signer
		r.Org, r.Client, r.Environment = from.org, from.client, from.environment
	} else if from.org == "" {
		return intake.Answer{}, errUnknown
	}
	result, err := mapping.Map(r)
	if err != nil {
		return intake.Answer{}, err
	}
	c.limits.count(from.id, len(result.Drafts)+len(result.Rejected)+result.Ignored, r.Received)
	outcome, store, err := c.settle(r, result)
	if err != nil {
		return intake.Answer{}, c.keyless.refuse(c.log, err)
	}
	if len(store) > 0 {
		if err := c.store(ctx, store); err != nil {
			return intake.Answer{}, err
		}
	}
	c.metrics.settled(route, outcome)
	if result.Answer == nil {
		return events.Answer(outcome), nil
	}
	return result.Answer(outcome), nil
}

// mapping is the one that takes the request.
func (c *Collector) mapping(route string, r intake.Request) intake.Mapping {
	for _, s := range c.routes[route] {
		if s.route.Claims == nil || s.route.Claims(r) {
			return s.mapping
		}
	}
	return nil
}

// recovered ends one request where a mapping has a mistake: the others' requests, whatever protocol brought them, go on.
func (c *Collector) recovered(r *intake.Request, err *error) {
	if p := recover(); p != nil {
		// The value of a panic may quote what the client sent.
		c.log.Error("a mapping has a mistake, its request was refused", "path", r.Path, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		*err = fmt.Errorf("the mapping of %s panicked", r.Path)
	}
}

// settle protects the drafts and wraps what is dead; store is everything that must be kept before the client is answered.
func (c *Collector) settle(r intake.Request, result intake.Result) (o intake.Outcome, store []schemas.Event, err error) {
	store = make([]schemas.Event, 0, len(result.Drafts))
	o.Accepted = make([]string, 0, len(result.Drafts))
	o.Rejected, o.Ignored = result.Rejected, result.Ignored
	for _, d := range result.Drafts {
		id := d.Event.Env().EventID // as the client knows it
		e, err := c.protect(r, d)
		var bad *badDraftError
		if errors.As(err, &bad) {
			o.Rejected = append(o.Rejected, bad.rejected(d, id, !result.Correctable))
			continue
		}
		if err != nil {
			return o, nil, err
		}
		store = append(store, e)
		if !d.OwnID {
			id = e.Env().EventID
		}
		o.Accepted = append(o.Accepted, id)
	}
	for _, rejected := range o.Rejected {
		if !rejected.Dead {
			continue
		}
		letters, err := c.deadLetter(r, rejected)
		if err != nil {
			return o, nil, err
		}
		store = append(store, letters...)
	}
	return o, store, nil
}
