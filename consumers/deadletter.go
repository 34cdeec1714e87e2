package consumers

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/assayhq/assay/schemas"
)

// The headers of a dead letter's replay. Its event id stands in the log already, so the repeat is told apart by the
// letter's id; and where one service refused what the others took, only that service may take it again.
const (
	HeaderReplay    = "assay-replay"     // the letter's id
	HeaderReplayFor = "assay-replay-for" // the service; absent where no service could read the record
)

// UnknownOrg owns the dead letters whose bytes don't tell their org.
const UnknownOrg = "unknown"

// letterPart bounds the original bytes in one dead letter, which must fit into a batch of 1 MB.
const letterPart = 512 << 10

// Original is the whole message that a dead letter keeps, as JSON before sealing, cut into parts.
type Original struct {
	Key     []byte         `json:"key"`
	Value   []byte         `json:"value"`
	Headers []kafka.Header `json:"headers,omitempty"`
}

// letterOf describes why a record can't be used.
type letterOf struct {
	place   place
	record  *record
	service string // that refused it; "" where nobody could read it, so that every service's letter has the same id
	reason  schemas.DeadLetterReason
	detail  string
	org     string
}

// letters returns the dead letters of one record: one, or several where it is large.
func (l letterOf) letters(writtenBy string, s Sealer) ([]schemas.Event, error) {
	original, err := json.Marshal(Original{Key: l.record.key, Value: l.record.value, Headers: l.record.headers})
	if err != nil {
		return nil, fmt.Errorf("keep the original of %s@%d: %w", l.place, l.record.offset, err)
	}
	id := schemas.DerivedID("dead-letter", l.place.topic, strconv.Itoa(l.place.partition), strconv.FormatInt(l.record.offset, 10), l.service)
	at := time.UnixMilli(max(l.record.logTime, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())).UTC()
	parts := max(1, (len(original)+letterPart-1)/letterPart)
	out := make([]schemas.Event, parts)
	for i := range out {
		e := &schemas.DeadLetter{
			Envelope: schemas.Envelope{EventID: schemas.DerivedID(id, strconv.Itoa(i)), OccurredAt: at, Source: writtenBy, Org: l.org, Environment: schemas.EnvironmentProduction},
			Kind:     l.reason, Origin: l.place.String(), OriginTopic: l.place.topic, OriginPartition: int32(l.place.partition), OriginOffset: l.record.offset,
			OriginTime: schemas.Some(time.UnixMilli(l.record.logTime).UTC()), Service: l.service, Detail: l.detail,
			LetterID: id, Part: int32(i), Parts: int32(parts), OriginalBytes: int64(len(l.record.value)),
		}
		piece := original[i*letterPart : min(len(original), (i+1)*letterPart)]
		if e.Sealed, e.SealKeyID, err = s.Seal(l.org, at, piece, []byte(e.EventID)); err != nil {
			return nil, fmt.Errorf("seal a dead letter: %w", err)
		}
		out[i] = e
	}
	return out, nil
}
