package producers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/assayhq/assay/schemas"
)

// An entry of the spool is the events of a call: for each its record's name and its value in the wire format, both with
// their lengths. The schema id in the value is the schema's number in the record's history, from 1: a registry may be away,
// and a later version of Assay reads what this one left.

func encodeEvents(events []schemas.Event) []byte {
	var entry, value []byte
	for _, e := range events {
		record := e.Record()
		value = schemas.AppendFrame(value[:0], len(record.History), e)
		entry = append(binary.AppendUvarint(entry, uint64(len(record.Name))), record.Name...)
		entry = append(binary.AppendUvarint(entry, uint64(len(value))), value...)
	}
	return entry
}

var errEntry = errors.New("an entry of the spool is not of events: was its folder used by another program?")

func decodeEvents(ctx context.Context, entry []byte) ([]schemas.Event, error) {
	var events []schemas.Event
	for len(entry) > 0 {
		name, rest, ok := cut(entry)
		record := schemas.ByName(string(name))
		if !ok || record == nil {
			return nil, errEntry
		}
		value, rest, ok := cut(rest)
		if !ok {
			return nil, errEntry
		}
		e, err := historyOf(record).Decode(ctx, record, value)
		if err != nil {
			return nil, fmt.Errorf("read the spool: %w", err)
		}
		events, entry = append(events, e), rest
	}
	return events, nil
}

// cut takes a length and as many bytes off the front.
func cut(b []byte) (part, rest []byte, ok bool) {
	n, head := binary.Uvarint(b)
	if head <= 0 || n > uint64(len(b)-head) {
		return nil, nil, false
	}
	return b[head : head+int(n)], b[head+int(n):], true
}

// history is a record's own schemas as a registry.
type history struct{ record *schemas.Record }

// SchemaByID implements schemas.Registry.
func (h history) SchemaByID(_ context.Context, id int) (string, error) {
	if id < 1 || id > len(h.record.History) {
		return "", schemas.ErrNoSchema
	}
	return h.record.History[id-1], nil
}

// Register implements schemas.Registry. Nobody registers here.
func (h history) Register(context.Context, string, string) (int, error) {
	return len(h.record.History), nil
}

var decoders sync.Map // *schemas.Record -> *schemas.Decoder

func historyOf(record *schemas.Record) *schemas.Decoder {
	if d, ok := decoders.Load(record); ok {
		return d.(*schemas.Decoder)
	}
	d, _ := decoders.LoadOrStore(record, schemas.NewDecoder(history{record}))
	return d.(*schemas.Decoder)
}
