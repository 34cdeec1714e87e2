package schemas

import "encoding/json"

// Opt is a fact that may be unknown. Absent strings and bytes are empty instead.
type Opt[T any] struct {
	Value T
	Set   bool
}

// Some is a known fact.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or returns the fact, or def where it is unknown.
func (o Opt[T]) Or(def T) T {
	if o.Set {
		return o.Value
	}
	return def
}

// IsZero reports whether the fact is unknown, for the omitzero option of encoding/json.
func (o Opt[T]) IsZero() bool { return !o.Set }

// MarshalJSON writes the value, or null where it is unknown.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.Set {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// UnmarshalJSON reads a value or null.
func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*o = Opt[T]{}
		return nil
	}
	if err := json.Unmarshal(b, &o.Value); err != nil {
		return err
	}
	o.Set = true
	return nil
}
