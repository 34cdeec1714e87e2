package privacy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/registry"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms"
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
)

var day = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

func clients(uri string) (registry.KMSClient, error) { return kms.Client(context.Background(), uri) }

func openWrapped(path, uri string) (*privacy.Keyring, error) {
	if uri == "" {
		return privacy.OpenKeyring(path)
	}
	client, err := clients(uri)
	if err != nil {
		return nil, err
	}
	return privacy.OpenKeyring(path, privacy.WrappedBy(client, uri))
}

func mustOpen(t testing.TB, path, uri string) *privacy.Keyring {
	t.Helper()
	k, err := openWrapped(path, uri)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "keys", "keyring.json") }

// sealed is a payload with what opens it.
type sealed struct {
	org, key string
	bytes    []byte
}

func seal(t testing.TB, k *privacy.Keyring, org string, when time.Time) sealed {
	t.Helper()
	bytes, key, err := k.Seal(org, when, []byte("secret of "+org), []byte("id"))
	if err != nil {
		t.Fatal(err)
	}
	return sealed{org, key, bytes}
}

func (s sealed) open(k *privacy.Keyring) error {
	plain, err := k.Open(s.org, s.key, s.bytes, []byte("id"))
	if err == nil && string(plain) != "secret of "+s.org {
		err = fmt.Errorf("opened %q", plain)
	}
	return err
}

// The KMS is asked once for the token key and once per key and process, whatever the number of events; a new key costs one
// wrapping more, and other keys' changes cost nothing.
func TestTheKMSIsAskedPerKeyAndNotPerEvent(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	uri := vault.Key("assay")
	k := mustOpen(t, path, uri)
	expect := func(what string, encrypt, decrypt int) {
		t.Helper()
		if e, d := vault.Calls("encrypt"), vault.Calls("decrypt"); e != encrypt || d != decrypt {
			t.Errorf("%s: %d wrappings and %d unwrappings so far, want %d and %d", what, e, d, encrypt, decrypt)
		}
	}
	expect("a new keyring", 1, 1)
	var all []sealed
	for i := range 3000 { // 3 organisations, 2 days
		all = append(all, seal(t, k, []string{"acme", "globex", "initech"}[i%3], day.AddDate(0, 0, i%2)))
	}
	expect("6 days of organisations sealed", 7, 7)

	var wg sync.WaitGroup
	other := mustOpen(t, path, uri)
	for part := range 4 {
		wg.Go(func() {
			for i := part; i < len(all); i += 4 {
				if err := all[i].open(other); err != nil {
					t.Error(err)
					return
				}
				other.Token("acme", "user", "ada")
			}
		})
	}
	wg.Wait()
	expect("another process opened all", 7, 14)

	if n, err := other.Shred("acme", day); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	k.Recheck()
	for _, s := range all[1:] {
		if err := s.open(k); err != nil && s.org != "acme" {
			t.Fatal(err)
		}
	}
	expect("after a shred", 7, 14)
}

func TestManyWhoSealAFirstEventAskOnce(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	k := mustOpen(t, path, vault.Key("assay"))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, _, err := k.Seal("acme", day, []byte("x"), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if keys, err := k.Keys(); err != nil || len(keys) != 1 {
		t.Errorf("%v, %v", keys, err)
	}
	if e, d := vault.Calls("encrypt"), vault.Calls("decrypt"); e > 3 || d != 2 { // a late one may have begun before the first ended
		t.Errorf("%d wrappings, %d unwrappings", e, d)
	}
}

func TestNoKeyStandsInTheFile(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	plain := mustOpen(t, path, "")
	s, token := seal(t, plain, "acme", day), plain.Token("acme", "user", "ada")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	uri := vault.Key("assay")
	if n, err := privacy.Rewrap(path, uri, clients); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var was struct {
		Root string `json:"token_root"`
		Keys map[string]struct{ Keyset string }
	}
	if err := json.Unmarshal(before, &was); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{was.Root, was.Keys[s.key].Keyset} {
		if len(secret) < 40 || bytes.Contains(after, []byte(secret)) {
			t.Errorf("a key of %d characters stands in the wrapped file", len(secret))
		}
	}
	wrapped := mustOpen(t, path, uri)
	if err := s.open(wrapped); err != nil || wrapped.Token("acme", "user", "ada") != token {
		t.Errorf("wrapped: %v, token %s, was %s", err, wrapped.Token("acme", "user", "ada"), token)
	}
	if err := s.open(plain); err != nil {
		t.Errorf("a process that was open, within the second: %v", err)
	}
	plain.Recheck()
	if err := s.open(plain); !errors.Is(err, privacy.ErrLocked) || !strings.Contains(err.Error(), "--keyring-kek") {
		t.Errorf("a process that was open before: %v", err)
	}
	if _, _, err := plain.Seal("acme", day, nil, nil); !errors.Is(err, privacy.ErrLocked) {
		t.Errorf("it sealed: %v", err)
	}
}

// Wrapped keys are bound to what they are for, and one that doesn't open concerns its day alone.
func TestAWrappedKeyOpensInItsOwnPlaceOnly(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	uri := vault.Key("assay")
	k := mustOpen(t, path, uri)
	first, second := seal(t, k, "acme", day), seal(t, k, "globex", day)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Keys map[string]struct{ Keyset string }
	}
	if err := json.Unmarshal(content, &f); err != nil {
		t.Fatal(err)
	}
	content = bytes.Replace(content, []byte(f.Keys[second.key].Keyset), []byte(f.Keys[first.key].Keyset), 1)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	k = mustOpen(t, path, uri)
	asked := vault.Calls("decrypt")
	for range 10 {
		if err := second.open(k); !errors.Is(err, privacy.ErrWrongKey) || errors.As(err, new(*privacy.KMSError)) {
			t.Fatalf("got %v", err)
		}
	}
	if n := vault.Calls("decrypt") - asked; n != 1 {
		t.Errorf("the damaged key was sent %d times", n)
	}
	if err := first.open(k); err != nil {
		t.Error(err)
	}
}

func BenchmarkSealWrapped(b *testing.B) {
	vault := kmstest.New(b)
	k, plain := mustOpen(b, newPath(b), vault.Key("assay")), bytes.Repeat([]byte("x"), 600)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.Seal("acme", day, plain, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(vault.Calls("encrypt")+vault.Calls("decrypt")), "kms-calls")
}
