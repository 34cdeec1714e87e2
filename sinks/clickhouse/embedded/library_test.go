package embedded

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// emptyMachine has no cached library and, but for tools, nothing to fetch one with.
func emptyMachine(t *testing.T, tools map[string]string) (cache string) {
	t.Helper()
	home, bin := t.TempDir(), t.TempDir()
	for name, script := range tools {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(LibraryEnv, "")
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", home)
	t.Setenv("PATH", bin)
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(base, "assay", "chdb", npmVersion)
}

func TestLibraryWithoutTools(t *testing.T) {
	emptyMachine(t, nil)
	if _, err := Library(t.Context(), nil); !errors.Is(err, ErrNoLibrary) {
		t.Fatalf("%v; want ErrNoLibrary", err)
	}
}

func TestLibraryNamedByEnvironment(t *testing.T) {
	emptyMachine(t, nil)
	t.Setenv(LibraryEnv, "/nowhere/libchdb.so")
	if _, err := Library(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "unset it") {
		t.Fatalf("a missing file: %v", err)
	}
}

func TestLibraryFromTheCache(t *testing.T) {
	for _, file := range []string{libraryFile, modulePath} {
		want := filepath.Join(emptyMachine(t, nil), file)
		if err := os.MkdirAll(filepath.Dir(want), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(want, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if got, err := Library(t.Context(), nil); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

// What a registry delivers is not trusted, and what failed leaves nothing in the cache.
func TestLibraryIsVerified(t *testing.T) {
	if _, _, ok := npmPackage(); !ok {
		t.Skip("npm has no library for this platform")
	}
	cache := emptyMachine(t, map[string]string{"npm": `echo forged > "$4/lib.tgz"`, "python3": "echo no network; exit 1"})
	_, err := Library(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "not the published file") || !strings.Contains(err.Error(), "no network") {
		t.Fatalf("%v; want both failures", err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Fatalf("left in the cache: %v", left)
	}
}

func TestZipStaysInItsFolder(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "a.zip")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if _, err := z.Create("../escaped"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := extractZip(archive, t.TempDir()); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Fatalf("unpacked: %v", err)
	}
}
