package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Batch is entries in their order, to be delivered together.
type Batch struct {
	Entries [][]byte
	after   position
}

// Next waits for entries and returns the first ones that aren't delivered, about maxBytes at most: one at least, or none where
// it met damage and nothing follows. It returns the same ones until Delivered is called.
func (s *Spool) Next(ctx context.Context, maxBytes int) (Batch, error) {
	for {
		b, damaged, err := s.peek(maxBytes)
		if len(b.Entries) > 0 || damaged || err != nil {
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

func (s *Spool) peek(maxBytes int) (b Batch, damaged bool, err error) {
	size := 0
	s.mu.Lock()
	b.after = s.read
	s.mu.Unlock()
	for size < maxBytes {
		seg, limit, following := s.segmentAt(b.after.segment)
		if seg == nil {
			return b, damaged, nil
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
			return b, damaged, nil
		case errors.Is(err, errDamaged) && len(b.Entries) > 0:
			return b, damaged, nil // what stands before the damage first
		case errors.Is(err, errDamaged):
			damaged = true
			if b.after.offset, err = s.skipDamage(seg, b.after.offset, limit); err == nil {
				err = s.Delivered(b)
			}
			if err != nil {
				return Batch{}, damaged, err
			}
			continue
		case err != nil:
			return Batch{}, damaged, err
		}
		b.Entries = append(b.Entries, entry)
		b.after.offset = next
		size += len(entry)
	}
	return b, damaged, nil
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
	close(s.moved)
	s.moved = make(chan struct{})
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

// Drained waits until everything is delivered.
func (s *Spool) Drained(ctx context.Context) error {
	for {
		s.mu.Lock()
		pending, moved := s.pending(), s.moved
		s.mu.Unlock()
		select {
		case <-s.stop:
			return ErrClosed
		default:
		}
		if pending == 0 {
			return nil
		}
		select {
		case <-moved:
		case <-s.stop:
		case <-ctx.Done():
			return fmt.Errorf("%d bytes wait for delivery: %w", pending, context.Cause(ctx))
		}
	}
}
