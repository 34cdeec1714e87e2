package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
)

// standardInput is the path that stands for it.
const standardInput = "-"

// maxScanBytes is the size of a file above which nobody wrote it by hand.
const maxScanBytes = 1 << 20

// findFiles lists the files to scan in order: those that were named, and in folders all that git would keep.
func findFiles(ctx context.Context, paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if path == standardInput {
			files = append(files, path)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("scan: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		if files, err = walkFolder(ctx, path, files); err != nil {
			return nil, fmt.Errorf("scan %s: %w", path, err)
		}
	}
	return files, nil
}

func walkFolder(ctx context.Context, folder string, files []string) ([]string, error) {
	ignored, err := ignoredBelow(folder)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case entry.IsDir() && (entry.Name() == ".git" || path != folder && ignored(path, true)):
			return filepath.SkipDir
		case entry.Type().IsRegular() && !ignored(path, false): // links lead to what is elsewhere
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// ignoredBelow returns what tells whether git would ignore a path below a folder, by the .gitignore files of the repository
// around it.
func ignoredBelow(folder string) (func(path string, isDir bool) bool, error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	for at := root; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			root = at
			break
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	patterns, err := gitignore.ReadPatterns(osfs.New(root), nil)
	if err != nil {
		return nil, fmt.Errorf("read .gitignore: %w", err)
	}
	matcher := gitignore.NewMatcher(patterns)
	return func(path string, isDir bool) bool {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return false
		}
		relative, err := filepath.Rel(root, absolute)
		return err == nil && matcher.Match(strings.Split(relative, string(filepath.Separator)), isDir)
	}, nil
}

// readCode returns the content of a file, or why it is skipped.
func readCode(path string) (code, skip string, err error) {
	in := os.Stdin
	if path != standardInput {
		if in, err = os.Open(path); err != nil {
			return "", "", fmt.Errorf("scan: %w", err)
		}
		defer in.Close()
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxScanBytes+1))
	switch {
	case err != nil:
		return "", "", fmt.Errorf("scan %s: %w", path, err)
	case bytes.IndexByte(raw[:min(len(raw), 8000)], 0) >= 0: // as git tells
		return "", "binary", nil
	case len(raw) > maxScanBytes:
		return "", "larger than 1 MB", nil
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD"), "", nil
}

// fingerprints counts findings that nothing but their order tells apart.
type fingerprints map[[16]byte]int

// of returns what stays the same while code elsewhere changes: rule, file and the line without the match, which may be a
// secret, and how many such were before.
func (p fingerprints) of(path, code string, w weakness.Weakness) string {
	before := code[strings.LastIndexByte(code[:w.Start], '\n')+1 : w.Start]
	after, _, _ := strings.Cut(code[w.End:], "\n")
	line := strings.Join(strings.Fields(before), " ") + "\x00" + strings.Join(strings.Fields(after), " ")
	sum := sha256.Sum256([]byte(w.ID + "\x00" + filepath.ToSlash(path) + "\x00" + line))
	key := [16]byte(sum[:16])
	n := p[key]
	p[key]++
	return hex.EncodeToString(key[:]) + ":" + strconv.Itoa(n+1)
}
