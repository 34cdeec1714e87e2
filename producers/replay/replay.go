// Package replay turns recordings into events: Copilot study sessions, RealHumanEval chats, and Assay's own JSONL.
//
// It reads files of any size line by line, tells the format of each line by its keys, and gives events the ids that
// follow from the recording's own keys, so that a second replay, also of a copy, repeats the same events. A line that
// can't be used becomes a dead letter, and the replay goes on. The package publishes nothing, and puts no text, name or
// path into an event in clear.
package replay

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

// Service names the replay in dead letters.
const Service = "replay"

const (
	maxLine = 32 << 20 // a longer line is no recording
	probes  = 100      // lines in which a recording must show itself
)

// Options say on whose behalf events are published.
type Options struct {
	Org         string // of recordings that name none
	Environment schemas.Environment
	Keys        *privacy.Keyring // seals text and makes tokens
}

// File is an opened recording, for one pass.
type File struct {
	path    string
	file    *os.File
	size    int64
	read    atomic.Int64
	options Options
	readers []reader
}

// reader makes events of the lines of one format.
type reader interface {
	// accepts says whether an object with these keys is a line of the format.
	accepts(keys map[string]bool) bool
	// events returns what the line stands for. An error is a sentence about the line that quotes nothing of it.
	events(line []byte) ([]schemas.Event, error)
	// rest returns what the lines so far announced for later.
	rest() ([]schemas.Event, error)
}

// Open opens a recording and looks whether it is one.
func Open(path string, o Options) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	f := &File{path: path, file: file, options: o}
	seal := sealer{o}
	f.readers = []reader{&ownReader{seal}, newCopilotReader(seal), newChatReader(seal)}
	if err := f.probe(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Size is the file's size in bytes, and Read how much of it has been read.
func (f *File) Size() int64 { return f.size }

// Read is safe to call while Events runs.
func (f *File) Read() int64 { return f.read.Load() }

func (f *File) probe() error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("open recording: %w", err)
	}
	f.size = info.Size()
	seen, known := 0, false
	for line, err := range lines(f.file, &f.read) {
		if err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
		if seen++; f.readerOf(line) != nil || seen == probes {
			known = f.readerOf(line) != nil
			break
		}
	}
	if seen > 0 && !known {
		return fmt.Errorf("%s is no recording: none of its first %d lines is a JSON object of the Copilot study, RealHumanEval or Assay (which has a \"record\")", f.path, seen)
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	f.read.Store(0)
	return nil
}

func (f *File) readerOf(line []byte) reader {
	keys := objectKeys(line)
	for _, r := range f.readers {
		if r.accepts(keys) {
			return r
		}
	}
	return nil
}

// Events returns the recording's events in its order, dead letters among them. An error ends it: the file can't be
// read, or the keyring not be used.
func (f *File) Events() iter.Seq2[schemas.Event, error] {
	return func(yield func(schemas.Event, error) bool) {
		number := int64(0)
		for line, err := range lines(f.file, &f.read) {
			if err != nil {
				yield(nil, fmt.Errorf("read %s after line %d: %w", f.path, number, err))
				return
			}
			number++
			events, err := f.eventsOf(line, number)
			if !yieldAll(yield, events, err) {
				return
			}
		}
		for _, r := range f.readers {
			events, err := r.rest()
			if !yieldAll(yield, events, err) {
				return
			}
		}
	}
}

func yieldAll(yield func(schemas.Event, error) bool, events []schemas.Event, err error) bool {
	for _, e := range events {
		if !yield(e, nil) {
			return false
		}
	}
	if err != nil {
		yield(nil, err)
	}
	return err == nil
}

// eventsOf never fails because of the line, only because of the keyring.
func (f *File) eventsOf(line []byte, number int64) ([]schemas.Event, error) {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil, nil
	}
	r := f.readerOf(line)
	if r == nil {
		return f.deadLetter(line, number, schemas.DeadLetterUnreadableLine, "not a JSON object of a known recording")
	}
	events, err := r.events(line)
	var unsealed *keyringError
	if errors.As(err, &unsealed) {
		return nil, err
	}
	usable := events[:0]
	for _, e := range events {
		switch problem := producers.Validate(e); {
		case problem != nil:
			err = problem
		case producers.Size(e) > producers.MaxRecordBytes:
			err = fmt.Errorf("%w: its event has more than %d bytes", producers.ErrTooLarge, producers.MaxRecordBytes)
		default:
			usable = append(usable, e)
		}
	}
	if err == nil {
		return usable, nil
	}
	reason := schemas.DeadLetterUnreadableLine
	switch {
	case errors.Is(err, producers.ErrInvalid):
		reason = schemas.DeadLetterInvalid
	case errors.Is(err, producers.ErrTooLarge):
		reason = schemas.DeadLetterTooLarge
	}
	letters, fail := f.deadLetter(line, number, reason, err.Error())
	return append(usable, letters...), fail
}

func (f *File) deadLetter(line []byte, number int64, reason schemas.DeadLetterReason, detail string) ([]schemas.Event, error) {
	content := sha256.Sum256(line)
	letters, err := deadletter.Wrap(f.options.Keys, deadletter.Letter{
		ID: schemas.DerivedID(Service, fmt.Sprint(number), string(content[:])), At: time.Now().UTC(), Org: f.options.Org, Source: Service, Service: Service,
		Reason: reason, Detail: fmt.Sprintf("line %d: %s", number, detail),
		Origin: f.options.Keys.Token(f.options.Org, "path", filepath.Base(f.path)), Partition: -1, Offset: number,
	}, deadletter.Original{Value: line})
	if err != nil {
		return nil, err
	}
	events := make([]schemas.Event, len(letters))
	for i, l := range letters {
		events[i] = l
	}
	return events, nil
}

// lines returns the lines without their ends; each is valid until the next. read counts the bytes.
func lines(from io.Reader, read *atomic.Int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		buffered := bufio.NewReaderSize(from, 256<<10)
		var long []byte
		for {
			part, err := buffered.ReadSlice('\n')
			read.Add(int64(len(part)))
			line := part
			if errors.Is(err, bufio.ErrBufferFull) || len(long) > 0 {
				if long = append(long, part...); len(long) > maxLine {
					yield(nil, fmt.Errorf("the next line has more than %d bytes", maxLine))
					return
				}
				line = long
			}
			switch {
			case errors.Is(err, bufio.ErrBufferFull):
				continue
			case err != nil && !errors.Is(err, io.EOF):
				yield(nil, err)
				return
			case len(line) > 0 && !yield(bytes.TrimRight(line, "\r\n"), nil), err != nil:
				return
			}
			long = long[:0]
		}
	}
}
