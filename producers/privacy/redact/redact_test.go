package redact_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/assayhq/assay/consumers/securityscan/secrets"
	"github.com/assayhq/assay/producers/privacy/redact"
)

func redactor(t testing.TB) *redact.Redactor {
	t.Helper()
	s, err := secrets.New()
	if err != nil {
		t.Fatal(err)
	}
	return redact.New(s.Spans)
}

// drawn makes up a key at run time, lest a scanner take this file for a leak.
func drawn(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	r := rand.New(rand.NewPCG(3, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func TestText(t *testing.T) {
	r := redactor(t)
	aws, plain, password := "AKIA"+drawn(16), "AKIA"+strings.Repeat("TEST", 4), "Winter"+"-2031!"
	for text, want := range map[string]string{
		"The check is wrong, it is a test fixture.":           "The check is wrong, it is a test fixture.",
		"GitHub was down from 12:30:45 on, see (above).":      "GitHub was down from 12:30:45 on, see (above).",
		"and/or 50% of C# users, i.e. version 1.2.3":          "and/or 50% of C# users, i.e. version 1.2.3",
		"asked zoe@acme.example about it":                     "asked [email] about it",
		"asked zoë.o'neil@münchen.example, again.":            "asked [email], again.",
		"ask zoe@localhost":                                   "ask [email]",
		"Ada Lovelace said, with Jean-Luc O'Neil, no":         "[person] said, with [person], no",
		"The Élodie Ézanne case. Ask Ada, Visual Studio Code": "The [person] case. Ask Ada, Visual Studio Code",
		"cc @zoe-k":                                         "cc [person]",
		"Zoe said so, and ZOE knows":                        "[person] said so, and [person] knows",
		"the key " + aws + " leaked":                        "the key [secret] leaked",
		"keys " + strings.ToLower(aws) + ", " + plain + ".": "keys [secret], [secret].",
		`password = "` + password + `"`:                     `password [code] "[secret]"`,
		"clone https://u:" + password + "@git.acme.io/a":    "clone [secret]",
		"with abc" + strings.ToLower(drawn(30)) + "9 in it": "with [secret] in it",
		"see /home/zoe/a b":                                 "see [path] b",
		`see C:\Users\zoe\a.txt or ~/notes`:                 "see [path] or [path]",
		"src/payments/ledger is slow":                       "[path] is slow",
		"ledger.go, and cmd/main.go":                        "[path], and [path]",
		"from 10.0.0.7 and fe80::1 to ::1":                  "from [ip] and [ip] to [ip]",
		"https://ci.acme.io/team/job/7":                     "[path]",
		"calls ledgerTotal(a) then x += y;":                 "calls [code] then x [code] [code]",
		"snake_case and camelCase":                          "[code] and [code]",
		"two\nlines\tand  spaces":                           "two lines and spaces",
		"":                                                  "",
	} {
		got, taken := r.Text(text, "zoe", "")
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if (strings.Count(got, "[")) != taken {
			t.Errorf("%q: %d parts taken", text, taken)
		}
	}
	if got, _ := r.Text(strings.Repeat("word ", 9000)); len(got) > 500 || !strings.HasSuffix(got, "word") {
		t.Errorf("%d bytes: %.20q", len(got), got)
	}
	if got, _ := r.Text(strings.Repeat("x", 1000)); got != "" {
		t.Errorf("a word that is too long: %q", got)
	}
}

func TestHasSecret(t *testing.T) {
	r := redactor(t)
	for value, want := range map[string]bool{"AKIA" + drawn(16): true, strings.ToLower("AKIA" + drawn(16)): true, "gpt-5.1-codex-max": false, "claude-sonnet-4-5-20250929": false, "": false} {
		if r.HasSecret("", value) != want {
			t.Errorf("%q: %v", value, !want)
		}
	}
	if !r.HasSecret("db_password", "Winter"+"-2031!") || r.HasSecret("mode", "Winter"+"-2031!") {
		t.Error("the name doesn't tell")
	}
}

// Whatever surrounds them, addresses, keys and folders of people go, and a text redacted again stays as it is.
func FuzzText(f *testing.F) {
	r := redactor(f)
	aws := "AKIA" + drawn(16)
	f.Add("before", "after")
	f.Add("a://b:", "\"'")
	f.Add("é", "(\x00")
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 200 {
			return
		}
		text := before + " zoe@canary.example /home/zoe/x " + aws + " " + after
		got, _ := r.Text(text)
		if !utf8.ValidString(got) || strings.Contains(got, "canary") || strings.Contains(got, "/home/zoe") || strings.Contains(got, aws) && !strings.Contains(before+after, aws) {
			t.Fatalf("%q: %q", text, got)
		}
	})
}

func BenchmarkText(b *testing.B) {
	r := redactor(b)
	for b.Loop() {
		r.Text("The check is wrong: 10.0.0.7 is a fixture, ask zoe@acme.example about tests/fixtures/hosts.go", "zoe")
	}
}

func BenchmarkHasSecret(b *testing.B) {
	r := redactor(b)
	b.ReportAllocs()
	for b.Loop() {
		r.HasSecret("", "claude-sonnet-4-5-20250929")
	}
}
