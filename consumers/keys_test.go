package consumers

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms"
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology"
)

// A service waits for a key that the KMS doesn't give now, and ends where it is denied: it never takes an event without its
// payload for that.
func TestAServiceWaitsForTheKMS(t *testing.T) {
	vault := kmstest.New(t)
	uri, path := vault.Key("assay"), filepath.Join(t.TempDir(), "keyring.json")
	open := func() *privacy.Keyring {
		client, err := kms.Client(t.Context(), uri)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := privacy.OpenKeyring(path, privacy.WrappedBy(client, uri))
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	var mu sync.Mutex
	var seen []string
	service := NewMap(topology.Service{Name: "opener", Inputs: []string{"assistant.chat"}, Outputs: []string{"quality.outcomes"}, Opens: true, Doc: "test"},
		func(in Input) ([]schemas.Event, error) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, string(in.Plain))
			return nil, nil
		})
	b := newBench(t, service)
	e := prompt(1)
	var err error
	if e.Sealed, e.SealKeyID, err = open().Seal(e.Org, e.OccurredAt, []byte("secret"), []byte(e.EventID)); err != nil {
		t.Fatal(err)
	}
	b.publish(e)

	b.config.Keys = open() // has unwrapped no day's key yet
	vault.Deny("decrypt")
	r, err := New(service, b.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); !errors.Is(err, privacy.ErrLocked) {
		t.Errorf("denied: %v", err)
	}

	vault.Deny("")
	b.config.Keys = open()
	vault.Seal(true)
	asked := make(chan struct{})
	once := sync.OnceFunc(func() { close(asked) })
	vault.OnCall(func(string) { once() })
	stopped := b.start(service, b.config.Tuning)
	<-asked
	vault.Seal(false)
	b.waitDrained()
	if err := stopped(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0] != "secret" {
		t.Errorf("the service saw %q", seen)
	}
}
