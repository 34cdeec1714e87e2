package replay

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/schemas"
)

// sealer seals and tokenises for the readers.
type sealer struct{ Options }

// keyringError is the keyring's failure, as against the line's.
type keyringError struct{ error }

func (e *keyringError) Unwrap() error { return e.error }

// payload seals what an otherwise complete event says, for the event's org and day.
func (s sealer) payload(e schemas.Event, p schemas.Payload) (sealed []byte, keyID string, err error) {
	if err := producers.Validate(e); err != nil {
		return nil, "", err
	}
	env := e.Env()
	if sealed, keyID, err = s.Keys.Seal(env.Org, env.OccurredAt, p.Marshal(), []byte(env.EventID)); err != nil {
		return nil, "", &keyringError{err}
	}
	return sealed, keyID, nil
}

func (s sealer) token(kind, value string) string { return s.Keys.Token(s.Org, kind, value) }

func (s sealer) envelope(id string, at time.Time, source string) schemas.Envelope {
	return schemas.Envelope{EventID: id, OccurredAt: at, Source: source, Org: s.Org, Environment: s.Environment}
}

// measure returns a text's length in code points and lines.
func measure(text string) (chars, lines schemas.Opt[int32]) {
	n := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		n++
	}
	return schemas.Some(int32(utf8.RuneCountInString(text))), schemas.Some(int32(n))
}
