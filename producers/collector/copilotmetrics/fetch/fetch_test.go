package fetch_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/assayhq/assay/producers/collector/copilotmetrics/fetch"
)

func TestGet(t *testing.T) {
	var tries atomic.Int32
	var authorised atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer hush" {
			authorised.Add(1)
		}
		switch r.URL.Path {
		case "/report":
			_, _ = w.Write([]byte("{}"))
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/later":
			if tries.Add(1) == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write([]byte("late"))
		case "/denied":
			w.WriteHeader(http.StatusForbidden)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	g := fetch.Getter{Client: fetch.NewClient(), Token: "hush"}
	for path, want := range map[string]string{"/report": "{}", "/none": "", "/missing": "", "/later": "late"} {
		if body, err := g.Get(t.Context(), server.URL+path, true); err != nil || string(body) != want {
			t.Errorf("%s: %q, %v", path, body, err)
		}
	}
	authorised.Store(0)
	if _, err := g.Get(t.Context(), server.URL+"/report", false); err != nil || authorised.Load() != 0 {
		t.Errorf("%v; the token was sent %d times", err, authorised.Load())
	}
	for _, address := range []string{server.URL + "/denied?sig=canary", "ftp://canary", "canary", "http://%canary"} {
		if _, err := g.Get(t.Context(), address, true); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", address, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody is waited for
	if _, err := g.Get(ctx, server.URL+"/report?sig=canary", true); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}
