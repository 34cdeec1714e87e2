package deadletter

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

var letter = Letter{ID: "letter", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Org: "acme", Source: "warehouse", Service: "warehouse",
	Reason: schemas.DeadLetterTruncated, Detail: "ends in field 3", Origin: "assistant.code/2", Topic: "assistant.code", Partition: 2, Offset: 7}

func keyring(t *testing.T) *privacy.Keyring {
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestWrapKeepsEveryByte(t *testing.T) {
	keys := keyring(t)
	rapid.Check(t, func(rt *rapid.T) {
		original := Original{
			Key:     rapid.SliceOf(rapid.Byte()).Draw(rt, "key"),
			Value:   bytes.Repeat(append(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(rt, "value"), 0xff), rapid.SampledFrom([]int{0, 1, 100_000}).Draw(rt, "times")),
			Headers: []schemas.Header{{Key: "ce_id", Value: rapid.SliceOf(rapid.Byte()).Draw(rt, "header")}},
		}
		parts, err := Wrap(keys, letter, original)
		if err != nil {
			rt.Fatal(err)
		}
		for _, part := range parts {
			if err := producers.Validate(part); err != nil {
				rt.Error(err)
			}
			if n := len(part.AppendAvro(nil)); n > producers.MaxRecordBytes*2/3 {
				rt.Errorf("a part of %d bytes", n)
			}
		}
		slices.Reverse(parts)
		got, err := Unwrap(keys, parts)
		if err != nil || !bytes.Equal(got.Key, original.Key) || !bytes.Equal(got.Value, original.Value) || !bytes.Equal(got.Headers[0].Value, original.Headers[0].Value) {
			rt.Fatalf("got %v", err)
		}
		if len(parts) > 1 {
			if _, err := Unwrap(keys, parts[1:]); err == nil {
				rt.Error("unwrapped without a part")
			}
		}
	})
}

func TestLettersHideTheirOriginal(t *testing.T) {
	parts, err := Wrap(keyring(t), letter, Original{Value: []byte("password = hunter2")})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(parts[0].AppendAvro(nil), []byte("hunter2")) {
		t.Error("content in clear")
	}
	again, err := Wrap(keyring(t), letter, Original{Value: []byte("password = hunter2")})
	if err != nil || again[0].EventID != parts[0].EventID {
		t.Errorf("not the same id again: %v", err)
	}
}
