package schemas

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed avsc/*.avsc
var avscFiles embed.FS

// Record describes one record type: one topic, one ClickHouse table.
type Record struct {
	Name     string
	Topic    string
	KeyField string
	Doc      string
	// Fields of the current version, in order.
	Fields []Field
	// Schema is the current version as registered: JSON without insignificant space.
	Schema string
	// History holds all versions, oldest first; the last one equals Schema.
	History []string

	New        func() Event
	NewColumns func() Columns

	canonical string
}

// Subject is the record's name in the schema registry (TopicNameStrategy).
func (r *Record) Subject() string { return r.Topic + "-value" }

// FieldType is the wire type of a field.
type FieldType string

// The types that records are made of. Nullable strings and bytes are "" in Go where null.
const (
	String     FieldType = "string"
	NullString FieldType = "string?"
	NullBytes  FieldType = "bytes?"
	Int        FieldType = "int"
	NullInt    FieldType = "int?"
	Long       FieldType = "long"
	NullLong   FieldType = "long?"
	Double     FieldType = "double"
	NullDouble FieldType = "double?"
	Bool       FieldType = "boolean"
	NullBool   FieldType = "boolean?"
	Time       FieldType = "timestamp-millis"
	NullTime   FieldType = "timestamp-millis?"
	Enum       FieldType = "enum"
	Longs      FieldType = "array<long>"
	Strings    FieldType = "array<string>"
	StringMap  FieldType = "map<string>"
)

// Field is one field of a record.
type Field struct {
	Name    string
	Type    FieldType
	Doc     string
	Symbols []string // of an enum, in wire order

	hasDefault bool
	fallback   any // the default, as encoding/json reads it
}

// Records returns all record types in the order in which their schemas are registered.
func Records() []*Record { return slices.Clone(records) }

// ByTopic returns the record type of a topic, or nil.
func ByTopic(topic string) *Record {
	for _, r := range records {
		if r.Topic == topic {
			return r
		}
	}
	return nil
}

// ByName returns the record type with the name, e.g. CodeEvent, or nil.
func ByName(name string) *Record {
	for _, r := range records {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// newRecord completes a generated descriptor with the schema texts in the named files, oldest first. The files
// are embedded and the generator has read them, so failure is a programming error.
func newRecord(r Record, files ...string) *Record {
	for _, f := range files {
		raw, err := avscFiles.ReadFile("avsc/" + f)
		if err != nil {
			panic(fmt.Sprintf("schemas: %v", err))
		}
		text, err := compactSchema(string(raw))
		if err != nil {
			panic(fmt.Sprintf("schemas: %s: %v", f, err))
		}
		r.History = append(r.History, text)
	}
	r.Schema = r.History[len(r.History)-1]
	r.canonical = canonicalSchema(r.Schema)
	if err := r.readDefaults(); err != nil {
		panic(fmt.Sprintf("schemas: %s: %v", r.Name, err))
	}
	return &r
}

func (r *Record) readDefaults() error {
	var s schemaText
	if err := json.Unmarshal([]byte(r.Schema), &s); err != nil {
		return err
	}
	for i, text := range s.Fields {
		f := &r.Fields[i]
		if f.hasDefault = text.Default != nil; !f.hasDefault {
			continue
		}
		if err := json.Unmarshal(text.Default, &f.fallback); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if n, ok := f.fallback.(float64); ok && f.Type != Double {
			f.fallback = int64(n)
		}
	}
	return nil
}
