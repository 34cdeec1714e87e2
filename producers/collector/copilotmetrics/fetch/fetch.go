// Package fetch gets reports over HTTP: with a token from the API, without it from the signed addresses that the API names.
//
// Addresses are secrets here (whoever has a signed one has the report), so errors name the host alone.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v4"
)

const (
	maxBytes = 256 << 20 // of one report
	maxTries = 5
)

// Getter gets reports.
type Getter struct {
	Client *http.Client
	Token  string // sent to the address that was asked for, never to those that it names
}

// Get returns the answer, and nothing where the sender says that there is no data: 204, and 404.
func (g Getter) Get(ctx context.Context, address string, withToken bool) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("get a report: its address is no URL")
	}
	body, err := backoff.RetryWithData(func() ([]byte, error) { return g.try(ctx, u, withToken) },
		backoff.WithContext(backoff.WithMaxRetries(backoff.NewExponentialBackOff(), maxTries-1), ctx))
	if err != nil {
		return nil, fmt.Errorf("get a report from %s: %w", u.Host, err)
	}
	return body, nil
}

func (g Getter) try(ctx context.Context, u *url.URL, withToken bool) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, backoff.Permanent(errors.New("its address is no URL"))
	}
	request.Header.Set("Accept", "application/json")
	if withToken && g.Token != "" {
		request.Header.Set("Authorization", "Bearer "+g.Token)
		request.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	}
	response, err := g.Client.Do(request)
	if err != nil {
		var named *url.Error // quotes the address
		if errors.As(err, &named) {
			err = named.Err
		}
		return nil, err
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusNoContent, status == http.StatusNotFound:
		return nil, nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return nil, backoff.Permanent(fmt.Errorf("%s: does the token have read access to Copilot's metrics?", response.Status))
	case status == http.StatusTooManyRequests, status >= 500:
		return nil, errors.New(response.Status)
	case status != http.StatusOK:
		return nil, backoff.Permanent(errors.New(response.Status))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read it: %w", err)
	case len(body) > maxBytes:
		return nil, backoff.Permanent(fmt.Errorf("it has more than %d MiB", maxBytes>>20))
	}
	return body, nil
}

// NewClient returns a client. It goes on after a redirect to another host without the token, as http.Client does.
func NewClient() *http.Client { return &http.Client{Timeout: 5 * time.Minute} }
