package schemas

import (
	"encoding/binary"
	"time"
)

// frameHeader is the size of the Confluent wire format's head: magic byte 0 and the schema id, big-endian.
// https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
const frameHeader = 5

// AppendFrame appends e in the Confluent wire format; schemaID is the id of its record's current schema.
func AppendFrame(dst []byte, schemaID int, e Event) []byte {
	return e.AppendAvro(binary.BigEndian.AppendUint32(append(dst, 0), uint32(schemaID)))
}

// splitFrame separates schema id and body; ok is false where the bytes are not in the wire format.
func splitFrame(value []byte) (schemaID int, body []byte, ok bool) {
	if len(value) < frameHeader || value[0] != 0 {
		return 0, nil, false
	}
	return int(binary.BigEndian.Uint32(value[1:])), value[frameHeader:], true
}

// Header is one header of a Kafka message.
type Header struct {
	Key   string
	Value []byte
}

// HeaderID is the CloudEvents header that carries the event id.
const HeaderID = "ce_id"

// Headers returns e's CloudEvents 1.0 attributes in the Kafka protocol binding's binary mode.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
func Headers(e Event) []Header {
	env := e.Env()
	return []Header{
		{HeaderID, []byte(env.EventID)},
		{"ce_specversion", []byte("1.0")},
		{"ce_type", []byte("com.assayhq." + e.Record().Topic + "." + e.KindName())},
		{"ce_source", []byte(env.Source)},
		{"ce_time", env.OccurredAt.UTC().AppendFormat(nil, time.RFC3339Nano)},
		{"content-type", []byte("application/avro")},
	}
}

// PeekEventID returns the event id of a body in the current version of any record, without reading the rest.
func PeekEventID(body []byte) (string, bool) {
	r := reader{buf: body}
	id := r.view()
	return id, r.err == nil && id != ""
}
