package terms

import (
	"errors"
	"math"
	"strings"
	"time"
)

// layouts of times in words. All name their zone; a time without zone could be anywhere.
var layouts = [...]string{
	time.RFC3339Nano,
	"2006-01-02 15:04:05.999999999 MST",
	"2006-01-02 15:04:05.999999999 -0700",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999-0700",
	time.RFC1123, time.RFC1123Z,
}

// Errors of times. They quote nothing.
var (
	ErrTimeUnreadable = errors.New("its time is none of ISO 8601, a time with its zone, and milliseconds since 1970")
	ErrTimeAbsurd     = errors.New("its time is before the year 2000 or more than a day ahead")
)

var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Time reads a time in words, UTC.
func Time(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if len(s) > 64 {
		return time.Time{}, ErrTimeUnreadable
	}
	for _, layout := range layouts {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		// Go takes any three capital letters for a zone, with offset 0: only those that are zero are known.
		if zone, offset := at.Zone(); offset == 0 && zone != "" && zone != "UTC" && zone != "GMT" {
			return time.Time{}, ErrTimeUnreadable
		}
		return at.UTC(), nil
	}
	return time.Time{}, ErrTimeUnreadable
}

// Millis reads milliseconds since 1970, UTC.
func Millis(ms float64) (time.Time, error) {
	if math.IsNaN(ms) || math.Abs(ms) > 1<<53 {
		return time.Time{}, ErrTimeAbsurd
	}
	return time.UnixMilli(int64(ms)).UTC(), nil
}

// Credible says whether something received at a time can have happened at another.
func Credible(at, received time.Time) error {
	if at.Before(earliest) || at.After(received.Add(24*time.Hour)) {
		return ErrTimeAbsurd
	}
	return nil
}
