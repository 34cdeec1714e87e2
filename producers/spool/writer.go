package spool

import (
	"fmt"
	"os"
)

// groupBytes bounds what is written between two syncs.
const groupBytes = 8 << 20

// write puts entries on the disk; those that arrive together share a sync.
func (s *Spool) write() {
	defer close(s.stopped)
	var group []*request
	var frames []byte
	for {
		group, frames = group[:0], frames[:0]
		select {
		case r := <-s.requests:
			group, frames = append(group, r), appendFrame(frames, r.entry)
		case <-s.stop:
			return
		}
	more:
		for len(frames) < groupBytes {
			select {
			case r := <-s.requests:
				group, frames = append(group, r), appendFrame(frames, r.entry)
			default:
				break more
			}
		}
		err := s.store(frames)
		if err != nil {
			s.metrics.refused(len(group))
		}
		for _, r := range group {
			r.done <- err
		}
	}
}

// store appends whole frames to the growing segment and syncs it.
func (s *Spool) store(frames []byte) error {
	s.mu.Lock()
	var last *segment
	if n := len(s.segments); n > 0 && s.segments[n-1].size < segmentBytes && !s.segments[n-1].ended {
		last = s.segments[n-1]
	}
	full := s.used+int64(len(frames)) > s.max
	s.writing = !full
	s.mu.Unlock()
	if full {
		return ErrFull
	}
	last, err := s.append(last, frames)
	s.mu.Lock()
	s.writing = false
	if err == nil {
		last.size += int64(len(frames))
		s.used += int64(len(frames))
	}
	s.mu.Unlock()
	select {
	case s.arrived <- struct{}{}:
	default:
	}
	return err
}

// append writes frames at the end of the segment, or of a new one, and syncs it.
func (s *Spool) append(last *segment, frames []byte) (_ *segment, err error) {
	if last == nil {
		if last, err = s.grow(); err != nil {
			return nil, err
		}
	}
	if _, err = last.file.WriteAt(frames, last.size); err == nil {
		err = last.file.Sync()
	}
	if err != nil {
		// What came to the disk of these frames doesn't count: the next ones are written over it.
		_ = last.file.Truncate(last.size)
		return nil, fmt.Errorf("write the spool: %w", err)
	}
	return last, nil
}

// grow begins a segment.
func (s *Spool) grow() (*segment, error) {
	s.mu.Lock()
	id := s.read.segment
	if n := len(s.segments); n > 0 {
		id = s.segments[n-1].id
	}
	s.mu.Unlock()
	f, err := os.OpenFile(segmentPath(s.dir, id+1), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("begin a segment of the spool: %w", err)
	}
	seg := &segment{id: id + 1, file: f}
	s.mu.Lock()
	s.segments = append(s.segments, seg)
	s.mu.Unlock()
	return seg, nil
}
