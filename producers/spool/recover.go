package spool

import (
	"fmt"
	"os"
)

// recover takes the segments that are in the folder. Nothing is added to them: the end of the newest may be an entry that a
// crash cut off, which the reader sets aside.
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
		seg := &segment{id: id, file: f, ended: true}
		s.segments = append(s.segments, seg)
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("open the spool: %w", err)
		}
		seg.size = info.Size()
		s.used += seg.size
		if id == s.read.segment && s.read.offset > seg.size { // a cursor that is ahead of a disk that lost writes
			s.read.offset = seg.size
		}
	}
	return nil
}
