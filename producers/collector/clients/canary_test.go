package clients_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/intake"
)

// canary is a person, an address, a path and code at once. No technical name looks like it.
const canary = "Zoe Canary <zoe@canary.example> /home/zoe/canary.go: token = \"canary\""

// A text that doesn't belong where it stands is in no event, wherever in a request it stands. The requests are made up; each
// has all fields that its client sends.
func TestCanaries(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: no requests in testdata", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var requests []struct {
			Path string
			Body any
		}
		d := json.NewDecoder(bytes.NewReader(content))
		d.UseNumber()
		if err := d.Decode(&requests); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i, r := range requests {
			name := fmt.Sprintf("%s %d", filepath.Base(file), i)
			if result := plant(t, name, r.Path, r.Body); len(result.Drafts) == 0 || len(result.Rejected) > 0 || result.Ignored > 0 {
				t.Errorf("%s: as it is, it should be taken: %+v", name, result)
			}
			places := slots(r.Body, func(any) {})
			if len(places) < 3 {
				t.Errorf("%s: only %d strings can be replaced", name, len(places))
			}
			for _, p := range places {
				for _, planted := range []string{canary, p.text + canary} {
					p.set(planted)
					plant(t, name+" in place of "+p.text, r.Path, r.Body)
				}
				p.set(p.text)
			}
		}
	}
}

// plant posts a body and looks for the canary in all that leaves the mapping in the clear.
func plant(t *testing.T, name, path string, body any) intake.Result {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := route(t, intake.Request{Method: "POST", Path: path, Body: b, Received: received, Client: "token", Header: http.Header{"Content-Type": {"application/json"}, "User-Agent": {"tabby-agent/1"}}})
	if err != nil {
		if strings.Contains(err.Error(), "anary") {
			t.Errorf("%s: the refusal quotes the canary", name)
		}
		return r
	}
	for _, d := range r.Drafts {
		if bytes.Contains(d.Event.AppendAvro(nil), []byte("anary")) {
			t.Errorf("%s: the canary is in a %s", name, d.Event.KindName())
		}
	}
	for _, x := range r.Rejected {
		if strings.Contains(x.Reason+x.ID, "anary") {
			t.Errorf("%s: the reason quotes the canary", name)
		}
	}
	if r.Answer != nil && bytes.Contains(r.Answer(intake.Outcome{Rejected: r.Rejected}).Body, []byte("anary")) {
		t.Errorf("%s: the answer quotes the canary", name)
	}
	return r
}

// slot is a place in a JSON value that holds a string.
type slot struct {
	text string
	set  func(string)
}

func slots(v any, set func(any)) []slot {
	var all []slot
	switch at := v.(type) {
	case string:
		all = []slot{{at, func(s string) { set(s) }}}
	case []any:
		for i := range at {
			all = append(all, slots(at[i], func(with any) { at[i] = with })...)
		}
	case map[string]any:
		for key := range at {
			all = append(all, slots(at[key], func(with any) { at[key] = with })...)
		}
	}
	return all
}
