// Package schemas defines the records that travel on Assay's topics: their Avro schemas (avsc/, an append-only
// history), the typed Go events generated from them, the Confluent wire format, CloudEvents headers, the schema
// registry client, and decoding by the writer's schema.
//
// It must not know brokers, consumer groups or ClickHouse: everything else depends on it, it depends on nothing
// of Assay.
package schemas

import "time"

//go:generate go run ./internal/generate

// Envelope is what every record starts with.
type Envelope struct {
	// EventID is unique; it equals the CloudEvents header ce_id. A repeat of the same event has the same id.
	EventID string `json:"event_id"`
	// OccurredAt is when it happened on the client's clock, UTC, in milliseconds on the wire.
	OccurredAt time.Time `json:"occurred_at"`
	// Source names the client or service that produced the event.
	Source string `json:"source"`
	// Org is the tenant; sealing keys are kept per org.
	Org string `json:"org"`
	// Environment is where the assistant that the event is about runs.
	Environment Environment `json:"environment,omitempty"`
}

// Env returns the envelope itself; embedding it gives an event its half of the Event interface.
func (e *Envelope) Env() *Envelope { return e }

// Event is one record of a topic. The generated structs implement it with pointer receivers.
type Event interface {
	Env() *Envelope
	// Record describes the event's type.
	Record() *Record
	// Key is the partition key: events with equal keys stay in order.
	Key() string
	// KindName is the event's kind as on the wire.
	KindName() string
	// AppendAvro appends the Avro body in the current version of the schema.
	AppendAvro(dst []byte) []byte
	// DecodeAvro reads an Avro body written in the current version of the schema. Bytes that don't fit give a
	// *MalformedError; the event is then undefined.
	DecodeAvro(body []byte) error
}

// Sealed is an event that can carry a sealed payload.
type Sealed interface {
	// SealedPayload returns the sealed bytes and the id of the key that opens them; both empty where there is none.
	SealedPayload() (sealed []byte, keyID string)
}

// Columns is the columnar form of a record, for a column store: Avro bodies go in row by row, slices come out.
type Columns interface {
	// AppendAvro decodes a body in the current version straight into the columns. Strings keep pointing into
	// body: don't change it before Reset. On error the columns are unchanged.
	AppendAvro(body []byte) error
	// Last returns the envelope of the last row, the time in milliseconds.
	Last() (eventID string, occurredAt int64, org string)
	// Len is the number of rows.
	Len() int
	// Truncate drops the rows from n on.
	Truncate(n int)
	// Reset drops all rows and keeps the memory.
	Reset()
	// Slices returns one slice per field in the order of Record.Fields: []string for strings, enums and bytes,
	// []int32, []int64 (timestamps in milliseconds), []float64, []bool, slices of pointers for nullable
	// numbers, [][]int64, [][]string and []map[string]string. They are valid until the next change.
	Slices() []any
}
