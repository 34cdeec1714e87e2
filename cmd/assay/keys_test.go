package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/producers/privacy/kms/kmstest"
)

// TestKeysMoveUnderAKMS wraps a keyring, uses it, and moves it back; listing and shredding ask no KMS.
func TestKeysMoveUnderAKMS(t *testing.T) {
	t.Setenv(beAssay, "1")
	vault, path := kmstest.New(t), filepath.Join(t.TempDir(), "keyring.json")
	kek := vault.Key("assay")
	keys, err := privacy.OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, org := range []string{"acme", "globex"} {
		if _, _, err := keys.Seal(org, day, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	token := keys.Token("acme", "user", "zoe")

	run := func(code int, want string, args ...string) {
		t.Helper()
		out, errs, got := assay(t, append(args, "--keyring", path)...)
		if got != code || !strings.Contains(out+errs, want) || strings.Contains(out+errs, os.Getenv("VAULT_TOKEN")) {
			t.Errorf("assay %v: %d %s%s, want %d and %q", args, got, out, errs, code, want)
		}
	}
	tokenOf := []string{"privacy", "token", "acme", "user", "zoe"}
	run(0, "2 keys of days are wrapped", "keys", "wrap", "--kek", kek)
	run(1, "--keyring-kek", tokenOf...)
	run(1, "not under "+vault.Key("other"), append(tokenOf, "--keyring-kek", vault.Key("other"))...)
	run(1, "is named aws-kms://", append(tokenOf, "--keyring-kek", "gcp-kms://key")...)
	run(0, token, append(tokenOf, "--keyring-kek", kek)...)
	run(0, "acme/2026-11-23/2", "keys", "rotate", "2026-11-23", "--org", "acme", "--keyring-kek", kek)

	vault.Deny("decrypt")
	run(1, "policy allows update", append(tokenOf, "--keyring-kek", kek)...)
	vault.Deny("")
	vault.Seal(true)
	run(1, "check that it runs", append(tokenOf, "--keyring-kek", kek)...)
	run(1, "nothing was changed", "keys", "unwrap")
	run(0, "acme/2026-11-23/2", "keys", "list")
	run(0, "2 keys of 2026-11-23 are shredded", "keys", "shred", "2026-11-23", "--org", "acme")
	vault.Seal(false)

	run(0, "1 keys of days are not wrapped", "keys", "unwrap")
	run(1, "run `assay keys wrap", append(tokenOf, "--keyring-kek", kek)...)
	run(0, token, tokenOf...)
	t.Setenv("ASSAY_KEYRING_KEK", kek)
	path = filepath.Join(t.TempDir(), "unknown.json")
	run(1, "no such file", tokenOf...)
}
