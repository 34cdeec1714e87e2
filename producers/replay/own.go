package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/assayhq/assay/schemas"
)

// ownReader reads Assay's JSONL: an event's fields by their names in the schema, "record" with the record's name, and
// optionally "payload" with the texts to seal (schemas.Payload). Anything else is refused, since it would be lost.
type ownReader struct{ sealer }

func (r *ownReader) accepts(keys map[string]bool) bool { return keys["record"] }

func (r *ownReader) events(line []byte) ([]schemas.Event, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, describe(err)
	}
	var name string
	if err := json.Unmarshal(fields["record"], &name); err != nil {
		return nil, errors.New("record is not a string")
	}
	record := schemas.ByName(name)
	if record == nil {
		return nil, errors.New("record is none of Assay's")
	}
	var payload *schemas.Payload
	if text, ok := fields["payload"]; ok {
		if err := json.Unmarshal(text, &payload); err != nil {
			return nil, errors.New("payload is not an object of code, prompt, text and path")
		}
	}
	delete(fields, "record")
	delete(fields, "payload")
	if err := checkFields(record, fields); err != nil {
		return nil, err
	}
	e := record.New()
	if err := json.Unmarshal(line, e); err != nil {
		return nil, describe(err)
	}
	if e.Env().Org == "" {
		e.Env().Org = r.Org
	}
	if payload != nil {
		if err := r.sealInto(e, *payload); err != nil {
			return nil, err
		}
	}
	return []schemas.Event{e}, nil
}

// checkFields refuses what decoding would pass over in silence: unknown fields and symbols.
func checkFields(record *schemas.Record, fields map[string]json.RawMessage) error {
	for _, f := range record.Fields {
		value, given := fields[f.Name]
		delete(fields, f.Name)
		if f.Type != schemas.Enum || !given {
			continue
		}
		var symbol string
		if err := json.Unmarshal(value, &symbol); err != nil || !slices.Contains(f.Symbols, symbol) {
			return fmt.Errorf("%s is none of %q", f.Name, f.Symbols)
		}
	}
	if len(fields) > 0 {
		return fmt.Errorf("%s has no such fields: %d of the line's are unknown", record.Name, len(fields))
	}
	return nil
}

func (r *ownReader) sealInto(e schemas.Event, p schemas.Payload) error {
	sealed, keyID, err := r.payload(e, p)
	if err != nil {
		return err
	}
	switch e := e.(type) {
	case *schemas.CodeEvent:
		e.Sealed, e.SealKeyID = sealed, keyID
	case *schemas.ChatEvent:
		e.Sealed, e.SealKeyID = sealed, keyID
	case *schemas.ChangeEvent:
		e.Sealed, e.SealKeyID = sealed, keyID
	default:
		return fmt.Errorf("%s has no payload", e.Record().Name)
	}
	return nil
}

func (r *ownReader) rest() ([]schemas.Event, error) { return nil, nil }
