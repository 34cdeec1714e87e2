package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// cursor is the file that names the first entry that isn't delivered. It isn't synced: an older one repeats deliveries,
// which the ids of events make up for. A damaged one must not be believed: what stands before it is removed.
type cursor struct {
	Segment  uint64 `json:"segment"`
	Offset   int64  `json:"offset"`
	Checksum uint32 `json:"crc32c"` // of the two, as text
}

func (p position) checksum() uint32 {
	return crc32.Checksum(fmt.Append(nil, p.segment, " ", p.offset), castagnoli)
}

func (s *Spool) cursorFile() string { return filepath.Join(s.dir, "cursor.json") }

func (s *Spool) writeCursor(p position) error {
	text, err := json.Marshal(cursor{p.segment, p.offset, p.checksum()})
	if err != nil {
		return err
	}
	temporary := s.cursorFile() + ".new"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, s.cursorFile())
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
	err = json.Unmarshal(text, &c)
	read := position{c.Segment, c.Offset}
	if err != nil || c.Offset < 0 || c.Checksum != read.checksum() {
		s.log.Warn("the spool's cursor is damaged: everything that the spool holds is delivered, some of it again")
		return nil
	}
	s.read = read
	return nil
}
