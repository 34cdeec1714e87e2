package consumers

import (
	"fmt"
	"strconv"
	"strings"
)

// drainVersion is part of every deduplication token. It changes when the same offsets are decoded into other rows on
// purpose: the sink takes equal tokens for equal rows and keeps the old ones.
const drainVersion = "1"

// intent is what a Drain is about to write: the offsets from the committed one up to but without to, under a version
// of the decoding. It travels as the metadata of the offset commit.
type intent struct {
	to      int64
	version string
}

const intentPrefix = "assay-intent/"

func (i intent) String() string {
	return fmt.Sprintf("%s%d/%s", intentPrefix, i.to, i.version)
}

// parseIntent reads an offset commit's metadata; ok is false where it is no intent.
func parseIntent(metadata string) (i intent, ok bool) {
	rest, ok := strings.CutPrefix(metadata, intentPrefix)
	if !ok {
		return intent{}, false
	}
	to, version, ok := strings.Cut(rest, "/")
	n, err := strconv.ParseInt(to, 10, 64)
	if !ok || err != nil || n < 0 || version == "" {
		return intent{}, false
	}
	return intent{to: n, version: version}, true
}
