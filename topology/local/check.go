package local

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// check reads the broker's folder as it was left. The broker itself cuts a file at the first byte it can't read and
// starts afresh when its list of topics is missing; both would lose records without a word. A batch or commit that a
// kill left half written at the end of a file is no damage: nobody was told that it was stored.
func check(dir string) error {
	partitions, err := os.ReadDir(filepath.Join(dir, "partitions"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the broker's folder: %w", err)
	}
	for _, name := range []string{"meta.json", "topics.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s has partitions but no %s: restore the data folder from a copy, or delete it to start afresh", dir, name)
		}
	}
	if err := checkFile(filepath.Join(dir, "groups.log"), entry); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, partition := range partitions {
		folder := filepath.Join(dir, "partitions", partition.Name())
		files, err := os.ReadDir(folder)
		if err != nil {
			return fmt.Errorf("read the broker's folder: %w", err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file.Name(), ".dat") {
				continue
			}
			if err := checkFile(filepath.Join(folder, file.Name()), batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// frame describes how a file is cut into checksummed pieces.
type frame struct {
	header   int                                          // bytes that hold length and checksum
	parse    func(header []byte) (length int, crc uint32) // length: of the whole piece
	unsummed int                                          // bytes before the first that the checksum covers
}

var (
	// A Kafka record batch, https://kafka.apache.org/documentation/#recordbatch
	batch = frame{header: 21, unsummed: 21, parse: func(h []byte) (int, uint32) {
		return 12 + int(binary.BigEndian.Uint32(h[8:])), binary.BigEndian.Uint32(h[17:])
	}}
	// An entry of kfake's append-only logs, kfake/persist.go.
	entry = frame{header: 8, unsummed: 8, parse: func(h []byte) (int, uint32) {
		return 8 + int(binary.LittleEndian.Uint32(h)), binary.LittleEndian.Uint32(h[4:])
	}}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func checkFile(path string, f frame) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("check the broker's folder: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("check the broker's folder: %w", err)
	}
	reader := bufio.NewReaderSize(file, 1<<18)
	var at int64
	for {
		header, err := reader.Peek(f.header)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("check %s: %w", path, err)
		}
		length, want := f.parse(header)
		damaged := fmt.Errorf("%s is damaged at byte %d: restore the data folder from a copy, or give up what follows with `truncate -s %d %s`", path, at, at, path)
		if length < f.header {
			return damaged
		}
		if at+int64(length) > info.Size() {
			if length > maxPiece {
				return damaged
			}
			return nil
		}
		sum := crc32.New(castagnoli)
		if _, err := reader.Discard(f.unsummed); err != nil {
			return fmt.Errorf("check %s: %w", path, err)
		}
		if _, err := io.CopyN(sum, reader, int64(length-f.unsummed)); err != nil {
			return fmt.Errorf("check %s: %w", path, err)
		}
		if sum.Sum32() != want {
			return damaged
		}
		at += int64(length)
	}
}

// maxPiece bounds what a kill can leave half written: the broker refuses larger batches.
const maxPiece = 1<<20 + 1<<12
