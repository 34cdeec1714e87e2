package spool

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// skipDamage keeps what can't be read, from the offset to the next whole entry or to the end, for a person to look at, and
// returns where to go on.
func (s *Spool) skipDamage(seg *segment, offset, limit int64) (int64, error) {
	rest := make([]byte, limit-offset)
	if _, err := seg.file.ReadAt(rest, offset); err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read the spool: %w", err)
	}
	n := damage(rest)
	path := fmt.Sprintf("%s.damaged-at-%d", segmentPath(s.dir, seg.id), offset)
	if err := writeSynced(path, rest[:n]); err != nil {
		return 0, fmt.Errorf("keep what is damaged of the spool: %w", err)
	}
	s.metrics.damage(n)
	s.log.Error("a part of the spool is damaged and isn't delivered: check the disk. At the end of what a process left it may be an entry that a crash cut off, whose sender got no answer",
		"bytes", n, "kept_in", path)
	return offset + int64(n), nil
}

// SetAside keeps an entry that never passes for a person to look at, so that others can be delivered.
func (s *Spool) SetAside(entry []byte, reason error) error {
	path := filepath.Join(s.dir, fmt.Sprintf("refused-%x", sha256.Sum256(entry)))
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(entry)) {
		return nil // its batch is tried again
	}
	if err := writeSynced(path, entry); err != nil {
		return fmt.Errorf("keep what is refused of the spool: %w", err)
	}
	s.metrics.damage(len(entry))
	s.log.Error("an entry of the spool never passes and isn't delivered", "reason", reason, "bytes", len(entry), "kept_in", path)
	return nil
}

// damage is how many bytes stand before the next whole entry. To be fast where lengths are random, what follows that entry must
// look like one, too, or be the end.
func damage(rest []byte) int {
	for at := 1; at+frameHeader < len(rest); at++ {
		following, ok := frameEnd(rest[at:])
		if !ok {
			continue
		}
		entry, after := rest[at+frameHeader:at+following], rest[at+following:]
		if _, ok := frameEnd(after); !ok && len(after) >= frameHeader {
			continue
		}
		if crc32.Checksum(entry, castagnoli) == binary.LittleEndian.Uint32(rest[at+4:]) {
			return at
		}
	}
	return len(rest)
}

// frameEnd is where the frame at the start ends, if one of that length fits.
func frameEnd(b []byte) (end int, ok bool) {
	if len(b) < frameHeader {
		return 0, false
	}
	length := binary.LittleEndian.Uint32(b)
	if length == 0 || int64(length) > int64(len(b)-frameHeader) {
		return 0, false
	}
	return frameHeader + int(length), true
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}
