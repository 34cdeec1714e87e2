package jsonbody_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/jsonbody"
	"github.com/assayhq/assay/producers/collector/terms"
)

func TestCheck(t *testing.T) {
	text := func(n int) string { return `{"a":"` + strings.Repeat("x", n) + `"}` }
	for body, long := range map[string]bool{
		"{}": false, `{"a":"[[[[{{{{\"","b":[1]}`: false, text(terms.MaxText): false, text(terms.MaxText + 1): true, `"\\"`: false,
		strings.Repeat("[", 64) + strings.Repeat("]", 64): false, `{"a":"` + strings.Repeat("[", 100) + `"}`: false,
	} {
		if got, err := jsonbody.Check([]byte(body)); err != nil || got != long {
			t.Errorf("%.40s: %v, %v", body, got, err)
		}
	}
	for _, body := range []string{"", "{", "{} {}", "\xff", "\"\xff\"", `{"a":}`, `"`, `\`, strings.Repeat("[", 65) + strings.Repeat("]", 65)} {
		var refused *intake.Refusal
		if _, err := jsonbody.Check([]byte(body)); !errors.As(err, &refused) || refused.Status != 400 {
			t.Errorf("%.40q: %v", body, err)
		}
	}
}

// Errors name fields, and quote nothing.
func TestDecode(t *testing.T) {
	var into struct {
		Name string
		Deep struct{ Count uint32 }
	}
	for body, reason := range map[string]string{
		`{"Name":7}`:                  "Name has the wrong type",
		`{"Deep":{"Count":-70707}}`:   "Deep.Count has the wrong type",
		`{"Deep":{"Count":"secret"}}`: "Deep.Count has the wrong type",
		`["secret"]`:                  "the body has the wrong type",
	} {
		var refused *intake.Refusal
		if err := jsonbody.Decode([]byte(body), &into); !errors.As(err, &refused) || refused.Reason != reason {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// What passes can be decoded, and what doesn't is no JSON, no UTF-8 or too deep.
func FuzzCheck(f *testing.F) {
	for _, body := range []string{`{"a":["b\"",1e9,null]}`, `"\u0000"`, `[[[[`, "\xff"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := jsonbody.Check(body)
		readable := utf8.Valid(body) && json.Valid(body)
		if err == nil && !readable || err != nil && readable && strings.Count(string(body), "[")+strings.Count(string(body), "{") <= 64 {
			t.Fatalf("%q: %v", body, err)
		}
	})
}
