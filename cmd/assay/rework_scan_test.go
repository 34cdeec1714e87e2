package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/assayhq/assay/consumers/rework/scan"
	"github.com/assayhq/assay/schemas"
)

// TestReworkScan follows what a trailer attributes to an assistant through a real repository.
func TestReworkScan(t *testing.T) {
	dir := t.TempDir()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	commit := func(message string, files map[string]string) {
		t.Helper()
		for name, text := range files {
			if text == "" {
				err = os.Remove(filepath.Join(dir, name))
			} else {
				err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
			t.Fatal(err)
		}
		who := &object.Signature{Name: "A", Email: "a@example.com", When: at}
		if _, err := tree.Commit(message, &git.CommitOptions{Author: who, Committer: who}); err != nil {
			t.Fatal(err)
		}
		at = at.Add(5 * 24 * time.Hour)
	}
	const sum = "func sum(values []int) (total int) {\n\tfor _, v := range values {\n\t\ttotal += v\n\t}\n\treturn total\n}\n"
	const longest = "func longest(names []string) string {\n\tbest := \"\"\n\tfor _, n := range names {\n\t\tif len(n) > len(best) {\n\t\t\tbest = n\n\t\t}\n\t}\n\treturn best\n}\n"
	const trailer = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
	commit("Begin", map[string]string{"a.go": "package a\n\nvar x = 1\n", "notes.txt": "one\n"})
	commit("Add sum"+trailer, map[string]string{"a.go": "package a\n\nvar x = 1\n\n" + sum})
	commit("Add longest"+trailer, map[string]string{"b.go": "package a\n\n" + longest})
	commit("Move sum", map[string]string{"a.go": "package a\n\nvar x = 1\n", "c.go": "package a\n\n" + strings.ReplaceAll(sum, "total", "result")})
	commit("Revert longest", map[string]string{"b.go": ""})
	at = at.Add(30 * 24 * time.Hour)
	commit("Later", map[string]string{"notes.txt": "two\n"})

	got := assayJSON[reworkScan](t, "rework", "scan", "--json", dir)
	if got.Commits != 6 || got.Assisted != 2 || len(got.Hunks) != 2 || got.Open != 0 ||
		got.Verdicts[schemas.VerdictMoved] != 1 || got.Verdicts[schemas.VerdictReverted] != 1 || got.Hunks[0].Model != "Claude" {
		t.Errorf("got %+v", got)
	}
	if since := assayJSON[reworkScan](t, "rework", "scan", "--json", "--since", "2026-03-10", dir); since.Commits != 4 || len(since.Hunks) != 1 {
		t.Errorf("since: got %+v", since)
	}
	clone := t.TempDir() // as git clone --shared makes it
	if err := os.CopyFS(filepath.Join(clone, ".git", "refs"), os.DirFS(filepath.Join(dir, ".git", "refs"))); err != nil {
		t.Fatal(err)
	}
	alternates := filepath.Join(clone, ".git", "objects", "info", "alternates")
	if err := os.MkdirAll(filepath.Dir(alternates), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(clone, ".git", "HEAD"): "ref: refs/heads/master\n", alternates: filepath.Join(dir, ".git", "objects") + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if shared := assayJSON[reworkScan](t, "rework", "scan", "--json", clone); shared.Commits != got.Commits || len(shared.Hunks) != len(got.Hunks) {
		t.Errorf("shared clone: got %+v", shared)
	}
	if err := os.Remove(alternates); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := assay(t, "rework", "scan", clone); code != 1 || !strings.Contains(stderr, "walk the history") {
		t.Errorf("a clone without its commits: %d, %s%s", code, stdout, stderr)
	}
	if stdout, stderr, code := assay(t, "rework", "scan", t.TempDir()); code != 1 || !strings.Contains(stderr, "open the repository") {
		t.Errorf("no repository: %d, %s%s", code, stdout, stderr)
	}
}

func TestNotesOfAttribution(t *testing.T) {
	for note, want := range map[string]attribution{
		"* Copilot\n":                         {model: "Copilot"},
		"a/b.go:3-9 Claude 4\nc.go:1-2\nwhy?": {model: "Claude 4", files: map[string][]scan.Range{"a/b.go": {{First: 3, Last: 9}}, "c.go": {{First: 1, Last: 2}}}},
		"reviewed by B":                       {files: map[string][]scan.Range{}},
	} {
		if got := parseNote(note); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", note, got)
		}
	}
}
