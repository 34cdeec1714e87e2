package privacy_test

import (
	"bytes"
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
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
)

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
