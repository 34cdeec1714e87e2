package securityscan

import (
	"strings"

	"github.com/assayhq/assay/schemas"
)

// maxCode is how much of a suggestion is scanned, in bytes. Matching takes linear time, so it bounds the time as well.
const maxCode = 256 << 10

// Reasons why a suggestion was scanned in part or not at all.
const (
	reasonNoPayload  = "no_payload"         // the client sent no code
	reasonUnreadable = "payload_unreadable" // its key is gone, or it isn't a payload
	reasonNoCode     = "no_code"            // the payload holds something else
	reasonFailed     = "scanner_failed"     // the scanner panicked: a bug
	reasonTooLarge   = "too_large"          // only the first maxCode bytes were scanned
	reasonLanguage   = "language"           // the language has no rules: only secrets were looked for
)

// examined is the scan of a suggestion's payload.
type examined struct {
	Result
	payload schemas.Payload
}

func notScanned(reason string) examined {
	return examined{Result: Result{Kind: schemas.FindingNotScanned, Reason: reason}}
}

func (s service) examine(cause *schemas.CodeEvent, plain []byte) examined {
	if plain == nil && len(cause.Sealed) == 0 {
		return notScanned(reasonNoPayload)
	}
	payload, err := schemas.ParsePayload(plain)
	if err != nil {
		return notScanned(reasonUnreadable)
	}
	if payload.Code == "" {
		return notScanned(reasonNoCode)
	}
	return examined{s.scanner.Scan(cause.Language, payload.Path, payload.Code), payload}
}

// firstLines cuts code after the last line that ends within limit bytes, or, in a line longer than that, right there:
// half a token could match what the whole doesn't.
func firstLines(code string, limit int) string {
	if i := strings.LastIndexByte(code[:limit], '\n'); i >= 0 {
		return code[:i]
	}
	return strings.ToValidUTF8(code[:limit], "")
}
