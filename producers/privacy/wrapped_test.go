package privacy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/registry"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
	"pgregory.net/rapid"

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

// Whatever is wrapped, moved, unwrapped, rotated and shredded in whatever order: what was sealed opens, except what was shredded.
func TestNothingButShreddingTakesADayAway(t *testing.T) {
	uris := []string{""}
	for range 2 {
		uri, err := fakekms.NewKeyURI() // in this process: the property is the keyring's
		if err != nil {
			t.Fatal(err)
		}
		uris = append(uris, uri)
	}
	clients := func(uri string) (registry.KMSClient, error) { return fakekms.NewClient(uri) }
	open := func(path, uri string) (*privacy.Keyring, error) {
		if uri == "" {
			return privacy.OpenKeyring(path)
		}
		client, err := clients(uri)
		if err != nil {
			return nil, err
		}
		return privacy.OpenKeyring(path, privacy.WrappedBy(client, uri))
	}
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		path, uri := filepath.Join(dir, fmt.Sprint(run)), ""
		k, err := open(path, uri)
		if err != nil {
			rt.Fatal(err)
		}
		token := k.Token("acme", "user", "ada")
		live, gone := map[string]sealed{}, map[string]sealed{}
		steps := map[string]func(*rapid.T){
			"seal": func(rt *rapid.T) {
				s := seal(t, k, rapid.SampledFrom([]string{"acme", "globex"}).Draw(rt, "org"), day.AddDate(0, 0, rapid.IntRange(0, 2).Draw(rt, "day")))
				live[s.key] = s
			},
			"shred": func(rt *rapid.T) {
				org, when := rapid.SampledFrom([]string{"acme", "globex"}).Draw(rt, "org"), day.AddDate(0, 0, rapid.IntRange(0, 2).Draw(rt, "day"))
				if _, err := privacy.ShredKeys(path, org, when); err != nil {
					rt.Fatal(err)
				}
				k.Recheck()
				for key, s := range live {
					if strings.HasPrefix(key, org+"/"+when.Format(time.DateOnly)) {
						gone[key] = s
						delete(live, key)
					}
				}
			},
			"rotate": func(rt *rapid.T) {
				if _, err := k.Rotate("acme", day); err != nil {
					rt.Fatal(err)
				}
			},
			"wrap": func(rt *rapid.T) {
				to := rapid.SampledFrom(uris).Draw(rt, "to")
				if to == "" && uri == "" {
					return
				}
				if _, err := privacy.Rewrap(path, to, clients); err != nil {
					rt.Fatal(err)
				}
				uri = to
				if k, err = open(path, uri); err != nil {
					rt.Fatal(err)
				}
			},
		}
		for _, step := range rapid.SliceOfN(rapid.SampledFrom([]string{"seal", "seal", "seal", "shred", "rotate", "wrap", "wrap"}), 3, 8).Draw(rt, "steps") {
			steps[step](rt)
		}
		for _, s := range live {
			if err := s.open(k); err != nil {
				rt.Fatalf("%s: %v", s.key, err)
			}
		}
		for _, s := range gone {
			if err := s.open(k); !errors.Is(err, privacy.ErrKeyGone) {
				rt.Fatalf("%s was shredded: %v", s.key, err)
			}
		}
		if k.Token("acme", "user", "ada") != token {
			rt.Fatal("tokens don't join any more")
		}
	})
}

func TestWhileTheKMSIsAway(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	uri := vault.Key("assay")
	k := mustOpen(t, path, uri)
	today := seal(t, k, "acme", day)
	vault.Seal(true)

	if err := today.open(k); err != nil {
		t.Errorf("a key that was unwrapped: %v", err)
	}
	seal(t, k, "acme", day)
	var away *privacy.KMSError
	tomorrow := day.AddDate(0, 0, 1)
	_, _, err := k.Seal("acme", tomorrow, []byte("x"), nil)
	if !errors.As(err, &away) || errors.Is(err, privacy.ErrLocked) || away.After <= 0 {
		t.Fatalf("a new day: %v", err)
	}
	asked := vault.Calls("encrypt")
	for range 100 { // nobody waits for the KMS, and nobody asks it, before the pause is over
		if _, _, err := k.Seal("globex", tomorrow, []byte("x"), nil); !errors.As(err, &away) {
			t.Fatal(err)
		}
	}
	if vault.Calls("encrypt") != asked {
		t.Errorf("the KMS was asked %d times in the pause", vault.Calls("encrypt")-asked)
	}
	if n, err := privacy.ShredKeys(path, "acme", day); n != 1 || err != nil {
		t.Errorf("an erasure: %d, %v", n, err)
	}
	if keys, err := privacy.ListKeys(path); err != nil || len(keys) != 1 || keys[0].ShreddedAt == nil {
		t.Errorf("%+v, %v", keys, err)
	}
	k.Recheck()
	if err := today.open(k); !errors.Is(err, privacy.ErrKeyGone) {
		t.Errorf("after the erasure: %v", err)
	}
	if _, err := openWrapped(path, uri); err == nil || !strings.Contains(err.Error(), "check that it runs") {
		t.Errorf("at start: %v", err)
	}

	vault.Seal(false)
	k.EndPause()
	if err := seal(t, k, "acme", tomorrow).open(k); err != nil {
		t.Error(err)
	}
}

func TestLockedKeyringsSayWhatToDo(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	uri := vault.Key("assay")
	k := mustOpen(t, path, uri)
	seal(t, k, "acme", day)
	bare := newPath(t)
	mustOpen(t, bare, "")

	for _, c := range []struct{ name, path, uri, denied, want string }{
		{"no KEK", path, "", "", "give that by --keyring-kek"},
		{"another KEK", path, vault.Key("other"), "", "is wrapped under " + uri + ", not under " + vault.Key("other")},
		{"not wrapped", bare, uri, "", "run `assay keys wrap --kek " + uri},
		{"denied", path, uri, "decrypt", "denies update on transit/decrypt/assay"},
		{"denied a new one", newPath(t), uri, "encrypt", "denies update on transit/encrypt/assay"},
	} {
		t.Run(c.name, func(t *testing.T) {
			vault.Deny(c.denied)
			defer vault.Deny("")
			_, err := openWrapped(c.path, c.uri)
			if !errors.Is(err, privacy.ErrLocked) || !errors.As(err, new(*privacy.KMSError)) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("denied while running", func(t *testing.T) {
		vault.Deny("encrypt")
		defer vault.Deny("")
		if _, _, err := k.Seal("acme", day.AddDate(0, 0, 1), nil, nil); !errors.Is(err, privacy.ErrLocked) {
			t.Errorf("got %v", err)
		}
		seal(t, k, "acme", day)
	})
	t.Run("versions", func(t *testing.T) {
		vault.Rotate("assay")
		mustOpen(t, path, uri)
		vault.Retire(2)
		defer vault.Retire(1)
		if _, err := openWrapped(path, uri); !errors.Is(err, privacy.ErrLocked) || !strings.Contains(err.Error(), "min_decryption_version") {
			t.Errorf("a retired version: %v", err)
		}
		vault.Retire(1)
		if _, err := privacy.Rewrap(path, uri, clients); err != nil {
			t.Fatal(err)
		}
		vault.Retire(2)
		mustOpen(t, path, uri)
	})
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

func TestAFailedWrapChangesNothing(t *testing.T) {
	vault, path := kmstest.New(t), newPath(t)
	k := mustOpen(t, path, "")
	for i := range 20 {
		seal(t, k, "acme", day.AddDate(0, 0, i))
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	calls := 0
	vault.OnCall(func(string) {
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == 25 {
			vault.Deny("encrypt")
		}
	})
	if _, err := privacy.Rewrap(path, vault.Key("assay"), clients); !errors.Is(err, privacy.ErrLocked) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed (%v)", err)
	}
	if _, err := privacy.Rewrap(path, "", clients); err == nil || !strings.Contains(err.Error(), "not wrapped") {
		t.Errorf("unwrapped what isn't wrapped: %v", err)
	}
}

const wrapChild = "ASSAY_TEST_WRAP_CHILD" // PATH,URI

// A process that is killed at any of its calls to the KMS, which are before it replaces the file, leaves the keyring as it was.
func TestAWrapThatIsKilledLeavesTheKeyring(t *testing.T) {
	if path, uri, ok := strings.Cut(os.Getenv(wrapChild), ","); ok {
		_, err := privacy.Rewrap(path, uri, clients)
		t.Fatalf("the wrap ended: %v", err)
	}
	vault, path := kmstest.New(t), newPath(t)
	k := mustOpen(t, path, "")
	var all []sealed
	for i := range 5 {
		all = append(all, seal(t, k, "acme", day.AddDate(0, 0, i)))
	}
	uri := vault.Key("assay")
	for _, fatal := range []int{1, 7, 12} { // of 12: 6 keys, each wrapped and checked
		var mu sync.Mutex
		calls := 0
		child := exec.Command(os.Args[0], "-test.run=^TestAWrapThatIsKilledLeavesTheKeyring$")
		child.Env = append(os.Environ(), wrapChild+"="+path+","+uri)
		reached, hold := make(chan struct{}), make(chan struct{})
		vault.OnCall(func(string) {
			mu.Lock()
			calls++
			last := calls == fatal
			mu.Unlock()
			if last {
				close(reached)
				<-hold
			}
		})
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		<-reached
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed
		close(hold)
		vault.OnCall(func(string) {})
		k := mustOpen(t, path, "") // and the lock is free
		for _, s := range all {
			if err := s.open(k); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(path+".next", []byte("half a keyr"), 0o600); err != nil { // killed while writing
		t.Fatal(err)
	}
	if n, err := privacy.Rewrap(path, uri, clients); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := os.Stat(path + ".next"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed process left is still there: %v", err)
	}
	for _, s := range all {
		if err := s.open(mustOpen(t, path, uri)); err != nil {
			t.Error(err)
		}
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
