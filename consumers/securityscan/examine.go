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
)

// scanner finds weaknesses in a snippet. It must take time linear in the snippet, and is used concurrently.
type scanner interface {
	scan(code string) []weakness
	// pack is the content hash of the rules.
	pack() string
}

// weakness is what a rule found in code[start:end], in bytes; never empty.
type weakness struct {
	rule, cwe, owasp string
	severity         schemas.Severity
	confidence       schemas.Confidence
	message, fixHint string
	start, end       int
}

// result is one scan. Its kind is that of the summary.
type result struct {
	kind    schemas.FindingKind
	reason  string
	payload schemas.Payload
	found   []weakness
}

func notScanned(reason string) result {
	return result{kind: schemas.FindingNotScanned, reason: reason}
}

func (s service) examine(cause *schemas.CodeEvent, plain []byte) (r result) {
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
	r = result{kind: schemas.FindingScanCompleted, payload: payload}
	if len(payload.Code) > maxCode {
		r.kind, r.reason = schemas.FindingScanPartial, reasonTooLarge
		r.payload.Code = firstLines(payload.Code, maxCode)
	}
	defer func() {
		if recover() != nil { // what was thrown may quote the code
			r = notScanned(reasonFailed)
		}
	}()
	r.found = s.scanner.scan(r.payload.Code)
	return r
}

// firstLines cuts code after the last line that ends within limit bytes, or, in a line longer than that, right there:
// half a token could match what the whole doesn't.
func firstLines(code string, limit int) string {
	if i := strings.LastIndexByte(code[:limit], '\n'); i >= 0 {
		return code[:i]
	}
	return strings.ToValidUTF8(code[:limit], "")
}
