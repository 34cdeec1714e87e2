package producers

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/assayhq/assay/schemas"
)

// complete gives an event without id one and validates it, so that what would become a dead letter later is
// refused while its producer can still do something about it.
func complete(e schemas.Event) error {
	env := e.Env()
	if env.EventID == "" {
		if sealed, ok := e.(schemas.Sealed); ok {
			if bytes, _ := sealed.SealedPayload(); len(bytes) > 0 {
				return fmt.Errorf("%w: %s: its payload is sealed for an event id that is missing", ErrInvalid, e.Record().Name)
			}
		}
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make an event id: %w", err)
		}
		env.EventID = id.String()
	}
	return Validate(e)
}

// Validate checks what every consumer relies on.
func Validate(e schemas.Event) error {
	env := e.Env()
	if err := schemas.CheckEnvelope(e.Record(), env.EventID, env.OccurredAt.UnixMilli(), env.Org, time.Now().UnixMilli()); err != nil {
		return fmt.Errorf("%w: event %.300q: %w", ErrInvalid, env.EventID, err)
	}
	switch {
	case env.Source == "":
		return fmt.Errorf("%w: %s %q: source is empty", ErrInvalid, e.Record().Name, env.EventID)
	case e.Key() == "":
		return fmt.Errorf("%w: %s %q: %s, the partition key, is empty", ErrInvalid, e.Record().Name, env.EventID, e.Record().KeyField)
	}
	return nil
}
