package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

const (
	frameHeader = 8       // length and CRC-32C of the entry, little-endian
	maxEntry    = 1 << 30 // a longer one is damage
	ending      = ".spool"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged says that no entry can be read at a place.
var errDamaged = errors.New("damaged")

// segment is one file of entries.
type segment struct {
	id    uint64
	file  *os.File
	size  int64 // what is known to be on the disk
	ended bool  // nothing more is written to it
}

func segmentPath(dir string, id uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d", id)+ending)
}

func segmentID(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, err == nil
}

// appendFrame appends an entry as it stands in a segment.
func appendFrame(b, entry []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(entry)))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(entry, castagnoli))
	return append(b, entry...)
}

// entryAt reads the entry at an offset below limit. io.EOF says that there is none yet, errDamaged that there is no whole one.
func (s *segment) entryAt(offset, limit int64) (entry []byte, next int64, err error) {
	if offset == limit {
		return nil, 0, io.EOF
	}
	var head [frameHeader]byte
	if limit-offset < frameHeader {
		return nil, 0, errDamaged
	}
	if _, err := s.file.ReadAt(head[:], offset); err != nil {
		return nil, 0, fmt.Errorf("read the spool: %w", err)
	}
	length := int64(binary.LittleEndian.Uint32(head[:]))
	next = offset + frameHeader + length
	if length == 0 || length > maxEntry || next > limit {
		return nil, 0, errDamaged
	}
	entry = make([]byte, length)
	if _, err := s.file.ReadAt(entry, offset+frameHeader); err != nil {
		return nil, 0, fmt.Errorf("read the spool: %w", err)
	}
	if crc32.Checksum(entry, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return nil, 0, errDamaged
	}
	return entry, next, nil
}

// syncDir has the names in a folder survive a power cut.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // which can't, and keeps names in NTFS' journal
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
