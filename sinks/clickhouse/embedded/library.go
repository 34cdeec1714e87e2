package embedded

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// LibraryEnv names a ClickHouse library to use instead of the fetched one.
const LibraryEnv = "ASSAY_CHDB_LIB"

// In the cache, the npm package becomes a bare library; the wheel stays a folder, its library being a Python module.
const (
	libraryFile = "libchdb.so"
	wheelFolder = "wheel"
	modulePath  = wheelFolder + "/chdb/_chdb.abi3.so"
)

// ErrNoLibrary means that no library is there and nothing on this machine can fetch it.
var ErrNoLibrary = errors.New("no ClickHouse library: install npm (https://nodejs.org) or python3 with pip so that Assay can fetch it, or set " + LibraryEnv + " to the path of libchdb.so")

// Library returns the path of the ClickHouse library: the one that LibraryEnv names, else the one in the user's
// cache folder, else it fetches it (some 180 MB, once) with npm or pip, verified against the pinned hash. progress
// is told in a few words what takes long; nil is fine. Several processes may call it at once.
func Library(ctx context.Context, progress func(string)) (string, error) {
	if path := os.Getenv(LibraryEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %w: point it at libchdb.so or unset it", LibraryEnv, err)
		}
		return path, nil
	}
	if progress == nil {
		progress = func(string) {}
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w: set HOME or %s", err, LibraryEnv)
	}
	cache := filepath.Join(base, "assay", "chdb", npmVersion)
	if path, ok := cached(cache); ok {
		return path, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	lock := flock.New(filepath.Join(cache, "lock"))
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return "", fmt.Errorf("wait for another process that fetches the ClickHouse library: %w", err)
	}
	defer lock.Close()
	if path, ok := cached(cache); ok {
		return path, nil
	}
	return fetch(ctx, cache, progress)
}

func cached(cache string) (string, bool) {
	for _, library := range []string{libraryFile, modulePath} {
		path := filepath.Join(cache, library)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// fetch fills the cache by the first way that works. The work folder is inside the cache, so that the last step is a
// rename within one file system: the library is there whole or not at all.
func fetch(ctx context.Context, cache string, progress func(string)) (string, error) {
	work, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", fmt.Errorf("make a folder for the download: %w", err)
	}
	defer os.RemoveAll(work)

	var failures []error
	if name, integrity, ok := npmPackage(); ok && installed("npm") {
		err := fetchNPM(ctx, work, name, integrity, progress)
		if err == nil {
			return settle(work, cache, libraryFile, libraryFile)
		}
		failures = append(failures, err)
	}
	if installed("python3") {
		err := fetchWheel(ctx, work, progress)
		if err == nil {
			return settle(work, cache, wheelFolder, modulePath)
		}
		failures = append(failures, err)
	}
	if len(failures) == 0 {
		return "", ErrNoLibrary
	}
	return "", fmt.Errorf("fetch the ClickHouse library: %w; check the network, or set %s", errors.Join(failures...), LibraryEnv)
}

// settle moves what was unpacked into the cache and returns the library in it.
func settle(work, cache, unpacked, library string) (string, error) {
	if err := os.Rename(filepath.Join(work, unpacked), filepath.Join(cache, unpacked)); err != nil {
		return "", fmt.Errorf("move the ClickHouse library into the cache: %w", err)
	}
	return filepath.Join(cache, library), nil
}

func installed(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

func fetchNPM(ctx context.Context, work, name, integrity string, progress func(string)) error {
	progress("fetching ClickHouse " + npmVersion + " (178 MB, once) with npm")
	if err := run(ctx, work, "npm", "pack", "--silent", "--pack-destination", work, name+"@"+npmVersion); err != nil {
		return err
	}
	archives, _ := filepath.Glob(filepath.Join(work, "*.tgz"))
	if len(archives) != 1 {
		return fmt.Errorf("npm pack left %d archives instead of one", len(archives))
	}
	if err := verify(archives[0], integrity); err != nil {
		return err
	}
	progress("unpacking ClickHouse")
	return extractTar(archives[0], "package/"+libraryFile, filepath.Join(work, libraryFile))
}

// verify holds a file against a subresource integrity string.
func verify(path, integrity string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(h.Sum(nil)); got != integrity {
		return fmt.Errorf("%s is not the published file: its hash is %s instead of %s", filepath.Base(path), got, integrity)
	}
	return nil
}

func fetchWheel(ctx context.Context, work string, progress func(string)) error {
	progress("fetching ClickHouse " + pipVersion + " (104 to 175 MB, once) with pip")
	pinned := "chdb-core==" + pipVersion
	for _, h := range wheelHashes {
		pinned += " --hash=sha256:" + h
	}
	requirements := filepath.Join(work, "requirements.txt")
	if err := os.WriteFile(requirements, []byte(pinned+"\n"), 0o644); err != nil {
		return fmt.Errorf("write the pinned requirement: %w", err)
	}
	if err := run(ctx, work, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
		"--require-hashes", "--dest", work, "-r", requirements); err != nil {
		return err
	}
	wheels, _ := filepath.Glob(filepath.Join(work, "*.whl"))
	if len(wheels) != 1 {
		return fmt.Errorf("pip download left %d wheels instead of one", len(wheels))
	}
	progress("unpacking ClickHouse")
	return extractZip(wheels[0], filepath.Join(work, wheelFolder))
}

func run(ctx context.Context, dir, tool string, args ...string) error {
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", tool, args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}
