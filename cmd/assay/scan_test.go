package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/schemas"
)

func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const flawed = `cur.execute("SELECT a FROM t WHERE b = '" + request.args["b"] + "'")`

func TestScan(t *testing.T) {
	folder := writeTree(t, map[string]string{
		".gitignore":       "build/\n*.min.js\n",
		".git/HEAD":        "ref: refs/heads/main\n",
		"a.py":             "import flask\n" + flawed + "\n" + flawed + "\n",
		"b.py":             flawed + "  # assay:ignore python-sql-built-from-values the table is ours\n",
		"build/c.py":       flawed,
		"lib/x.min.js":     "eval(location.hash)",
		"lib/image.png":    "\x89PNG\x00\x00",
		"lib/large.py":     strings.Repeat("x = 1\n", maxScanBytes/6+1),
		"lib/.gitignore":   "gone.py\n",
		"lib/gone.py":      flawed,
		"docs/README.text": "nothing\n",
	})
	scanner, err := securityscan.NewScanner()
	if err != nil {
		t.Fatal(err)
	}
	scan := func(c scanCommand) scanned {
		t.Helper()
		files, err := findFiles(t.Context(), c.Paths)
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.scan(t.Context(), scanner, files)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := scan(scanCommand{Paths: []string{folder}})
	var places []string
	prints := map[string]bool{}
	for _, f := range out.Findings {
		if f.Rule == "python-sql-built-from-values" {
			places = append(places, filepath.Base(f.Path)+" "+f.Suppressed)
			prints[f.Fingerprint] = true
		}
	}
	if want := []string{"a.py ", "a.py ", "b.py the table is ours"}; !slices.Equal(places, want) || len(prints) != 3 {
		t.Errorf("findings %q, %d fingerprints, want %q and 3", places, len(prints), want)
	}
	notes := map[string]string{}
	for _, n := range out.Notes {
		notes[filepath.Base(n.Path)] = n.Reason
	}
	if notes["image.png"] != "binary" || notes["large.py"] != "larger than 1 MB" || notes["README.text"] != "language" {
		t.Errorf("notes %v", notes)
	}
	if !out.fails("high") || out.fails("never") || scan(scanCommand{Paths: []string{filepath.Join(folder, "b.py")}}).fails("high") {
		t.Error("exit codes don't follow severity and suppression")
	}
	if err := sarifReport(out).Validate(); err != nil {
		t.Errorf("not SARIF 2.1.0: %v", err)
	}
	moved := writeTree(t, map[string]string{"a.py": "import flask\n\n\n" + flawed})
	t.Chdir(moved)
	first := scan(scanCommand{Paths: []string{"a.py"}}).Findings[0].Fingerprint
	if err := os.WriteFile("a.py", []byte("import flask\nx = 1\n  "+flawed), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := scan(scanCommand{Paths: []string{"a.py"}}).Findings[0].Fingerprint; again != first {
		t.Errorf("the fingerprint changed from %s to %s with the line", first, again)
	}
}

func TestScanFailureIsNotClean(t *testing.T) {
	s := scanned{Notes: []scanNote{{Path: "a", Kind: string(schemas.FindingNotScanned), Reason: "scanner_failed"}}}
	if !s.fails("critical") {
		t.Error("a file that the scanner failed on passes")
	}
}
