package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// objectKeys returns the keys of the JSON object that a line is, or of its readable beginning; nil when it is none.
func objectKeys(line []byte) map[string]bool {
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	keys := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			break
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			break
		}
		keys[key.(string)] = true
	}
	return keys
}

// describe words a decoding error without the content that encoding/json quotes.
func describe(err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("field %s has the wrong type (want %s)", wrong.Field, wrong.Type)
	case errors.As(err, &syntax):
		return fmt.Errorf("not valid JSON at byte %d", syntax.Offset)
	}
	return errors.New("a value that its field can't hold")
}
