// Package docs holds what people read: guides and decisions. Its tests run the examples in them against the embedded engines
// and hold names and links against the tree. It must hold no code of the product.
package docs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse"
)

const root = ".."

// instance is a serving `assay up`.
type instance struct {
	binary, dir string
	addresses   struct {
		Brokers  []string
		Registry string
	}
}

// leak is a suggestion with a secret in it, which made-up telemetry seldom holds.
const leak = `{"record": "CodeEvent", "event_id": "leak", "occurred_at": "2026-01-05T09:00:00Z", "source": "docs", "org": "local",
	"kind": "suggestion_shown", "file_id": "f", "payload": {"code": "token = \"ghp_` + "x7Kq2LmZ9Rt4" + "Vb8NcJ5Wd1Ys6Pf3Hg0AeQuT" + `\""}}`

// merged is a change, which made-up telemetry doesn't have either.
const merged = `{"record": "ChangeEvent", "event_id": "merged", "occurred_at": "2026-01-05T09:00:00Z", "source": "docs", "org": "local", ` +
	`"kind": "change_merged", "change_id": "17", "repo_token": "r"}` + "\n"

// unanswered are the views that stay empty here: nothing is wrong, no client sends sketches, no vendor reports usage.
var unanswered = regexp.MustCompile(`\b(trigger_log|dead_letters|rework_by_model|copilot_acceptance_reported)\b`)

// puzzles are the same question of five people, which made-up telemetry has no words for.
func puzzles() string {
	var lines strings.Builder
	for i := range 5 {
		fmt.Fprintf(&lines, `{"record": "ChatEvent", "event_id": "puzzle%d", "occurred_at": "2026-01-05T09:0%d:00Z", "source": "docs", "org": "local", "kind": "prompt_sent", `+
			`"conversation_id": "c%d", "user_token": "u%d", "model": "m", "feature": "chat", "payload": {"text": "I don't understand why the retry budget is shared between tenants, what does it mean?"}}`+"\n", i, i, i, i)
	}
	return lines.String()
}

// startInstance builds the program and serves made-up telemetry until the test ends.
func startInstance(t *testing.T) *instance {
	t.Helper()
	i := &instance{binary: filepath.Join(t.TempDir(), "assay"), dir: filepath.Join(t.TempDir(), "data")}
	run(t, root, "go", "build", "-o", i.binary, "./cmd/assay")
	recording := filepath.Join(t.TempDir(), "leak.jsonl")
	if err := os.WriteFile(recording, []byte(strings.ReplaceAll(leak, "\n", "")+"\n"+merged+puzzles()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(i.binary, "up", "--data", i.dir, "--replay", recording, "--simulate", "20000", "--json", "--log-level", "warn")
	cmd.Stderr = os.Stderr
	report, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("assay up: %v", err)
		}
	})
	stuck := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	var first json.RawMessage
	if err := json.NewDecoder(report).Decode(&first); err != nil {
		t.Fatalf("assay up reports nothing: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(i.dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &i.addresses); err != nil {
		t.Fatal(err)
	}
	return i
}

// rows runs a query.
func (i *instance) rows(t *testing.T, query string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(run(t, root, i.binary, "sql", "--json", "--data", i.dir, query)), &rows); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows
}

func TestExamplesRun(t *testing.T) {
	i := startInstance(t)

	t.Run("SQL", func(t *testing.T) {
		for _, query := range blocks(t, "guides/analysts.md", "sql") {
			if len(i.rows(t, query)) == 0 && !unanswered.MatchString(query) {
				t.Errorf("no answer: %s", query)
			}
		}
		for _, query := range otherQueries(t) {
			i.rows(t, query)
		}
	})

	t.Run("Go", func(t *testing.T) {
		source := filepath.Join(t.TempDir(), "main.go")
		for _, code := range blocks(t, "guides/plugin-authors.md", "go") {
			if err := os.WriteFile(source, []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, root, "go", "run", source, i.addresses.Brokers[0], i.addresses.Registry, filepath.Join(i.dir, "keys", "keyring.json"))
		}
		i.await(t, "SELECT 1 FROM code_events WHERE org = 'acme' AND kind = 'suggestion_accepted' AND chars = 24")
	})

	t.Run("JSONL", func(t *testing.T) {
		recording := filepath.Join(t.TempDir(), "events.jsonl")
		lines := strings.Join(blocks(t, "guides/plugin-authors.md", "json"), "")
		if err := os.WriteFile(recording, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, root, i.binary, "replay", "--data", i.dir, recording)
		i.await(t, fmt.Sprintf("SELECT 1 FROM code_events WHERE event_id LIKE 's1-%%' HAVING count() = %d", strings.Count(lines, "\n")))
	})
}

// await waits until the query has an answer.
func (i *instance) await(t *testing.T, query string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(i.rows(t, query)) == 0; {
		if time.Now().After(deadline) {
			t.Fatalf("no answer: %s", query)
		}
	}
}

// Tests that a page names as proofs exist.
func TestNamedTestsExist(t *testing.T) {
	code := ""
	walk(t, "_test.go", func(_, text string) { code += text })
	named := 0
	walk(t, ".md", func(path, text string) {
		for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`").FindAllStringSubmatch(text, -1) {
			named++
			if !strings.Contains(code, "func "+m[1]+"(") {
				t.Errorf("%s names %s, which is no test", path, m[1])
			}
		}
	})
	if named == 0 {
		t.Error("no page names a test")
	}
}

// Links between pages, and the paths that pages name, lead somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)\)`)
	named := regexp.MustCompile("`((?:cmd|schemas|topology|producers|consumers|sinks|deploy|docs)/[\\w./-]+)`")
	walk(t, ".md", func(path, text string) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil && !strings.Contains(m[1], "://") {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s: %v", path, m[1], err)
			}
		}
	})
}

// otherQueries are those that pages besides the analysts' give, in blocks, as arguments of assay sql and in the text.
func otherQueries(t *testing.T) (found []string) {
	t.Helper()
	query := regexp.MustCompile("(?ms)^```sql\n(.*?)^```$|assay sql (?:--data data )?\"(SELECT [^\"]+)\"|`(SELECT [^`]+)`")
	walk(t, ".md", func(path, text string) {
		if filepath.Base(path) == "analysts.md" {
			return
		}
		for _, m := range query.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1]+m[2]+m[3])
		}
	})
	if len(found) == 0 {
		t.Fatal("no other page has a query")
	}
	return found
}

// Every table has one row in the analysts' list.
func TestTablesAreExplained(t *testing.T) {
	page, err := os.ReadFile("guides/analysts.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range schemas.Records() {
		if rows := regexp.MustCompile("(?m)^\\|[^|]*`"+clickhouse.Table(r)+"`[^|]*\\|").FindAllString(string(page), -1); len(rows) != 1 {
			t.Errorf("%s is explained %d times", clickhouse.Table(r), len(rows))
		}
	}
}

// walk visits the files of the tree whose name has the ending.
func walk(t *testing.T, ending string, visit func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "data" || d.Name() == "bin" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ending) {
			return nil
		}
		text, err := os.ReadFile(path)
		visit(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// blocks are the fenced blocks of a language in a page.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("%s has no %s", page, language)
	}
	return found
}

func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", program, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}
