package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers/confusion"
	"github.com/assayhq/assay/consumers/securityscan"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

// TestNobodyOpensWhatWasShredded publishes code and a message of two organisations, destroys the keys of one of them and then
// starts the services that open payloads.
func TestNobodyOpensWhatWasShredded(t *testing.T) {
	t.Setenv(beAssay, "1")
	r, err := newRig(t.Context(), filepath.Join(t.TempDir(), "rig"), connection{}, 6*time.Second, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close(t.Context())
	l := &loop{rig: r, t: t}
	keys, err := privacy.OpenKeyring(r.direct.Keyring)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().UTC().Add(-24 * time.Hour)
	keyIDs := map[string]string{}
	l.publish(func(yield func(schemas.Event, error) bool) {
		for _, org := range []string{"acme", "globex"} {
			code := &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: org + "-code", OccurredAt: day, Source: "test", Org: org}, Kind: schemas.CodeSuggestionShown, FileID: "f", SuggestionID: "s", Language: "python"}
			chat := &schemas.ChatEvent{Envelope: schemas.Envelope{EventID: org + "-chat", OccurredAt: day, Source: "test", Org: org}, Kind: schemas.ChatPromptSent, ConversationID: "c", MessageID: "m"}
			var err error
			if code.Sealed, code.SealKeyID, err = keys.Seal(org, day, schemas.Payload{Code: "print(eval(input()))"}.Marshal(), []byte(code.EventID)); err == nil {
				chat.Sealed, chat.SealKeyID, err = keys.Seal(org, day, schemas.Payload{Text: "What do you mean? This makes no sense to me."}.Marshal(), []byte(chat.EventID))
			}
			keyIDs[org] = code.SealKeyID
			if !yield(code, err) || !yield(chat, nil) {
				return
			}
		}
	})

	say := func(args ...string) string {
		t.Helper()
		out, errs, code := assay(t, append(args, "--keyring", r.direct.Keyring)...)
		if code != 0 {
			t.Fatalf("assay %v: %d %s%s", args, code, out, errs)
		}
		return out
	}
	if out := say("keys", "rotate", day.Format(time.DateOnly), "--org", "acme"); strings.TrimSpace(out) != fmt.Sprintf("acme/%s/2", day.Format(time.DateOnly)) {
		t.Errorf("rotate: %s", out)
	}
	if out := say("keys", "shred", day.Format(time.DateOnly), "--org", "acme"); !strings.HasPrefix(out, "2 keys of ") {
		t.Errorf("shred: %s", out)
	}
	if _, errs, code := assay(t, "keys", "shred", day.Format(time.DateOnly), "--org", "acne", "--keyring", r.direct.Keyring); code != 1 || !strings.Contains(errs, "nothing was shredded") {
		t.Errorf("shred of an unknown organisation: %d %s", code, errs)
	}
	if out := say("keys", "list"); strings.Count(out, "shredded") != 2 || strings.Count(out, "seals and opens") != 1 {
		t.Errorf("list:\n%s", out)
	}

	for _, name := range []string{"warehouse", securityscan.Name, confusion.Name} {
		r.services[name] = &members{}
		if err := r.scale(t.Context(), name, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, org := range []string{"acme", "globex"} {
		l.await("findings WHERE org = '" + org + "'")
		l.await("confusion_tags WHERE org = '" + org + "'")
	}
	l.expect("SELECT kind, reason FROM findings WHERE org = 'acme'", "not_scanned payload_unreadable")
	l.expect("SELECT kind, reason FROM confusion_tags WHERE org = 'acme'", "not_tagged payload_unreadable")
	l.expect("SELECT count() FROM findings WHERE org = 'globex' AND kind = 'not_scanned'", "0")
	l.expect("SELECT count() FROM confusion_tags WHERE org = 'globex' AND kind = 'not_tagged'", "0")
	l.expect("SELECT count() FROM dead_letters", "0")
	if keys, err = privacy.OpenKeyring(r.direct.Keyring); err != nil { // one that is open looks at the file once a second
		t.Fatal(err)
	}
	if _, err := keys.Open("acme", keyIDs["acme"], []byte("x"), nil); !errors.Is(err, privacy.ErrKeyGone) {
		t.Errorf("the keyring says %v", err)
	}
}
