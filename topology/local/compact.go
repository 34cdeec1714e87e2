package local

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"
)

// compactFrom is how large the changelogs grow before a start compacts them.
const compactFrom = 64 << 20

// copyOf names the copy of the partitions that stands by during a compaction.
func copyOf(partitions string) string { return partitions + ".before-compaction" }

// undoCompaction takes the copy back when a kill interrupted a compaction.
func undoCompaction(dir string) error {
	partitions := filepath.Join(dir, "partitions")
	if _, err := os.Stat(copyOf(partitions)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := errors.Join(os.RemoveAll(partitions), os.Rename(copyOf(partitions), partitions)); err != nil {
		return fmt.Errorf("take back the log from before an interrupted compaction: %w", err)
	}
	return nil
}

// compact shrinks the changelogs of services before the brokers serve. The engine deletes a partition's files before it
// writes the compacted ones, so a kill in between would lose the state: a copy made of hard links stands by until it
// is done. While the brokers serve, compaction is off for the same reason.
func compact(dir string) error {
	partitions := filepath.Join(dir, "partitions")
	size, err := changelogBytes(partitions)
	if err != nil {
		return fmt.Errorf("measure the changelogs: %w", err)
	}
	if size < compactFrom {
		return nil
	}
	half := copyOf(partitions) + ".tmp"
	if err := errors.Join(os.RemoveAll(half), linkTree(partitions, half), os.Rename(half, copyOf(partitions))); err != nil {
		return fmt.Errorf("copy the log before compaction: %w", err)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(dir), kfake.ListenFn(func(network, _ string) (net.Listener, error) {
		return net.Listen(network, "127.0.0.1:0") // nobody is told the address
	}))
	if err != nil {
		return fmt.Errorf("open the log for compaction: %w", err)
	}
	cluster.Compact()
	cluster.Close()
	if err := os.RemoveAll(copyOf(partitions)); err != nil {
		return fmt.Errorf("remove the log from before compaction: %w", err)
	}
	return nil
}

func changelogBytes(partitions string) (int64, error) {
	var size int64
	err := filepath.WalkDir(partitions, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(filepath.Base(filepath.Dir(path)), ".state-") {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return size, err
}

func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, relative), 0o755)
		}
		return os.Link(path, filepath.Join(to, relative))
	})
}
