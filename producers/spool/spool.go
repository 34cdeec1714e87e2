// Package spool keeps entries on disk, in order and bounded, until they are delivered: what was accepted while the brokers
// are away. An entry is on the disk when Append returns, and survives the end of the process and of the machine. It is given
// out at least once.
//
// Entries lie in segments, files that only grow, each entry with its length and CRC-32C; a cursor names the first entry that
// isn't delivered. What can't be read, or never passes, is set aside in the folder, counted, and doesn't hold up the rest.
// The package must not know what entries mean, and nothing confidential may be given to it in clear.
package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	// ErrFull says that there is no room: the sender must come again later.
	ErrFull = errors.New("the spool is full")
	// ErrInUse says that another process has the folder open.
	ErrInUse = errors.New("in use by another process")
	// ErrClosed says that the spool was closed.
	ErrClosed = errors.New("the spool is closed")
)

// segmentBytes is where a segment ends: delivered ones are removed whole.
const segmentBytes = 16 << 20

// Config is what a Spool needs.
type Config struct {
	Dir        string // made when missing; of one process at a time
	MaxBytes   int64  // of all segments
	Logger     *slog.Logger
	Registerer prometheus.Registerer // assay_spool_*
}

// Spool is a queue on disk with any number of writers and one reader.
type Spool struct {
	dir     string
	max     int64
	log     *slog.Logger
	metrics *metrics
	lock    *flock.Flock

	requests chan *request // to the writer
	stop     chan struct{}
	closing  sync.Once
	stopped  chan struct{} // closed when the writer has ended

	mu       sync.Mutex
	segments []*segment    // oldest first; the last one grows
	used     int64         // bytes of all segments
	read     position      // the first entry that isn't delivered
	writing  bool          // the last segment is being written to
	moved    chan struct{} // closed and replaced when read moves on
	arrived  chan struct{}
}

// position is a place between entries.
type position struct {
	segment uint64
	offset  int64
}

// request is an entry on its way to the disk.
type request struct {
	entry []byte
	done  chan error
}

// Open takes the folder and what an earlier process left in it.
func Open(c Config) (*Spool, error) {
	if c.Dir == "" || c.MaxBytes < 1 {
		return nil, errors.New("a spool needs a folder, and a number of bytes that it may take there")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the spool: %w", err)
	}
	s := &Spool{dir: c.Dir, max: c.MaxBytes, log: c.Logger, lock: flock.New(filepath.Join(c.Dir, "lock"), flock.SetPermissions(0o600)),
		requests: make(chan *request, 256), stop: make(chan struct{}), stopped: make(chan struct{}), moved: make(chan struct{}), arrived: make(chan struct{}, 1)}
	locked, err := s.lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the spool in %s: %w", c.Dir, err)
	case !locked:
		return nil, fmt.Errorf("the spool in %s is %w: give each its own folder", c.Dir, ErrInUse)
	}
	if err = s.recover(); err == nil {
		s.metrics, err = newMetrics(c.Registerer, s)
	}
	if err != nil {
		return nil, errors.Join(err, s.closeSegments(), s.lock.Close())
	}
	go s.write()
	return s, nil
}

// Append returns when the entry, a byte at least, is on the disk; ErrFull where there is no room. When ctx ends first the entry
// may or may not be kept.
func (s *Spool) Append(ctx context.Context, entry []byte) error {
	if len(entry) == 0 {
		return errors.New("append to the spool: an empty entry couldn't be told from damage")
	}
	r := &request{entry: entry, done: make(chan error, 1)}
	select {
	case s.requests <- r:
	case <-s.stop:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("append to the spool: %w", context.Cause(ctx))
	}
	select {
	case err := <-r.done:
		return err
	case <-s.stopped:
		return ErrClosed // also where it was kept in the last moment: the sender may repeat it
	case <-ctx.Done():
		return fmt.Errorf("append to the spool: %w", context.Cause(ctx))
	}
}

// Pending is how many bytes wait for delivery.
func (s *Spool) Pending() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending()
}

func (s *Spool) pending() int64 {
	n := int64(0)
	for _, seg := range s.segments {
		switch {
		case seg.id == s.read.segment:
			n += seg.size - s.read.offset
		case seg.id > s.read.segment:
			n += seg.size
		}
	}
	return n
}

// Close stops; what wasn't delivered stays for the next process.
func (s *Spool) Close() error {
	s.closing.Do(func() { close(s.stop) })
	<-s.stopped
	return errors.Join(s.closeSegments(), s.lock.Close())
}

func (s *Spool) closeSegments() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, seg := range s.segments {
		err = errors.Join(err, seg.file.Close())
	}
	s.segments = nil
	return err
}
