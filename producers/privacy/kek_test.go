package privacy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
)

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
