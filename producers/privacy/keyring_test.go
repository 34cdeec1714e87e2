package privacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var day = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

func open(t testing.TB, path string) *Keyring {
	t.Helper()
	k, err := OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newKeyring(t testing.TB) *Keyring {
	return open(t, filepath.Join(t.TempDir(), "keys", "keyring.json"))
}

func TestSealOpensWithItsOwnOrgKeyAndEventOnly(t *testing.T) {
	k := newKeyring(t)
	rapid.Check(t, func(rt *rapid.T) {
		org := rapid.StringN(1, 8, -1).Draw(rt, "org")
		when := day.Add(time.Duration(rapid.IntRange(-1e6, 1e6).Draw(rt, "seconds")) * time.Second / 10)
		plain, aad := rapid.SliceOf(rapid.Byte()).Draw(rt, "plain"), rapid.SliceOf(rapid.Byte()).Draw(rt, "aad")
		sealed, keyID, err := k.Seal(org, when, plain, aad)
		if err != nil {
			rt.Fatal(err)
		}
		if want := org + "/" + when.Format(time.DateOnly) + "/1"; keyID != want {
			rt.Fatalf("key id %q, want %q", keyID, want)
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			rt.Fatal("the plaintext stands in the sealed bytes")
		}
		opened, err := k.Open(org, keyID, sealed, aad)
		if err != nil || !bytes.Equal(opened, plain) {
			rt.Fatalf("opened %q, %v", opened, err)
		}
		if _, err := k.Open(org, keyID, sealed, append(aad, 'x')); err == nil {
			rt.Fatal("opened for another event")
		}
		if _, err := k.Open(org+"x", keyID, sealed, aad); err == nil {
			rt.Fatal("opened for another organisation")
		}
		sealed[rapid.IntRange(0, len(sealed)-1).Draw(rt, "at")] ^= 1
		if _, err := k.Open(org, keyID, sealed, aad); err == nil {
			rt.Fatal("opened what was changed")
		}
	})
}

func TestADayIsAUTCDay(t *testing.T) {
	k := newKeyring(t)
	tokyo := time.FixedZone("Tokyo", 9*3600)
	for _, c := range []struct{ at, want string }{
		{"2026-11-23T08:59:59+09:00", "acme/2026-11-22/1"},
		{"2026-11-23T09:00:00+09:00", "acme/2026-11-23/1"},
		{"1970-01-01T09:00:00+09:00", "acme/1970-01-01/1"},
	} {
		at, err := time.ParseInLocation(time.RFC3339, c.at, tokyo)
		if err != nil {
			t.Fatal(err)
		}
		if _, id, err := k.Seal("acme", at, nil, nil); err != nil || id != c.want {
			t.Errorf("%s: key %s, %v, want %s", c.at, id, err, c.want)
		}
	}
	for _, at := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, _, err := k.Seal("acme", at, nil, nil); err == nil {
			t.Errorf("sealed for %v", at)
		}
	}
	if _, _, err := k.Seal("", day, nil, nil); err == nil {
		t.Error("sealed for no organisation")
	}
}

func TestKeyringsOfOneFileAgree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyring.json")
	const rings = 8
	var wg sync.WaitGroup
	sealed, ids, tokens := make([][]byte, rings), make([]string, rings), make([]string, rings)
	keyrings := make([]*Keyring, rings)
	for i := range rings {
		wg.Go(func() {
			var err error
			if keyrings[i], err = OpenKeyring(path); err != nil {
				t.Error(err)
				return
			}
			tokens[i] = keyrings[i].Token("acme", "user", "ada")
			if sealed[i], ids[i], err = keyrings[i].Seal("acme", day, []byte("secret"), []byte("id")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for i := range rings {
		if ids[i] != "acme/2026-11-23/1" || tokens[i] != tokens[0] {
			t.Errorf("keyring %d: key %s, token %s", i, ids[i], tokens[i])
		}
		if plain, err := keyrings[rings-1-i].Open("acme", ids[i], sealed[i], []byte("id")); err != nil || string(plain) != "secret" {
			t.Errorf("keyring %d opens %d's: %q, %v", rings-1-i, i, plain, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestShreddingErasesADayEverywhere(t *testing.T) {
	k := newKeyring(t)
	other := open(t, k.path)
	sealed, id, err := k.Seal("acme", day, []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	kept, keptID, err := k.Seal("acme", day.AddDate(0, 0, 1), []byte("kept"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open("acme", id, sealed, nil); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := k.Shred("acme", day); n != 1 || err != nil {
		t.Fatalf("shredded %d, %v", n, err)
	}
	other.checked.Store(-int64(recheck)) // as if the second had passed
	for _, ring := range []*Keyring{k, other, open(t, k.path)} {
		if _, err := ring.Open("acme", id, sealed, nil); !errors.Is(err, ErrKeyGone) {
			t.Errorf("after shredding: %v", err)
		}
		if plain, err := ring.Open("acme", keptID, kept, nil); err != nil || string(plain) != "kept" {
			t.Errorf("the next day: %q, %v", plain, err)
		}
	}
	after, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	var was keyFile
	if err := json.Unmarshal(before, &was); err != nil {
		t.Fatal(err)
	}
	key, err := json.Marshal(was.Keys[id].Keyset)
	if err != nil || bytes.Contains(after, key) {
		t.Errorf("the key still stands in the file (%v)", err)
	}
	if _, id, err := other.Seal("acme", day, []byte("late"), nil); err != nil || id != "acme/2026-11-23/2" {
		t.Errorf("late event: key %s, %v", id, err)
	}
	if n, err := k.Shred("acme", day.AddDate(1, 0, 0)); n != 0 || err != nil {
		t.Errorf("a day without keys: %d, %v", n, err)
	}
}

func TestRotateAndList(t *testing.T) {
	k := newKeyring(t)
	sealed, first, err := k.Seal("acme", day, []byte("before"), nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := k.Rotate("acme", day)
	if err != nil || second != "acme/2026-11-23/2" {
		t.Fatalf("%s, %v", second, err)
	}
	if _, id, err := k.Seal("acme", day, []byte("after"), nil); err != nil || id != second {
		t.Errorf("sealed with %s, %v", id, err)
	}
	if plain, err := k.Open("acme", first, sealed, nil); err != nil || string(plain) != "before" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, _, err := k.Seal("acme", day.AddDate(0, 0, -1), nil, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := k.Shred("acme", day.AddDate(0, 0, -1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	keys, err := k.Keys()
	if err != nil || len(keys) != 3 {
		t.Fatalf("%+v, %v", keys, err)
	}
	for i, want := range []struct {
		id               string
		active, shredded bool
	}{{"acme/2026-11-22/1", false, true}, {first, false, false}, {second, true, false}} {
		if got := keys[i]; got.ID != want.id || got.Active != want.active || (got.ShreddedAt != nil) != want.shredded {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
	}
	if _, err := k.Rotate("", day); err == nil {
		t.Error("rotated for no organisation")
	}
}

func TestOpenNamesAForeignKey(t *testing.T) {
	sealed, id, err := newKeyring(t).Seal("acme", day, []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = newKeyring(t).Open("acme", id, sealed, nil)
	if err == nil || errors.Is(err, ErrKeyGone) || !strings.Contains(err.Error(), "another keyring") {
		t.Errorf("got %v", err)
	}
	for _, id := range []string{"", "acme", "acme/2026-11-23", "/2026-11-23/1", "acme/x/2026-11-23/1"} {
		if _, err := newKeyring(t).Open("acme", id, sealed, nil); err == nil {
			t.Errorf("opened with key id %q", id)
		}
	}
}

func TestDamagedKeyringsAreSaidToBe(t *testing.T) {
	good := newKeyring(t)
	if _, _, err := good.Seal("acme", day, nil, nil); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good.path)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name    string
		content []byte
		mode    os.FileMode
		want    string
	}{
		{"empty", nil, 0o600, "damaged"},
		{"truncated", content[:len(content)/2], 0o600, "restore it from a backup"},
		{"no token key", []byte(`{"version":1}`), 0o600, "no token key"},
		{"future", []byte(`{"version":3}`), 0o600, "version 3"},
		{"half wrapped", []byte(`{"version":2,"token_root":"AAAA"}`), 0o600, "damaged"},
		{"readable by others", content, 0o644, "chmod 600"},
		{"bad id", bytes.Replace(content, []byte("/2026-11-23/"), []byte("/2026-99-23/"), 1), 0o600, "not a key id"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keyring.json")
			if err := os.WriteFile(path, c.content, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := OpenKeyring(path)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, c.content) {
				t.Errorf("the damaged file was touched (%v)", err)
			}
		})
	}
}

func TestALostOrSwappedKeyringIsNotReplaced(t *testing.T) {
	k, foreign := newKeyring(t), newKeyring(t)
	if err := os.Remove(k.path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Seal("acme", day, nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("sealed without a keyring: %v", err)
	}
	if _, err := os.Stat(k.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the keyring came back: %v", err)
	}
	if err := os.Rename(foreign.path, k.path); err != nil {
		t.Fatal(err)
	}
	if _, err := k.reload(); err == nil || !strings.Contains(err.Error(), "another installation") {
		t.Errorf("got %v", err)
	}
	if _, _, err := k.Seal("acme", day, nil, nil); err == nil {
		t.Error("sealed with another installation's keyring")
	}
}

func TestTokens(t *testing.T) {
	k := newKeyring(t)
	token := k.Token("acme", "user", "ada")
	if len(token) != 26 || strings.Contains(token, "ada") {
		t.Errorf("token %q", token)
	}
	if again := open(t, k.path).Token("acme", "user", "ada"); again != token {
		t.Errorf("not stable: %q then %q", token, again)
	}
	seen := map[string]string{token: "itself"}
	for name, other := range map[string]string{
		"value": k.Token("acme", "user", "bob"), "kind": k.Token("acme", "team", "ada"), "org": k.Token("acm", "user", "ada"),
		"boundary": k.Token("acme", "use", "rada"), "keyring": newKeyring(t).Token("acme", "user", "ada"), "empty": k.Token("acme", "user", ""),
	} {
		if same, dup := seen[other]; dup {
			t.Errorf("another %s has the token of %s", name, same)
		}
		seen[other] = name
	}
}

func BenchmarkSeal(b *testing.B) {
	k, plain, aad := newKeyring(b), bytes.Repeat([]byte("x"), 600), []byte("0192d4c0-0000-7000-8000-000000000000")
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.Seal("acme", day, plain, aad); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	k, plain, aad := newKeyring(b), bytes.Repeat([]byte("x"), 600), []byte("0192d4c0-0000-7000-8000-000000000000")
	sealed, id, err := k.Seal("acme", day, plain, aad)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open("acme", id, sealed, aad); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	k := newKeyring(b)
	b.ReportAllocs()
	for b.Loop() {
		k.Token("acme", "path", "src/internal/payments/ledger.go")
	}
}
