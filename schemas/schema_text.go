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
