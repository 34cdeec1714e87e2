package schemas

import "time"

// The bounds of a credible event time: AI assistants are younger than the first, and a client's clock may run
// ahead of the broker's by the second.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

const clockSkew = 24 * time.Hour

// maxIDLength bounds event ids, which deduplication keeps in memory, in bytes.
const maxIDLength = 256

// CheckEnvelope says why an event that decodes can't be trusted: reason "invalid" in a *MalformedError. Times are in
// milliseconds; logTime is when the broker got the event, so that the verdict is the same on every replay.
func CheckEnvelope(rec *Record, eventID string, occurredAt int64, org string, logTime int64) error {
	detail := ""
	switch {
	case eventID == "":
		detail = "event_id is empty"
	case len(eventID) > maxIDLength:
		detail = "event_id is longer than 256 bytes"
	case org == "":
		detail = "org is empty"
	case occurredAt < earliest:
		detail = "occurred_at is before the year 2000"
	case occurredAt > logTime+clockSkew.Milliseconds():
		detail = "occurred_at is more than a day after the broker received the event"
	default:
		return nil
	}
	return &MalformedError{Record: rec.Name, Reason: DeadLetterInvalid, Detail: detail}
}
