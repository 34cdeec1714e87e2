package spool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Batch is entries in their order, to be delivered together.
type Batch struct {
	Entries [][]byte
	after   position
}

// Next waits for entries and returns the first ones that aren't delivered, one at least and about maxBytes at most. It returns
// the same ones until Delivered is called.
func (s *Spool) Next(ctx context.Context, maxBytes int) (Batch, error) {
	for {
		b, err := s.peek(maxBytes)
		if len(b.Entries) > 0 || err != nil {
			return b, err
		}
		select {
		case <-s.arrived:
		case <-s.stop:
			return Batch{}, ErrClosed
		case <-ctx.Done():
			return Batch{}, context.Cause(ctx)
		}
	}
}

func (s *Spool) peek(maxBytes int) (Batch, error) {
	b, size := Batch{}, 0
	s.mu.Lock()
	b.after = s.read
	s.mu.Unlock()
	for size < maxBytes {
		seg, limit, following := s.segmentAt(b.after.segment)
		if seg == nil {
			return b, nil
		}
		if seg.id != b.after.segment {
			b.after = position{seg.id, 0}
		}
		entry, next, err := seg.entryAt(b.after.offset, limit)
		switch {
		case errors.Is(err, io.EOF) && following:
			b.after = position{seg.id + 1, 0}
			continue
		case errors.Is(err, io.EOF):
			return b, nil
		case errors.Is(err, errDamaged) && len(b.Entries) > 0:
			return b, nil // what stands before the damage first
		case errors.Is(err, errDamaged):
			skipped, err := s.setAside(seg, b.after.offset)
			if err != nil || !skipped {
				return Batch{}, err
			}
			b.after = position{seg.id + 1, 0}
			continue
		case err != nil:
			return Batch{}, err
		}
		b.Entries = append(b.Entries, entry)
		b.after.offset = next
		size += len(entry)
	}
	return b, nil
}

// segmentAt returns the segment, or the oldest one after it, its size, and whether others follow it.
func (s *Spool) segmentAt(id uint64) (seg *segment, limit int64, following bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, seg := range s.segments {
		if seg.id >= id {
			return seg, seg.size, i+1 < len(s.segments)
		}
	}
	return nil, 0, false
}

// setAside keeps the rest of a segment, of which nothing can be read any more, for a person to look at, and goes on after it.
// It waits for the writer's next sign where the writer is at the same segment.
func (s *Spool) setAside(seg *segment, offset int64) (skipped bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seg.ended = true
	if s.writing && s.segments[len(s.segments)-1] == seg {
		return false, nil
	}
	content := make([]byte, seg.size-offset)
	if _, err := seg.file.ReadAt(content, offset); err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read the spool: %w", err)
	}
	path := fmt.Sprintf("%s.damaged-at-%d", segmentPath(s.dir, seg.id), offset)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return false, fmt.Errorf("keep what is damaged of the spool: %w", err)
	}
	s.metrics.damage(len(content))
	s.log.Error("a part of the spool is damaged, its events are not delivered: check the disk", "bytes", len(content), "kept_in", path)
	s.read = position{seg.id + 1, 0}
	return true, nil
}

// Delivered forgets the batch and what stands before it. When it fails the batch may be given out again by the next process.
func (s *Spool) Delivered(b Batch) error {
	s.mu.Lock()
	s.read = b.after
	var done []*segment
	for len(s.segments) > 0 {
		first, growing := s.segments[0], len(s.segments) == 1 && s.writing
		if first.id > s.read.segment || first.id == s.read.segment && (growing || s.read.offset < first.size) {
			break
		}
		done, s.segments = append(done, first), s.segments[1:]
		s.used -= first.size
	}
	s.mu.Unlock()
	err := s.writeCursor(b.after)
	for _, seg := range done {
		err = errors.Join(err, seg.file.Close(), os.Remove(segmentPath(s.dir, seg.id)))
	}
	if err != nil {
		return fmt.Errorf("note what the spool has delivered: %w", err)
	}
	return nil
}

func (s *Spool) cursorFile() string { return filepath.Join(s.dir, "cursor.json") }

// cursor is the file that names the first entry that isn't delivered. It isn't synced: an older one repeats deliveries,
// which the ids of events make up for.
type cursor struct {
	Segment uint64 `json:"segment"`
	Offset  int64  `json:"offset"`
}

func (s *Spool) writeCursor(p position) error {
	text, err := json.Marshal(cursor{p.segment, p.offset})
	if err != nil {
		return err
	}
	temporary := s.cursorFile() + ".new"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, s.cursorFile())
}
