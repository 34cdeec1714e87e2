package tokens_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/schemas"
)

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "deep", "tokens.json")
		store, err := tokens.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		text, made, err := tokens.Create(path, "acme", "claude-code", schemas.EnvironmentCanary)
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := tokens.Create(path, "globex", "tabby", schemas.EnvironmentProduction)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // virtual: the store looks at the file again
		for given, want := range map[string]string{
			text: "acme", other: "globex",
			"": "", "assay_": "", "assay_" + made.ID + "_": "", text + "a": "", strings.ToUpper(text): "",
			"assay_" + made.ID + other[strings.LastIndex(other, "_"):]: "",
		} {
			found, ok, err := store.Find(given)
			if err != nil || ok != (want != "") || ok && found.Org != want {
				t.Errorf("token of %d characters: got %v, %v, %v, want org %q", len(given), found.Org, ok, err, want)
			}
		}
		if found, _, _ := store.Find(text); found.Client != "claude-code" || found.Environment != schemas.EnvironmentCanary {
			t.Errorf("got %+v", found)
		}
		if err := tokens.Revoke(path, made.ID); err != nil {
			t.Fatal(err)
		}
		if err := tokens.Revoke(path, "nobody"); err == nil {
			t.Error("an unknown token was revoked")
		}
		time.Sleep(2 * time.Second)
		if _, ok, _ := store.Find(text); ok {
			t.Error("a revoked token is accepted")
		}
		if _, ok, _ := store.Find(other); !ok {
			t.Error("another token went with the revoked one")
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{text, other} {
			if strings.Contains(string(content), token[strings.LastIndex(token, "_")+1:]) {
				t.Error("the file holds a token")
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if listed, _, err := tokens.List(path); err != nil || len(listed) != 2 || listed[0].RevokedAt == nil || listed[1].RevokedAt != nil {
			t.Errorf("%+v, %v", listed, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if _, _, err := store.Find(other); err == nil {
			t.Error("the file vanished and nobody is told")
		}
	})
}

func TestWebhooks(t *testing.T) {
	dir := t.TempDir()
	path, secret := filepath.Join(dir, "tokens.json"), filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // adding again changes nothing
		if err := tokens.AddWebhook(path, "github", "acme", secret); err != nil {
			t.Fatal(err)
		}
	}
	if err := tokens.AddWebhook(path, "github", "acme", secret+".missing"); err == nil {
		t.Error("a secret that can't be read was accepted")
	}
	store, err := tokens.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := store.Webhooks("github")
	if err != nil || len(hooks) != 1 || hooks[0].Org != "acme" || string(hooks[0].Secret()) != "hush" {
		t.Errorf("%+v, %v", hooks, err)
	}
	if hooks, _ := store.Webhooks("gitlab"); len(hooks) != 0 {
		t.Errorf("%+v", hooks)
	}
	if content, _ := os.ReadFile(path); strings.Contains(string(content), "hush") {
		t.Error("the file holds a secret")
	}
	if n, err := tokens.RemoveWebhooks(path, "github", "acme"); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"", "a b", "a/b", "-a", strings.Repeat("a", 65), "é"} {
		if _, _, err := tokens.Create(filepath.Join(t.TempDir(), "t"), name, "client", ""); err == nil {
			t.Errorf("%q passed", name)
		}
	}
}

func TestADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	for _, content := range []string{"{", `{"version":9}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	path := filepath.Join(b.TempDir(), "tokens.json")
	text, _, err := tokens.Create(path, "acme", "claude-code", "")
	if err != nil {
		b.Fatal(err)
	}
	store, err := tokens.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, ok, _ := store.Find(text); !ok {
			b.Fatal("not found")
		}
	}
}
