package clients_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/clients"
	"github.com/assayhq/assay/producers/collector/intake"
)

// received is later than all payloads, and earlier than what they say about the far future.
var received = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// shared returns a client's folder of payloads, which lie beside the repository and are never copied into it.
func shared(t testing.TB, client string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "payloads", client)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing: CI needs the payloads", path)
		}
		t.Skipf("%s is missing: this test posts the payloads of real clients", path)
	}
	return path
}

// entry is a file of an index.json.
type entry struct {
	File        string
	Expect      string
	AlsoOK      []string `json:"also_ok"`
	DuplicateOf string   `json:"duplicate_of"`
	Path        string
	Signal      string
	Records     *int
	Points      *int
	Stored      json.RawMessage // a number, or whether
	Request     *struct {
		Path        string
		ContentType string `json:"content-type"`
	}
	facts map[string]json.RawMessage
}

func (e *entry) UnmarshalJSON(b []byte) error {
	type plain entry
	return errors.Join(json.Unmarshal(b, (*plain)(e)), json.Unmarshal(b, &e.facts))
}

func index(t testing.TB, folder string) (files, malformed []entry) {
	t.Helper()
	var list struct{ Files, Malformed []entry }
	content, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err == nil {
		err = json.Unmarshal(content, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list.Files, list.Malformed
}

// defaults are where a client's payloads go when the index leaves that to the user.
var defaults = map[string]string{"continue": "/v1/continue", "tabby": "/v1/events"}

// post maps a file as the collector would.
func post(t testing.TB, client, folder string, e entry) (intake.Result, error) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(folder, e.File))
	if err != nil {
		t.Fatal(err)
	}
	r := intake.Request{Method: "POST", Body: body, Received: received, Org: "acme", Client: "token-of-" + client, Header: http.Header{"Content-Type": {"application/json"}}}
	path := e.Path
	if e.Request != nil {
		path = e.Request.Path
	}
	switch {
	case path != "":
	case defaults[client] != "":
		path = defaults[client]
	case strings.Contains(e.File, "metrics"):
		path = "/v1/metrics"
	default:
		path = "/v1/logs"
	}
	at, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	r.Path, r.Query = at.Path, at.Query()
	if strings.HasSuffix(e.File, ".pb") {
		r.Header.Set("Content-Type", "application/x-protobuf")
	}
	if strings.HasSuffix(e.File, ".gz") { // what the collector does before the mapping
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			r.Body, err = io.ReadAll(z)
		}
		if err != nil {
			return intake.Result{}, intake.Refuse(400, "no gzip")
		}
	}
	return route(t, r)
}

func route(t testing.TB, r intake.Request) (intake.Result, error) {
	t.Helper()
	for _, m := range clients.Mappings() {
		for _, route := range m.Routes() {
			if route.Path == r.Path && (route.Claims == nil || route.Claims(r)) {
				return m.Map(r)
			}
		}
	}
	t.Fatalf("no mapping claims %s", r.Path)
	return intake.Result{}, nil
}

// stored returns how many of the request's items became events.
func stored(r intake.Result) int {
	items := map[int]bool{}
	for _, d := range r.Drafts {
		items[d.Index] = true
	}
	return len(items)
}

func ids(r intake.Result) []string {
	var ids []string
	for _, d := range r.Drafts {
		ids = append(ids, d.Event.Env().EventID)
	}
	return ids
}

// verdict names what became of a request in the words of the index.
func verdict(r intake.Result, err error) string {
	var refused *intake.Refusal
	switch {
	case errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500:
		return "reject_400"
	case err != nil:
		return "error"
	case len(r.Rejected) > 0:
		return "dead_letter"
	case r.Ignored > 0 || len(r.Drafts) == 0:
		return "accept_ignore_unknown"
	}
	return "accept"
}

var clientFolders = []string{"claude_code", "gemini_cli", "codex", "copilot_chat", "continue", "tabby", "gitlab_track"}

func TestPayloads(t *testing.T) {
	for _, client := range clientFolders {
		t.Run(client, func(t *testing.T) {
			folder := shared(t, client)
			files, malformed := index(t, folder)
			known := map[string]bool{} // ids of all good events, of which duplicates must be some
			byFile := map[string]intake.Result{}
			for _, e := range files {
				if e.Expect == "none" {
					continue
				}
				r, err := post(t, client, folder, e)
				byFile[e.File] = r
				for _, id := range ids(r) {
					known[id] = true
				}
				check(t, e, r, err, known)
			}
			checkFacts(t, files, byFile)
			for _, e := range malformed {
				r, err := post(t, client, folder, e)
				check(t, e, r, err, known)
			}
		})
	}
}

func check(t *testing.T, e entry, r intake.Result, err error, known map[string]bool) {
	t.Helper()
	got := verdict(r, err)
	want := e.Expect
	switch {
	case want == "accept_dedup":
		want = "accept"
		for _, id := range ids(r) {
			if !known[id] {
				t.Errorf("%s: event %s is none that was sent before", e.File, id)
			}
		}
	case want == "accept_ignore_unknown" && string(e.Stored) == "true":
		want = "accept"
	}
	if got != want && !slices.Contains(e.AlsoOK, got) && !(got == "accept" && slices.Contains(e.AlsoOK, "accept_dedup") && known[ids(r)[0]]) {
		t.Errorf("%s: %s, want %s (%v, rejected %v)", e.File, got, want, err, r.Rejected)
		return
	}
	if n := e.count(); n >= 0 && got != "reject_400" && stored(r) != n && len(e.AlsoOK) == 0 {
		t.Errorf("%s: %d items stored, want %d", e.File, stored(r), n)
	}
	for _, x := range r.Rejected {
		if x.Reason == "" || !x.Dead || len(x.Raw) == 0 {
			t.Errorf("%s: a dead letter without reason or content: %+v", e.File, x)
		}
	}
	unique := map[string]bool{}
	for _, d := range r.Drafts {
		if id := d.Event.Env().EventID; id == "" || unique[id] {
			t.Errorf("%s: event id %q is empty or not unique", e.File, id)
		} else {
			unique[id] = true
		}
		if d.Event.Key() == "" && d.Path == "" && d.File == "" {
			t.Errorf("%s: an event without key", e.File)
		}
		if d.Event.Env().Source == "" || d.Event.Env().OccurredAt.IsZero() {
			t.Errorf("%s: an event without source or time", e.File)
		}
	}
	if r.Answer != nil {
		if a := r.Answer(intake.Outcome{Accepted: ids(r), Rejected: r.Rejected, Ignored: r.Ignored}); a.Status != 200 {
			t.Errorf("%s: answered with %d", e.File, a.Status)
		}
	}
}

// count is how many items must be stored, or -1 where the index doesn't say.
func (e entry) count() int {
	var n int
	switch {
	case json.Unmarshal(e.Stored, &n) == nil:
		return n
	case e.Expect == "accept" && e.Records != nil:
		return *e.Records
	case e.Expect == "dead_letter" && e.Records != nil:
		return *e.Records - 1
	}
	return -1
}

// The values of the payloads' private attributes must not stand in events.
func TestPayloadsInTheClear(t *testing.T) {
	for _, client := range clientFolders {
		t.Run(client, func(t *testing.T) {
			folder := shared(t, client)
			files, malformed := index(t, folder)
			for _, e := range slices.Concat(files, malformed) {
				if e.Expect == "none" {
					continue
				}
				r, err := post(t, client, folder, e)
				if err != nil {
					continue
				}
				for _, d := range r.Drafts {
					text := string(d.Event.AppendAvro(nil))
					for what, clear := range secrets(d) {
						if len(clear) > 3 && strings.Contains(text, clear) {
							t.Errorf("%s: %s %q stands in the event", e.File, what, clear)
						}
					}
				}
			}
		})
	}
}

func secrets(d intake.Draft) map[string]string {
	all := map[string]string{"user": d.User, "team": d.Team, "repository": d.Repo, "path": d.Path, "file": d.File}
	if d.Payload != nil {
		maps.Copy(all, map[string]string{"code": d.Payload.Code, "prompt": d.Payload.Prompt, "text": d.Payload.Text})
	}
	return all
}
