package consumers

import (
	"errors"
	"fmt"
	"sync"
)

// errHalted ends the work on a partition because too much of it becomes dead letters: something other than the records is
// wrong, and a person must say what. Nothing of the last chunk is committed.
var errHalted = errors.New("too many dead letters")

// letterShare is the share of dead letters among the last letterSample records that halts a partition.
const (
	letterShare  = 0.5
	letterSample = 5000
)

// letterLimit watches how many of a partition's records become dead letters.
type letterLimit struct {
	inARow int // that halt the partition; 0 means no limit at all

	mu     sync.Mutex // a Drain decodes and writes at once
	run    int        // dead letters since the last record that could be used
	recent []bool     // of the last records, whether it became one; a ring
	next   int
	count  int // of trues in recent
}

// used notes a record that could be used.
func (l *letterLimit) used() {
	if l.inARow > 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.run = 0
		l.note(false)
	}
}

// letter notes a record that becomes a dead letter; errHalted says that it is one too many.
func (l *letterLimit) letter() error {
	if l.inARow == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run++
	l.note(true)
	switch {
	case l.run >= l.inARow:
		return fmt.Errorf("%w: %d in a row", errHalted, l.run)
	case len(l.recent) == letterSample && float64(l.count) > letterShare*letterSample:
		return fmt.Errorf("%w: %d of the last %d records", errHalted, l.count, letterSample)
	}
	return nil
}

func (l *letterLimit) note(letter bool) {
	if len(l.recent) < letterSample {
		l.recent = append(l.recent, letter)
	} else {
		if l.recent[l.next] {
			l.count--
		}
		l.recent[l.next] = letter
		l.next = (l.next + 1) % letterSample
	}
	if letter {
		l.count++
	}
}
