package consumers

import (
	"fmt"
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

// unreadable notes a record that no service can read. An error halts the partition.
func (w *worker) unreadable(letters *[]letterOf, r *partlog.Record, m *schemas.MalformedError) error {
	return w.condemn(letters, letterOf{place: w.place, record: r, reason: m.Reason, detail: m.Error(), org: UnknownOrg})
}

// refused notes a record that this service can't take. An error halts the partition.
func (w *worker) refused(letters *[]letterOf, r *partlog.Record, reason schemas.DeadLetterReason, org string, err error) error {
	return w.condemn(letters, letterOf{place: w.place, record: r, service: w.service.Name, reason: reason, detail: err.Error(), org: org})
}

func (w *worker) condemn(letters *[]letterOf, l letterOf) error {
	*letters = append(*letters, l)
	w.metrics.deadLetters.Inc()
	if _, again := l.record.Header(HeaderReplay); again {
		return nil // a person sent it once more
	}
	if err := w.limit.letter(); err != nil {
		return fmt.Errorf("%w, the last one at offset %d: %s", err, l.record.Offset, l.detail)
	}
	return nil
}

// seal turns letters into events. A dead letter is never dropped: the partition waits until it can be sealed.
func (w *worker) seal(letters []letterOf) ([]schemas.Event, error) {
	var out []schemas.Event
	for _, l := range letters {
		events, err := retry(w.hard, w, "seal dead letter", func() ([]schemas.Event, error) {
			events, err := l.letters(w.service.Name, w.config.Keys)
			return events, unlocked(err)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, events...)
	}
	return out, nil
}
