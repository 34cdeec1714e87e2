package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/utils/merkletrie"

	"github.com/assayhq/assay/consumers/rework/scan"
	"github.com/assayhq/assay/producers/privacy/fingerprint"
	"github.com/assayhq/assay/schemas/sketch"
)

// history reads a repository's main line: first parents, so that a merge is one step.
type history struct {
	repo   *git.Repository
	hasher *fingerprint.Hasher
	notes  map[plumbing.Hash]string
	all    bool // whatever was committed counts as an assistant's
	seed   maphash.Seed
}

// notesRef is where attribution is kept beside commits: git notes --ref=assay.
const notesRef = plumbing.ReferenceName("refs/notes/assay")

func openHistory(path string, all bool) (*history, error) {
	repo, err := git.PlainOpenWithOptions(path, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return nil, fmt.Errorf("open the repository at %s: %w", path, err)
	}
	if repo, err = fast(repo); err != nil {
		return nil, fmt.Errorf("open the repository at %s: %w", path, err)
	}
	h := &history{repo: repo, hasher: fingerprint.New([]byte("assay rework scan")), notes: map[plumbing.Hash]string{}, all: all, seed: maphash.MakeSeed()}
	ref, err := repo.Reference(notesRef, true)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return h, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", notesRef, err)
	}
	tip, err := repo.CommitObject(ref.Hash())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", notesRef, err)
	}
	files, err := tip.Files()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", notesRef, err)
	}
	return h, files.ForEach(func(f *object.File) error {
		text, err := f.Contents()
		if err != nil {
			return fmt.Errorf("read %s: %w", notesRef, err)
		}
		h.notes[plumbing.NewHash(strings.ReplaceAll(f.Name, "/", ""))] = text // large trees of notes have folders
		return nil
	})
}

// cached bounds the objects kept in memory: the trees and files of one commit are read again for the next one.
const cached = 256 * cache.MiByte

// fast opens a repository again for reading all of it: packs stay open, and nobody else is expected to repack meanwhile.
func fast(repo *git.Repository) (*git.Repository, error) {
	on, ok := repo.Storer.(*filesystem.Storage)
	if !ok {
		return repo, nil
	}
	options := filesystem.Options{KeepDescriptors: true, ExclusiveAccess: true, AlternatesFS: osfs.New("/")} // a clone may share another one's objects
	return git.Open(filesystem.NewStorageWithOptions(on.Filesystem(), cache.NewObjectLRU(cached), options), nil)
}

// commits lists the main line up to HEAD, oldest first, from a time on.
func (h *history) commits(since time.Time) ([]*object.Commit, error) {
	head, err := h.repo.Head()
	if err != nil {
		return nil, fmt.Errorf("read HEAD: %w", err)
	}
	ends, err := h.repo.Storer.Shallow() // commits of a shallow clone whose parents it doesn't have
	if err != nil {
		return nil, fmt.Errorf("read where the clone ends: %w", err)
	}
	var list []*object.Commit
	c, err := h.repo.CommitObject(head.Hash())
	for ; err == nil && !c.Committer.When.Before(since); c, err = c.Parent(0) {
		list = append(list, c)
		if c.NumParents() == 0 || slices.Contains(ends, c.Hash) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("walk the history: %w", err)
	}
	slices.Reverse(list)
	return list, nil
}

// renames are looked for by content, among no more files than a commit by hand has.
var renames = &object.DiffTreeOptions{DetectRenames: true, RenameScore: 60, RenameLimit: 200, OnlyExactRenames: false}

// maxSource bounds a source file; larger ones are generated or data.
const maxSource = 1 << 20

// step turns a commit into what the scan takes.
func (h *history) step(ctx context.Context, c *object.Commit) (*scan.Commit, error) {
	tree, err := c.Tree()
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", c.Hash, err)
	}
	parentTree := new(object.Tree)
	if c.NumParents() > 0 {
		parent, err := c.Parent(0)
		if err == nil {
			parentTree, err = parent.Tree()
		}
		if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, fmt.Errorf("read the parent of commit %s: %w", c.Hash, err)
		}
	}
	changes, err := object.DiffTreeWithOptions(ctx, parentTree, tree, renames)
	if err != nil {
		return nil, fmt.Errorf("compare commit %s with its parent: %w", c.Hash, err)
	}
	step := &scan.Commit{ID: c.Hash.String(), At: c.Committer.When.UTC(), Revert: fingerprint.IsRevert(c.Message)}
	by := h.attribution(c)
	for _, change := range changes {
		f, err := h.file(change)
		if err != nil {
			return nil, fmt.Errorf("read commit %s: %w", c.Hash, err)
		}
		if f != nil {
			by.apply(f)
			step.Files = append(step.Files, *f)
		}
	}
	return step, nil
}

// file reads both sides of a change; nil where neither is source code.
func (h *history) file(change *object.Change) (*scan.File, error) {
	action, err := change.Action()
	if err != nil {
		return nil, err
	}
	f := &scan.File{Path: change.To.Name, Deleted: action == merkletrie.Delete}
	if f.Deleted {
		f.Path = change.From.Name
	} else if action == merkletrie.Modify && change.From.Name != change.To.Name {
		f.OldPath = change.From.Name
	}
	if f.Language = fingerprint.LanguageOf(f.Path); f.Language == "" {
		return nil, nil
	}
	from, to, err := change.Files()
	if err != nil {
		return nil, err
	}
	if f.Before, _, err = h.read(from, f.Language); err != nil {
		return nil, err
	}
	if f.After, f.Lines, err = h.read(to, f.Language); err != nil {
		return nil, err
	}
	return f, nil
}

func (h *history) read(f *object.File, language string) (s sketch.Sketch, lines []uint64, err error) {
	if f == nil || f.Size > maxSource {
		return s, nil, nil
	}
	r, err := f.Reader()
	if err != nil {
		return s, nil, err
	}
	text, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return s, nil, err
	}
	for line := range strings.Lines(string(text)) {
		lines = append(lines, maphash.String(h.seed, line))
	}
	return h.hasher.Sketch(string(text), language), lines, nil
}

// attribution says which lines of a commit an assistant wrote.
type attribution struct {
	model string                  // of the whole commit; empty: of none
	files map[string][]scan.Range // of some lines, by path
}

func (a attribution) apply(f *scan.File) {
	f.Model = a.model
	f.Assisted = a.files[f.Path]
	if a.files == nil && a.model != "" {
		f.Assisted = []scan.Range{{First: 1, Last: maxSource}}
	}
}

var (
	// assistedTrailer names the assistant outright, coauthor only where it is one.
	assistedTrailer = regexp.MustCompile(`(?im)^(?:assisted-by|ai-assisted-by|generated-by|co-developed-with-ai):[ \t]*([^<\n]+)`)
	coauthor        = regexp.MustCompile(`(?im)^co-authored-by:[ \t]*([^<\n]*\b(?:copilot|claude|cursor|gemini|codex|chatgpt|gpt-[\w.]+|aider|devin|windsurf|codeium|tabby|continue|cody|amazon q|junie|jules|openhands|roo|cline|goose)\b[^<\n]*)`)
	// noteLine is PATH:FIRST-LAST MODEL, or * MODEL for the whole commit.
	noteLine = regexp.MustCompile(`^(?:\*|(.+):(\d+)-(\d+))(?:\s+(.+))?$`)
)

// attribution reads a commit's note, else its trailers.
func (h *history) attribution(c *object.Commit) attribution {
	if note, ok := h.notes[c.Hash]; ok {
		return parseNote(note)
	}
	for _, pattern := range []*regexp.Regexp{assistedTrailer, coauthor} {
		if m := pattern.FindStringSubmatch(c.Message); m != nil {
			return attribution{model: strings.TrimSpace(m[1])}
		}
	}
	if h.all {
		return attribution{model: "anyone"}
	}
	return attribution{}
}

// parseNote reads a note; lines that aren't attribution are other people's notes.
func parseNote(note string) attribution {
	a := attribution{files: map[string][]scan.Range{}}
	for line := range strings.Lines(note) {
		m := noteLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if m[4] != "" {
			a.model = m[4]
		}
		if a.model == "" {
			a.model = "assistant"
		}
		if m[1] == "" {
			return attribution{model: a.model}
		}
		first, err := strconv.Atoi(m[2])
		last, also := strconv.Atoi(m[3])
		if err == nil && also == nil {
			a.files[m[1]] = append(a.files[m[1]], scan.Range{First: first, Last: last})
		}
	}
	return a
}
