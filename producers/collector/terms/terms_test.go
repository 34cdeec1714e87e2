package terms_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/producers/collector/terms"
)

func TestName(t *testing.T) {
	for s, want := range map[string]string{
		"claude-sonnet-4-6": "claude-sonnet-4-6", "Claude Sonnet 4.5": "Claude Sonnet 4.5", "qwen2.5-coder:1.5b": "qwen2.5-coder:1.5b",
		"claude-3-5-sonnet@20240620": "claude-3-5-sonnet@20240620", "accounts/fireworks/models/llama-v3": "accounts/fireworks/models/llama-v3",
		"mcp__files__read": "mcp__files__read", "ShellError": "ShellError", " gpt-4.1 ": "gpt-4.1", "1.104.1": "1.104.1",

		"": "", "ann@example.com": "", "/home/ann/x.go": "", "~/x": "", "../x": "", "https://git.example.com/a.git": "", `c:\src`: "",
		"a/b/c/d/e": "", "func main() {": "", "x = 1": "", "зелёный": "", "AKIAIOSFODNN7EXAMPLEAKIAIOSFOD": "", "a\nb": "",
	} {
		if got := terms.Name(s); got != want {
			t.Errorf("Name(%q) = %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if n := terms.Name(s); len(n) > 100 || terms.Name(n) != n {
			t.Fatalf("Name(%q) = %q is long, or no name itself", s, n)
		}
	})
}

func TestTitle(t *testing.T) {
	for s, want := range map[string]bool{
		"Claude Sonnet 4.5": true, "GPT-5.1 Codex Max": true, "Qwen2.5 Coder 32B Instruct": true, "Gemini 2.5 Pro (preview)": false, "Llama 3.3 70b": true,
		"Zoe Kanari": false, "Claude Sonnet 4.5 Zoe": false, "Zoe17 4.5": false, "Zoe's 4.1": false, "GPT by Ann 4": false, "": false, "GPT": false,
	} {
		if terms.Title(s) != want {
			t.Errorf("Title(%q) = %v", s, !want)
		}
	}
}

func TestIDKeepsOnlyWhatTellsNothing(t *testing.T) {
	for _, s := range []string{"", "a1f0c2de-6b7a-4f3e-9a55-0d3c7f1e2b44", "cmpl-a1f0c2de-6b7a-4f3e-9a55-0d3c7f1e2b44"} {
		if got := terms.ID(s); got != s {
			t.Errorf("ID(%q) = %q", s, got)
		}
	}
	for _, s := range []string{"ann", "ann@example.com", "a1f0c2de-6b7a-4f3e-9a55-0d3c7f1e2b4", "a1f0c2de-6b7a-4f3e-9a55+0d3c7f1e2b44", "-----------------------------------"} {
		if got := terms.ID(s); len(got) != 22 || got != terms.ID(s) {
			t.Errorf("ID(%q) = %q, want a stable hash", s, got)
		}
	}
}

func TestLanguage(t *testing.T) {
	for s, want := range map[string]string{"Go": "go", "C++": "cpp", "C#": "csharp", "typescriptreact": "typescriptreact", "unknown": "", "": "",
		"/etc/passwd": "", "Shell": "shellscript", "jsonc": "jsonc", "ann@example.com": ""} {
		if got := terms.Language(s); got != want {
			t.Errorf("Language(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	want := time.Date(2026, 2, 5, 8, 15, 30, 0, time.UTC)
	for _, s := range []string{"2026-02-05T08:15:30Z", "2026-02-05T09:15:30.000+01:00", "2026-02-05 08:15:30 UTC", "2026-02-05 10:15:30 +0200", " 2026-02-05T08:15:30.0Z "} {
		if got, err := terms.Time(s); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("Time(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "yesterday", "02/03/2026 09:15", "2026-02-05 08:15:30", "2026-02-05T08:15:30", "2026-02-05 08:15:30 PST", "1772443532417"} {
		if got, err := terms.Time(s); !errors.Is(err, terms.ErrTimeUnreadable) {
			t.Errorf("Time(%q) = %v, %v, want unreadable", s, got, err)
		}
	}
	if at, err := terms.Millis(1770279330000); err != nil || !at.Equal(want) {
		t.Errorf("Millis = %v, %v", at, err)
	}
	if _, err := terms.Millis(1e300); err == nil {
		t.Error("1e300 ms is read as a time")
	}
}

func TestCredible(t *testing.T) {
	received := time.Date(2026, 2, 5, 8, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]bool{
		received: true, received.Add(23 * time.Hour): true, received.AddDate(-3, 0, 0): true,
		received.Add(25 * time.Hour): false, time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC): false, {}: false,
	} {
		if got := terms.Credible(at, received) == nil; got != want {
			t.Errorf("Credible(%v) = %v", at, got)
		}
	}
}

func TestRepository(t *testing.T) {
	for given, want := range map[string]string{
		"https://github.com/Acme/Blue": "github.com/acme/blue", "git@github.com:acme/blue.git": "github.com/acme/blue",
		"ssh://git@github.com:22/acme/blue/": "github.com/acme/blue", "https://zoe:key@gitlab.example.com/a/b/c.git?x=1": "gitlab.example.com/a/b/c",
		"acme/blue": "acme/blue", "gitlab/42": "gitlab/42", "": "", "https://": "https://", "file:///srv/blue.git": "file:///srv/blue.git",
		`C:\src\blue`: `C:\src\blue`, "git@:": "git@:",
	} {
		if got := terms.Repository(given); got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
		}
	}
}
