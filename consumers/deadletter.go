package consumers

import (
	"strconv"
	"time"

	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/topology/partlog"
)

// The headers of a dead letter's replay. Its event id stands in the log already, so the repeat is told apart by the
// letter's id; and where one service refused what the others took, only that service may take it again.
const (
	HeaderReplay    = "assay-replay"     // the letter's id
	HeaderReplayFor = "assay-replay-for" // the service; absent where no service could read the record
)

// UnknownOrg owns the dead letters whose bytes don't tell their org.
const UnknownOrg = "unknown"

// letterOf describes why a record can't be used.
type letterOf struct {
	place   place
	record  *partlog.Record
	service string // that refused it; "" where nobody could read it, so that every service's letter has the same id
	reason  schemas.DeadLetterReason
	detail  string
	org     string
}

// letters returns the dead letters of one record: one, or several where it is large.
func (l letterOf) letters(writtenBy string, keys *privacy.Keyring) ([]schemas.Event, error) {
	logTime := time.UnixMilli(l.record.Time).UTC()
	at := logTime
	if millennium := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(millennium) {
		at = millennium // a letter that is itself invalid would be no use
	}
	original := deadletter.Original{Key: l.record.Key, Value: l.record.Value}
	for _, h := range l.record.Headers() {
		original.Headers = append(original.Headers, schemas.Header(h))
	}
	id := schemas.DerivedID("dead-letter", l.place.topic, strconv.Itoa(l.place.partition), strconv.FormatInt(l.record.Offset, 10), l.service)
	if replayed, ok := l.record.Header(HeaderReplay); ok { // and of no use again: it is still the same letter
		id = string(replayed)
	}
	parts, err := deadletter.Wrap(keys, deadletter.Letter{
		ID: id,
		At: at, Org: l.org, Source: writtenBy, Service: l.service, Reason: l.reason, Detail: l.detail,
		Origin: l.place.String(), Topic: l.place.topic, Partition: l.place.partition, Offset: l.record.Offset, LogTime: logTime,
	}, original)
	if err != nil {
		return nil, err
	}
	out := make([]schemas.Event, len(parts))
	for i, part := range parts {
		out[i] = part
	}
	return out, nil
}
