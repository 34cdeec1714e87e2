// Package jsonbody reads clients' JSON strictly: well-formed, UTF-8, shallow, and with reasons that quote nothing of it.
//
// It is pure, and knows no client.
package jsonbody

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/terms"
)

// maxDepth of objects and arrays; no client needs a tenth of it.
const maxDepth = 64

// Check refuses a body that can't be read. long says that it has a string of more than terms.MaxText bytes.
func Check(body []byte) (long bool, err error) {
	if !utf8.Valid(body) {
		return false, intake.Refuse(400, "the body is not UTF-8")
	}
	depth, text := 0, -1 // text is where the string that we are in begins
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case text >= 0 && c == '\\':
			i++
		case c == '"' && text >= 0:
			long = long || i-text-1 > terms.MaxText
			text = -1
		case c == '"':
			text = i
		case text >= 0:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false, intake.Refuse(400, "the body is nested more than %d deep", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	if !json.Valid(body) {
		return false, intake.Refuse(400, "the body is not JSON")
	}
	return long, nil
}

// Decode reads a checked body, and refuses it where a field has a wrong type.
func Decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return intake.Refuse(400, "%s", Describe(err))
	}
	return nil
}

// Describe words an error of decoding without the content that encoding/json quotes.
func Describe(err error) string {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Sprintf("%s has the wrong type", wrong.Field)
	case errors.As(err, &wrong):
		return "the body has the wrong type"
	}
	return "the body has a value that its field can't hold"
}
