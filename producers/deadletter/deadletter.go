// Package deadletter wraps what could not be used, whole and sealed, into DeadLetter events, and unwraps it.
//
// An original of any size fits: it is cut into as many events as needed. Whoever can't publish a letter must stop,
// it is never dropped; nothing of the original may stand in a letter in clear.
package deadletter

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

// partBytes is how much of an original one event carries: far enough from a batch's limit.
const partBytes = 512 << 10

// Original is a Kafka message, or a line of a file as its value, as it came.
type Original struct {
	Key     []byte           `json:"key"`
	Value   []byte           `json:"value"`
	Headers []schemas.Header `json:"headers,omitempty"`
}

// Letter says why an original was given up, where it came from and who gave it up.
type Letter struct {
	ID        string // of the original: the same whenever it is given up again for the same reason
	At        time.Time
	Org       string
	Source    string // who writes the letter
	Service   string // who alone can't use the original; empty where nobody can
	Reason    schemas.DeadLetterReason
	Detail    string // in words, without content
	Origin    string // topic/partition, or the file's token: the partition key
	Topic     string
	Partition int // -1 where it never reached one
	Offset    int64
	LogTime   time.Time // zero where there is none
}

// Wrap returns the events that carry the original.
func Wrap(keys *privacy.Keyring, l Letter, original Original) ([]*schemas.DeadLetter, error) {
	whole, err := json.Marshal(original)
	if err != nil {
		return nil, fmt.Errorf("encode dead letter: %w", err)
	}
	parts := slices.Collect(slices.Chunk(whole, partBytes))
	letters := make([]*schemas.DeadLetter, len(parts))
	for i, part := range parts {
		d := &schemas.DeadLetter{
			Envelope: schemas.Envelope{EventID: schemas.DerivedID(l.ID, strconv.Itoa(i)),
				OccurredAt: l.At, Source: l.Source, Org: l.Org, Environment: schemas.EnvironmentProduction},
			Kind: l.Reason, Origin: l.Origin, OriginTopic: l.Topic, OriginPartition: int32(l.Partition), OriginOffset: l.Offset,
			Service: l.Service, Detail: l.Detail, LetterID: l.ID, Part: int32(i), Parts: int32(len(parts)), OriginalBytes: int64(len(original.Value)),
		}
		if !l.LogTime.IsZero() {
			d.OriginTime = schemas.Some(l.LogTime)
		}
		if d.Sealed, d.SealKeyID, err = keys.Seal(l.Org, l.At, part, []byte(d.EventID)); err != nil {
			return nil, fmt.Errorf("seal dead letter: %w", err)
		}
		letters[i] = d
	}
	return letters, nil
}

// Unwrap opens the parts of one letter, given in any order, and returns the original.
func Unwrap(keys *privacy.Keyring, parts []*schemas.DeadLetter) (Original, error) {
	if len(parts) == 0 {
		return Original{}, errors.New("a dead letter without parts")
	}
	parts = slices.SortedFunc(slices.Values(parts), func(a, b *schemas.DeadLetter) int { return cmp.Compare(a.Part, b.Part) })
	var whole []byte
	for i, d := range parts {
		if d.LetterID != parts[0].LetterID || int(d.Part) != i || int(d.Parts) != len(parts) {
			return Original{}, fmt.Errorf("dead letter %s is incomplete: %d of %d parts", parts[0].LetterID, len(parts), parts[0].Parts)
		}
		plain, err := keys.Open(d.Org, d.SealKeyID, d.Sealed, []byte(d.EventID))
		if err != nil {
			return Original{}, fmt.Errorf("dead letter %s: %w", d.LetterID, err)
		}
		whole = append(whole, plain...)
	}
	var original Original
	if err := json.Unmarshal(whole, &original); err != nil {
		return Original{}, fmt.Errorf("dead letter %s is not the JSON of a message", parts[0].LetterID)
	}
	return original, nil
}
