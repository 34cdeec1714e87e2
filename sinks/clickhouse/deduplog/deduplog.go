// Package deduplog repairs what a crash can leave in a ClickHouse server's deduplication logs, on the disk of a server that
// is not running.
//
// A MergeTree table that isn't replicated writes an insert's token to its log before the insert's part gets its name
// (MergeTreeSink commits in this order). A server that is killed in between has the token and not the rows: it takes
// the repeat for known, drops it, and the rows are lost without a word. Replicated tables write both in one transaction of
// Keeper and need no repair.
//
// The package must never touch parts: it only frees tokens whose part isn't there.
package deduplog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/gofrs/flock"
)

// ErrRunning says that a server is using the data.
var ErrRunning = errors.New("a ClickHouse server is running on this data: stop it first")

// Repair frees the tokens of inserts that a crash cut off, in every table below a server's data path (the folder with store and
// data in it), and returns how many there were. Nothing happens where a server is running: ErrRunning.
func Repair(path string) (freed int, err error) {
	unlock, err := lock(path)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	for _, pattern := range []string{"store/*/*/deduplication_logs", "data/*/*/deduplication_logs"} {
		folders, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return freed, fmt.Errorf("repair the deduplication logs below %s: %w", path, err)
		}
		for _, folder := range folders {
			n, err := repairTable(folder)
			freed += n
			if err != nil {
				return freed, fmt.Errorf("repair the deduplication log of a table: %w", err)
			}
		}
	}
	return freed, nil
}

// lock keeps servers away, by the file that a running one holds.
func lock(path string) (unlock func() error, err error) {
	status := filepath.Join(path, "status")
	if _, err := os.Stat(status); errors.Is(err, os.ErrNotExist) { // nobody runs, and the last one went in peace
		return func() error { return nil }, nil
	}
	held := flock.New(status)
	switch got, err := held.TryLock(); {
	case err != nil:
		return nil, err
	case !got:
		return nil, ErrRunning
	}
	return held.Close, nil
}

// repairTable repairs the logs in a table's folder of logs.
func repairTable(folder string) (freed int, err error) {
	parts, err := partsIn(filepath.Dir(folder))
	if err != nil {
		return 0, err
	}
	logs, err := filepath.Glob(filepath.Join(folder, "deduplication_log_*.txt"))
	if err != nil {
		return 0, err
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			return freed, err
		}
		kept, n := parts.filter(text)
		if freed += n; len(kept) == len(text) {
			continue
		}
		if err := replace(log, kept); err != nil {
			return freed, err
		}
	}
	return freed, nil
}

// parts are the blocks that a table has, by partition.
type parts map[string][]span

type span struct{ first, last int64 }

// partName is <partition>_<first block>_<last block>_<level>, and a mutation's number where there was one.
var partName = regexp.MustCompile(`^([0-9a-z]+)_([0-9]+)_([0-9]+)_[0-9]+(?:_[0-9]+)?$`)

func parsePart(name []byte) (partition string, blocks span, ok bool) {
	m := partName.FindSubmatch(name)
	if m == nil {
		return "", span{}, false
	}
	first, err1 := strconv.ParseInt(string(m[2]), 10, 64)
	last, err2 := strconv.ParseInt(string(m[3]), 10, 64)
	return string(m[1]), span{first, last}, err1 == nil && err2 == nil
}

func partsIn(table string) (parts, error) {
	entries, err := os.ReadDir(table)
	if err != nil {
		return nil, err
	}
	found := parts{}
	for _, e := range entries {
		if partition, blocks, ok := parsePart([]byte(e.Name())); ok {
			found[partition] = append(found[partition], blocks)
		}
	}
	return found, nil
}

func (p parts) has(partition string, blocks span) bool {
	for _, s := range p[partition] {
		if s.first <= blocks.first && blocks.last <= s.last {
			return true
		}
	}
	return false
}

// filter returns the lines to keep: all but additions of parts that aren't there, and a line that wasn't finished. What it
// doesn't understand it keeps. A line is operation (1: added, 2: dropped), part and block id, between tabs.
func (p parts) filter(log []byte) (kept []byte, freed int) {
	for line := range bytes.Lines(log) {
		if line[len(line)-1] != '\n' {
			freed++
			break
		}
		fields := bytes.Split(line, []byte{'\t'})
		if len(fields) == 3 && string(fields[0]) == "1" {
			if partition, blocks, ok := parsePart(fields[1]); ok && !p.has(partition, blocks) {
				freed++
				continue
			}
		}
		kept = append(kept, line...)
	}
	return kept, freed
}

// replace writes the file anew so that it is whole whatever happens.
func replace(path string, content []byte) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	next := path + ".repaired"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return os.Rename(next, path)
}
