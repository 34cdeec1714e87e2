package collector

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/producers/privacy"
)

// standings are what a gate says, by organisation and change.
type standings map[[2]string]string

func (s standings) Decision(_ context.Context, org, change string) (GateAnswer, bool, error) {
	d, ok := s[[2]string{org, change}]
	return GateAnswer{Decision: d, Reasons: []string{"why"}}, ok, nil
}

// A sender learns of its own organisation's changes alone, by the names that it gave them.
func TestGateAnswers(t *testing.T) {
	dir := t.TempDir()
	keys, err := privacy.OpenKeyring(filepath.Join(dir, "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "tokens.json")
	made := map[string]string{"": ""}
	for _, org := range []string{"acme", "other"} {
		if made[org], _, err = tokens.Create(file, org, "ci", ""); err != nil {
			t.Fatal(err)
		}
	}
	store, err := tokens.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	gate := standings{{"acme", "17"}: "blocked", {"acme", keys.Token("acme", "change", "acme/shop#17")}: "pass"}
	c, err := New(Config{Keys: keys, Tokens: store, Gate: gate, Registerer: prometheus.NewRegistry(), EventsPerSecond: 1000})
	if err != nil {
		t.Fatal(err)
	}
	without, err := New(Config{Keys: keys, Tokens: store, Registerer: prometheus.NewRegistry(), EventsPerSecond: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		c           *Collector
		org, change string
		status      int
		body        string
	}{
		"blocked":                {c, "acme", "17", http.StatusOK, `"decision":"blocked"`},
		"by a name":              {c, "acme", "acme/shop#17", http.StatusOK, `"decision":"pass"`},
		"another organisation's": {c, "other", "17", http.StatusNotFound, "no such change"},
		"unknown":                {c, "acme", "18", http.StatusNotFound, "no such change"},
		"no token":               {c, "", "17", http.StatusUnauthorized, "token"},
		"no gate":                {without, "acme", "17", http.StatusNotImplemented, "doesn't know"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/gate/"+url.PathEscape(want.change), nil)
		if token := made[want.org]; token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		want.c.Handler().ServeHTTP(w, r)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.body) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
