package schemas

import (
	"bytes"
	"encoding/json"
)

// compactSchema removes insignificant space, so that equal schemas are equal texts.
func compactSchema(text string) (string, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return "", err
	}
	return b.String(), nil
}

func symbolNames[S ~string](symbols []S) []string {
	names := make([]string, len(symbols))
	for i, s := range symbols {
		names[i] = string(s)
	}
	return names
}

// canonicalSchema is the same for schemas that differ in space, order of keys or documentation only, which registries
// don't always keep. It is empty for a text that is not JSON.
func canonicalSchema(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return ""
	}
	dropDocs(v)
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func dropDocs(v any) {
	switch x := v.(type) {
	case map[string]any:
		delete(x, "doc")
		for _, inner := range x {
			dropDocs(inner)
		}
	case []any:
		for _, inner := range x {
			dropDocs(inner)
		}
	}
}
