package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// beAssay makes the test binary be assay, so that the tests run what users run, as processes of its own.
const beAssay = "ASSAY_TEST_BE_ASSAY"

func TestMain(m *testing.M) {
	if os.Getenv(beAssay) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command prepares a run of assay.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Env = append(os.Environ(), beAssay+"=1")
	return c
}

// assay runs a command to its end and returns what it printed and its exit code.
func assay(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := command(t, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("assay %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// assayJSON runs a command that must succeed and print JSON.
func assayJSON[T any](t testing.TB, args ...string) (out T) {
	t.Helper()
	stdout, stderr, code := assay(t, args...)
	if code != 0 {
		t.Fatalf("assay %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatalf("assay %s: %v in %q", strings.Join(args, " "), err, stdout)
	}
	return out
}

// shared returns the path of a file of the recordings, or skips: they are not part of the project.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "data", path)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI needs the recordings: %v", err)
		}
		t.Skipf("the recordings are not here: %v", err)
	}
	return full
}

// query answers a query as rows.
func query(t testing.TB, data, sql string) []map[string]any {
	t.Helper()
	return assayJSON[[]map[string]any](t, "sql", "--data", data, "--json", sql)
}
