package collector

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms"
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
)

// While the KMS is away or denies, events of days whose key is here go on, and the others are left to their senders.
func TestTheKMSIsAway(t *testing.T) {
	for _, c := range []struct {
		name string
		away func(*kmstest.Vault)
		wait int // seconds that clients are told, at least
	}{
		{"sealed", func(v *kmstest.Vault) { v.Seal(true) }, 1},
		{"denied", func(v *kmstest.Vault) { v.Deny("encrypt") }, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			vault := kmstest.New(t)
			uri := vault.Key("assay")
			client, err := kms.Client(t.Context(), uri)
			if err != nil {
				t.Fatal(err)
			}
			r := startRig(t, settings{keyring: []privacy.Option{privacy.WrappedBy(client, uri)}})
			acme, globex := "Authorization: Bearer "+r.token("acme", "my-plugin"), "Authorization: Bearer "+r.token("globex", "my-plugin")
			const code = `,"repo":"shop","path":"a.go","payload":{"code":"canaryCode()"}`
			if a := r.post("/v1/events", shown("before", "", code), acme); a.status != http.StatusAccepted {
				t.Fatalf("%d %s", a.status, a.body)
			}
			c.away(vault)
			if a := r.post("/v1/events", shown("same-day", "", code), acme); a.status != http.StatusAccepted {
				t.Errorf("a day whose key is here: %d %s", a.status, a.body)
			}
			a := r.post("/v1/events", shown("other", "", code), globex)
			if wait, err := strconv.Atoi(a.headers.Get("Retry-After")); a.status != http.StatusServiceUnavailable || err != nil || wait < c.wait {
				t.Errorf("a new day: %d %s, Retry-After %q", a.status, a.body, a.headers.Get("Retry-After"))
			}
			published := r.read("assistant.code")
			if len(published) != 2 || published[0].Env().Org != "acme" || published[1].Env().Org != "acme" {
				t.Errorf("%d events were published, want the two of acme", len(published))
			}
			if files := r.holding("canaryCode"); len(files) > 0 {
				t.Errorf("the code stands in the clear in %q", files)
			}
		})
	}
}
