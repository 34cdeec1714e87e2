package collector

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/schemas"
)

// sender is who sent a request.
type sender struct {
	id          string // of the token, for limits; empty where none is needed
	org, client string
	environment schemas.Environment
}

// proof is what a request brings to tell who sent it.
type proof struct {
	token string
	local bool // it comes from a program on this machine
}

func httpProof(r *http.Request) proof {
	p := proof{token: r.Header.Get("Private-Token")} // as clients of GitLab send it
	if scheme, text, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		p.token = strings.TrimSpace(text)
	}
	// A page that a browser shows may send here, too: its requests have an origin, or came by another name for this machine.
	p.local = r.Header.Get("Origin") == "" && isLoopback(r.RemoteAddr) && isLocalName(r.Host)
	return p
}

func isLoopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func isLocalName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}

var errUnknown = intake.Refuse(http.StatusUnauthorized, "no valid token: send \"Authorization: Bearer TOKEN\"; `assay tokens create` makes one")

// identify tells who sent a request. Where no token is needed, one that isn't Assay's is of no concern: some clients always
// send something.
func (c *Collector) identify(p proof) (sender, error) {
	if p.token != "" {
		t, ok, err := c.config.Tokens.Find(p.token)
		if err != nil {
			return sender{}, err
		}
		if ok {
			return sender{id: t.ID, org: t.Org, client: t.Client, environment: t.Environment}, nil
		}
	}
	if c.config.LocalOrg != "" && p.local && !strings.HasPrefix(p.token, "assay_") {
		return sender{org: c.config.LocalOrg, client: "local", environment: schemas.EnvironmentProduction}, nil
	}
	return sender{}, errUnknown
}

// signed says whether a route takes requests that are signed instead of bringing a token.
func (c *Collector) signed(route string) bool {
	for _, s := range c.routes[route] {
		if _, ok := s.mapping.(intake.Signed); ok {
			return true
		}
	}
	return false
}

// verify tells whose secret proves a signed request.
func (c *Collector) verify(m intake.Signed, r intake.Request) (sender, error) {
	hooks, err := c.config.Tokens.Webhooks(m.Provider())
	if err != nil {
		return sender{}, err
	}
	var found sender
	for _, h := range hooks { // all of them, so that the time tells nothing
		if m.Verify(r, h.Secret()) && found.id == "" {
			found = sender{id: "webhook/" + h.Provider + "/" + h.Org, org: h.Org, client: h.Provider, environment: schemas.EnvironmentProduction}
		}
	}
	if found.id == "" {
		return sender{}, intake.Refuse(http.StatusUnauthorized, "no secret that the collector has for %s proves this request: `assay tokens webhook` adds one", m.Provider())
	}
	return found, nil
}
