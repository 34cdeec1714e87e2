package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// recover reads what is in the folder. The end of the newest segment may be an entry that a crash cut off, of which nobody
// was told that it is kept: it goes.
func (s *Spool) recover() error {
	files, err := os.ReadDir(s.dir) // by name, so by number
	if err != nil {
		return fmt.Errorf("open the spool: %w", err)
	}
	if err := s.readCursor(); err != nil {
		return err
	}
	for _, entry := range files {
		id, ok := segmentID(entry.Name())
		if !ok {
			continue
		}
		if id < s.read.segment { // delivered; the process ended before it was removed
			if err := os.Remove(segmentPath(s.dir, id)); err != nil {
				return fmt.Errorf("open the spool: %w", err)
			}
			continue
		}
		f, err := os.OpenFile(segmentPath(s.dir, id), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("open the spool: %w", err)
		}
		seg := &segment{id: id, file: f}
		s.segments = append(s.segments, seg)
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("open the spool: %w", err)
		}
		seg.size = info.Size()
		s.used += seg.size
	}
	return s.cutTail()
}

func (s *Spool) cutTail() error {
	if len(s.segments) == 0 {
		return nil
	}
	last := s.segments[len(s.segments)-1]
	end, err := last.whole(last.size)
	if err != nil {
		return err
	}
	if end < last.size {
		s.log.Warn("the spool ends with an entry that was cut off, whose sender got no answer", "bytes", last.size-end)
		if err := errors.Join(last.file.Truncate(end), last.file.Sync()); err != nil {
			return fmt.Errorf("open the spool: %w", err)
		}
		s.used -= last.size - end
		last.size = end
	}
	if last.id == s.read.segment && s.read.offset > last.size { // a cursor that is ahead of a disk that lost writes
		s.read.offset = last.size
	}
	return nil
}

func (s *Spool) readCursor() error {
	text, err := os.ReadFile(s.cursorFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the spool: %w", err)
	}
	var c cursor
	if err := json.Unmarshal(text, &c); err != nil || c.Offset < 0 {
		s.log.Warn("the spool's cursor is damaged: everything that the spool holds is delivered, some of it again")
		return nil
	}
	s.read = position{c.Segment, c.Offset}
	return nil
}
