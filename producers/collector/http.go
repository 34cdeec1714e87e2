package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/intake"
)

const maxStreams = 250 // requests at once of one connection

// Handler answers clients over HTTP.
func (c *Collector) Handler() http.Handler {
	mux := http.NewServeMux()
	for name := range c.routes {
		mux.HandleFunc(name, func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			status := c.serve(w, r, name)
			c.metrics.requested(name, status, time.Since(started))
		})
	}
	mux.HandleFunc("GET /v1/gate/{change}", func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		status := c.gate(w, r)
		c.metrics.requested("GET /v1/gate", status, time.Since(started))
	})
	fixed := func(path, kind string, body []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(body)
		})
	}
	fixed("/openapi.json", "application/json", events.OpenAPI(c.config.Version))
	for _, record := range events.Records {
		fixed("/schemas/"+record.Name+".json", "application/schema+json", events.JSONSchema(record))
	}
	fixed("/healthz", "text/plain", []byte("ok\n"))
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !c.Ready() {
			http.Error(w, "not ready: stopping", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}

// serve answers a request to a route and returns the status.
func (c *Collector) serve(w http.ResponseWriter, r *http.Request, route string) int {
	answer, err := c.take(w, r, route)
	if err != nil {
		return c.refuse(w, err)
	}
	if answer.Type != "" {
		w.Header().Set("Content-Type", answer.Type)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // a client that left will send again
	return answer.Status
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request, route string) (intake.Answer, error) {
	from, err := c.identify(httpProof(r))
	if err != nil && !c.signed(route) {
		return intake.Answer{}, err
	}
	if err := c.limits.check(from.id, c.now()); err != nil {
		return intake.Answer{}, err
	}
	body, release, err := c.readBody(w, r)
	defer release()
	if err != nil {
		return intake.Answer{}, err
	}
	return c.handle(r.Context(), from, route, intake.Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, Body: body,
	})
}

// refuse words an error for the client and returns its status.
func (c *Collector) refuse(w http.ResponseWriter, err error) int {
	reason := "the collector failed: see its log"
	var refusal *intake.Refusal
	var later *laterError
	switch {
	case errors.As(err, &refusal):
		reason = refusal.Reason
	case errors.As(err, &later):
		reason = later.reason
		w.Header().Set("Retry-After", strconv.Itoa(later.seconds()))
	}
	status := statusOf(err)
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
	case http.StatusInternalServerError:
		c.log.Error("a request failed", "error", err)
	}
	body, err := json.Marshal(map[string]string{"error": reason})
	if err != nil {
		panic(err) // strings always marshal
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
	return status
}

// statusOf is the HTTP status that tells a client of an error.
func statusOf(err error) int {
	var refusal *intake.Refusal
	var later *laterError
	switch {
	case errors.As(err, &refusal):
		return refusal.Status
	case errors.As(err, &later):
		return later.status
	case errors.Is(err, context.Canceled): // nobody reads it: the client left
		return http.StatusRequestTimeout
	}
	return http.StatusInternalServerError
}
