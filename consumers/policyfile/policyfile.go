// Package policyfile reads the YAML in which people tell services what to do: strictly, one document, and with the line of
// everything that is wrong. It must not know what such a file says, nor read files itself.
package policyfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// File is a source that has been decoded and is being checked.
type File struct {
	what     string
	hash     string
	tree     *ast.File
	problems []error
}

// Read decodes a source of one document into v; fields that v lacks are errors. what names the source in errors, e.g. policy.
func Read(what string, source []byte, v any) (*File, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(source), yaml.Strict())
	if err := decoder.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %s", what, yaml.FormatError(err, false, false))
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: one document is expected, there is a second after a line ---", what)
	}
	tree, err := parser.ParseBytes(source, 0)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	sum := sha256.Sum256(source)
	return &File{what: what, hash: hex.EncodeToString(sum[:8]), tree: tree}, nil
}

// Hash is the content hash of the source: 16 hexadecimal digits.
func (f *File) Hash() string { return f.hash }

// Require notes a problem with the value at a path such as review[2].id unless ok.
func (f *File) Require(ok bool, path, format string, args ...any) {
	if !ok {
		f.problems = append(f.problems, fmt.Errorf("line %d: "+format, append([]any{f.line(path)}, args...)...))
	}
}

// Err returns all problems, each with its line in the source; nil if there are none.
func (f *File) Err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return fmt.Errorf("read %s: %w", f.what, errors.Join(f.problems...))
}

// line is where the value stands, or the nearest thing around it that there is.
func (f *File) line(path string) int {
	for at := "$." + path; at != "$"; at = at[:strings.LastIndexByte(at, '.')] {
		query, err := yaml.PathString(at)
		if err != nil {
			continue
		}
		if node, err := query.FilterFile(f.tree); err == nil && node != nil {
			return node.GetToken().Position.Line
		}
	}
	return 1
}
