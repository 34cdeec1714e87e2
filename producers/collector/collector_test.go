package collector

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/producers/deadletter"
	"github.com/assayhq/assay/schemas"
)

func TestEventsAreProtectedAndPublished(t *testing.T) {
	r := startRig(t, settings{})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	secret := `,"user":"jane@canary.example","team":"team-canary","repo":"github.com/canary/shop","path":"src/canary.go",
		"session_id":"home/canary/session","payload":{"code":"canaryCode()","prompt":"canary prompt"}`
	a := r.post("/v1/events", shown("e1", "", secret), auth)
	if a.status != http.StatusAccepted || !slices.Equal(a.Accepted, []string{"e1"}) || len(a.Rejected) > 0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	e := r.find("assistant.code", "e1").(*schemas.CodeEvent)
	want := map[string]string{
		e.Org: "acme", e.Source: "my-plugin", string(e.Environment): "canary",
		e.UserToken: r.keys.Token("acme", "user", "jane@canary.example"), e.TeamToken: r.keys.Token("acme", "team", "team-canary"),
		e.RepoToken: r.keys.Token("acme", "repo", "github.com/canary/shop"), e.PathToken: r.keys.Token("acme", "path", "src/canary.go"),
		e.FileID: r.keys.Token("acme", "file", "github.com/canary/shop/src/canary.go"), e.SessionID: r.keys.Token("acme", "session", "home/canary/session"),
	}
	for got, want := range want {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	plain, err := r.keys.Open("acme", e.SealKeyID, e.Sealed, []byte(e.EventID))
	if err != nil || !strings.Contains(string(plain), "canaryCode()") {
		t.Errorf("the payload is %q, %v", plain, err)
	}
	if files := r.holding("canary.go"); len(files) > 0 {
		t.Errorf("the path stands in the clear in %q", files)
	}
	for _, word := range []string{"jane@canary", "team-canary", "canaryCode", "canary prompt", "home/canary"} {
		if files := r.holding(word); len(files) > 0 {
			t.Errorf("%q stands in the clear in %q", word, files)
		}
	}
}

func TestEveryEventIsJudgedByItself(t *testing.T) {
	r := startRig(t, settings{})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	items := []string{
		shown("good-1", "f", ""),
		`{"record":"CodeEvent","event_id":"no-time","kind":"suggestion_shown","file_id":"f"}`,
		shown("other-org", "f", `,"org":"globex"`),
		shown("old", "f", `,"latency_ms":5,"unheard_of":1`),
		strings.Replace(shown("ancient", "f", ""), "2026", "1998", 1),
		shown("good-2", "f", `,"latency_ms":5`),
		shown("large", "f", `,"payload":{"code":"`+strings.Repeat("x", 1<<20)+`"}`),
		`7`,
	}
	a := r.post("/v1/events", "["+strings.Join(items, ",")+"]", auth)
	if a.status != http.StatusAccepted || !slices.Equal(a.Accepted, []string{"good-1", "good-2"}) {
		t.Fatalf("%d %s", a.status, a.body)
	}
	want := map[int]string{1: "occurred_at is missing", 2: "org", 3: "unheard_of", 4: "2000", 6: "too large", 7: "not a JSON object"}
	if len(a.Rejected) != len(want) {
		t.Errorf("rejected %+v", a.Rejected)
	}
	for _, rejected := range a.Rejected {
		if reason := want[rejected.Index]; reason == "" || !strings.Contains(rejected.Reason, reason) {
			t.Errorf("event %d: %s, want %q", rejected.Index, rejected.Reason, reason)
		}
	}
	if letters := r.read("assay.dead-letters"); len(letters) > 0 {
		t.Errorf("the client was told, and %d dead letters were written", len(letters))
	}
	if got := r.read("assistant.code"); len(got) != 2 {
		t.Errorf("%d events are published", len(got))
	}
}

func TestBodies(t *testing.T) {
	r := startRig(t, settings{})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	zip := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write([]byte(text))
		r.must(errors.Join(err, w.Close()))
		return b.String()
	}
	encoder, err := zstd.NewWriter(nil)
	r.must(err)
	zst := func(text string) string { return string(encoder.EncodeAll([]byte(text), nil)) }
	bomb := strings.Repeat(" ", 64<<20)
	for name, test := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"one":                     {shown("one", "f", ""), nil, 202},
		"an array":                {"[" + shown("a", "f", "") + "," + shown("b", "f", "") + "]", nil, 202},
		"one a line":              {shown("c", "f", "") + "\n\n" + shown("d", "f", "") + "\n", []string{"Content-Type: application/x-ndjson"}, 202},
		"one a line, as JSON":     {shown("c", "f", "") + "\n" + shown("d", "f", "") + "\n", nil, 202},
		"gzip":                    {zip(shown("e", "f", "")), []string{"Content-Encoding: gzip"}, 202},
		"zstd":                    {zst(shown("g", "f", "")), []string{"Content-Encoding: zstd"}, 202},
		"a gzip bomb":             {zip(bomb), []string{"Content-Encoding: gzip"}, 413},
		"a zstd bomb":             {zst(bomb), []string{"Content-Encoding: zstd"}, 413},
		"too large":               {bomb, nil, 413},
		"no gzip":                 {shown("e", "f", ""), []string{"Content-Encoding: gzip"}, 400},
		"gzip, cut off":           {zip(shown("e", "f", ""))[:40], []string{"Content-Encoding: gzip"}, 400},
		"no zstd":                 {shown("e", "f", ""), []string{"Content-Encoding: zstd"}, 400},
		"an unknown encoding":     {shown("e", "f", ""), []string{"Content-Encoding: br"}, 415},
		"an unknown type":         {shown("e", "f", ""), []string{"Content-Type: text/html"}, 415},
		"nothing":                 {"", nil, 400},
		"an empty array":          {"[]", nil, 400},
		"no JSON":                 {"event", nil, 400},
		"cut off":                 {shown("e", "f", "")[:30], nil, 400},
		"not UTF-8":               {shown("e", "f\xff", ""), nil, 400},
		"deep":                    {strings.Repeat("[", 100_000), nil, 400},
		"nothing usable":          {`{"record":"Finding"}`, nil, 400},
		"a line that can't be":    {shown("h", "f", "") + "\nnot JSON\n", []string{"Content-Type: application/x-ndjson"}, 202},
		"a number that can't be":  {shown("i", "f", `,"survival":1e400`), nil, 400},
		"a symbol that isn't one": {shown("i", "f", `,"decided_by":"dice"`), nil, 400},
		"a token of its own":      {shown("i", "f", `,"user_token":"jane"`), nil, 400},
	} {
		a := r.post("/v1/events", test.body, append([]string{auth}, test.headers...)...)
		if a.status != test.status {
			t.Errorf("%s: %d %.200s, want %d", name, a.status, a.body, test.status)
		}
		if a.status >= 400 && len(a.Rejected) == 0 && !strings.Contains(a.body, `"error"`) {
			t.Errorf("%s: no reason in %q", name, a.body)
		}
	}
	if c := r.memory; !c.TryAcquire(maxMemory) {
		t.Error("memory of bodies was not given back")
	} else {
		c.Release(maxMemory)
	}
}

func TestWhoMaySend(t *testing.T) {
	r := startRig(t, settings{localOrg: "local"})
	valid := "Authorization: Bearer " + r.token("acme", "my-plugin")
	revokedText, revoked, err := tokens.Create(r.tokensFile(), "acme", "old", "")
	r.must(err)
	r.must(tokens.Revoke(r.tokensFile(), revoked.ID))
	r.must(r.config.Tokens.Reload())
	for name, test := range map[string]struct {
		headers []string
		org     string // empty where it is refused
	}{
		"a token":                  {[]string{valid}, "acme"},
		"as clients of GitLab do":  {[]string{"Private-Token: " + strings.TrimPrefix(valid, "Authorization: Bearer ")}, "acme"},
		"none, on this machine":    {nil, "local"},
		"a token of something":     {[]string{"Authorization: Bearer abc"}, "local"},
		"a revoked token":          {[]string{"Authorization: Bearer " + revokedText}, ""},
		"a made-up token":          {[]string{"Authorization: Bearer assay_aaaa_bbbb"}, ""},
		"none, from a page":        {[]string{"Origin: https://evil.example"}, ""},
		"none, by another name":    {[]string{"Host: evil.example"}, ""},
		"a token, by another name": {[]string{valid, "Host: collector.acme.example"}, "acme"},
	} {
		id := strings.NewReplacer(" ", "-", ",", "").Replace(name)
		a := r.post("/v1/events", shown(id, "f", ""), test.headers...)
		if (a.status == 202) != (test.org != "") || a.status != 202 && a.status != 401 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
			continue
		}
		if test.org != "" && r.find("assistant.code", id).Env().Org != test.org {
			t.Errorf("%s: not of %s", name, test.org)
		}
	}
}

func TestLimits(t *testing.T) {
	r := startRig(t, settings{perSecond: 1})
	auth, other := "Authorization: Bearer "+r.token("acme", "a"), "Authorization: Bearer "+r.token("acme", "b")
	many := "[" + strings.Repeat(shown("", "f", "")+",", 29) + shown("", "f", "") + "]"
	if a := r.post("/v1/events", many, auth); a.status != 202 || len(a.Accepted) != 30 {
		t.Fatalf("%d %.100s", a.status, a.body)
	}
	a := r.post("/v1/events", shown("x", "f", ""), auth)
	if a.status != 429 || a.headers.Get("Retry-After") == "" || a.headers.Get("Retry-After") == "0" {
		t.Errorf("%d %q %s", a.status, a.headers.Get("Retry-After"), a.body)
	}
	if a := r.post("/v1/events", shown("y", "f", ""), other); a.status != 202 {
		t.Errorf("another token: %d %s", a.status, a.body)
	}
}

// A request sent again gives the same events, and equal events in one request stay as many.
func TestRepeatsHaveTheSameIDs(t *testing.T) {
	r := startRig(t, settings{})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	body := "[" + shown("", "f", "") + "," + shown("", "f", "") + "," + shown("", "g", "") + "]"
	first, again := r.post("/v1/events", body, auth), r.post("/v1/events", body, auth)
	if len(first.Accepted) != 3 || !slices.Equal(first.Accepted, again.Accepted) {
		t.Errorf("%q, then %q", first.Accepted, again.Accepted)
	}
	globex := r.post("/v1/events", body, "Authorization: Bearer "+r.token("globex", "my-plugin"))
	if len(globex.Accepted) != 3 || slices.ContainsFunc(globex.Accepted, func(id string) bool { return slices.Contains(first.Accepted, id) }) {
		t.Errorf("another organisation's have the ids %q", globex.Accepted)
	}
	if slices.Sort(first.Accepted); len(slices.Compact(first.Accepted)) != 3 {
		t.Errorf("ids of one request are equal")
	}
}

// stub is a mapping whose answer a test chooses.
type stub struct {
	path string
	then func(intake.Request) (intake.Result, error)
}

func (s stub) Routes() []intake.Route                      { return []intake.Route{{Method: "POST", Path: s.path}} }
func (s stub) Map(r intake.Request) (intake.Result, error) { return s.then(r) }
func (signedStub) Provider() string                        { return "github" }
func (signedStub) Verify(r intake.Request, secret []byte) bool {
	return r.Header.Get("Signature") == string(secret)
}

type signedStub struct{ stub }

func TestMappings(t *testing.T) {
	var seen intake.Request
	dead := intake.Result{Rejected: []intake.Rejected{{Reason: "a decision that is none", Dead: true, Raw: []byte("kanari original")}}}
	r := startRig(t, settings{mappings: []intake.Mapping{
		stub{"/panics", func(intake.Request) (intake.Result, error) { panic("kanari panic") }},
		stub{"/refuses", func(intake.Request) (intake.Result, error) { return intake.Result{}, intake.Refuse(422, "no") }},
		stub{"/dead", func(intake.Request) (intake.Result, error) { return dead, nil }},
		stub{"/odd", func(intake.Request) (intake.Result, error) {
			e := &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: "odd"}, Kind: schemas.CodeSuggestionShown} // no time, no key
			return intake.Result{Drafts: []intake.Draft{{Event: e, Payload: &schemas.Payload{Code: "kanari code"}}}}, nil
		}},
		signedStub{stub{"/hook", func(r intake.Request) (intake.Result, error) { seen = r; return intake.Result{Ignored: 1}, nil }}},
	}})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	for path, want := range map[string]int{"/panics": 500, "/refuses": 422, "/dead": 202, "/odd": 202, "/nowhere": 404} {
		for range 2 {
			if a := r.post(path, "{}", auth); a.status != want || strings.Contains(a.body, "kanari") {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	}
	ids := map[string]int{}
	for _, e := range r.read("assay.dead-letters") {
		letter := e.Event.(*schemas.DeadLetter)
		ids[letter.EventID]++
		original, err := deadletter.Unwrap(r.keys, []*schemas.DeadLetter{letter})
		if err != nil || !strings.Contains(string(original.Value), "kanari") || letter.Org != "acme" {
			t.Errorf("%+v, %q, %v", letter, original.Value, err)
		}
	}
	if len(ids) != 2 {
		t.Errorf("two items are dead, sent twice each: the letters' ids are %v", ids)
	}
	if files := r.holding("kanari"); len(files) > 0 {
		t.Errorf("in the clear in %q", files)
	}

	secret := filepath.Join(t.TempDir(), "secret")
	r.must(os.WriteFile(secret, []byte("hush"), 0o600))
	r.must(tokens.AddWebhook(r.tokensFile(), "github", "globex", secret))
	r.must(r.config.Tokens.Reload())
	for signature, want := range map[string]int{"hush": 202, "other": 401, "": 401} {
		seen = intake.Request{}
		if a := r.post("/hook", "{}", "Signature: "+signature, auth); a.status != want || want == 202 && seen.Org != "globex" {
			t.Errorf("signature %q: %d %s, org %q", signature, a.status, a.body, seen.Org)
		}
	}
}

func TestTwoMappingsOfOnePath(t *testing.T) {
	all := stub{"/x", nil}
	_, err := New(Config{Mappings: []intake.Mapping{all, all}, Registerer: prometheus.NewRegistry()})
	if err == nil || !strings.Contains(err.Error(), "/x") {
		t.Errorf("got %v", err)
	}
}

func TestHTTP2AndDescriptions(t *testing.T) {
	r := startRig(t, settings{})
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/openapi.json": `"openapi": "3.1.0"`, "/schemas/CodeEvent.json": `"suggestion_shown"`,
	} {
		response, err := client.Get(r.url + path)
		r.must(err)
		var b bytes.Buffer
		_, err = b.ReadFrom(response.Body)
		r.must(errors.Join(err, response.Body.Close()))
		if response.ProtoMajor != 2 || response.StatusCode != 200 || !strings.Contains(b.String(), want) {
			t.Errorf("%s: HTTP/%d, %d %.100s", path, response.ProtoMajor, response.StatusCode, &b)
		}
	}
}

// What was begun before the collector is told to stop is finished and answered.
func TestDrain(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	r := startRig(t, settings{mappings: []intake.Mapping{stub{"/slow", func(intake.Request) (intake.Result, error) {
		close(begun)
		<-finish
		e := &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: "late", OccurredAt: time.Now()}, Kind: schemas.CodeSuggestionShown, FileID: "f"}
		return intake.Result{Drafts: []intake.Draft{{Event: e}}}, nil
	}}}})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	answered := make(chan answer, 1)
	go func() { answered <- r.post("/slow", "{}", auth) }()
	<-begun
	r.stop()
	for r.Ready() {
		if context.Cause(t.Context()) != nil {
			t.Fatal("still ready")
		}
		time.Sleep(time.Millisecond)
	}
	close(finish)
	if a := <-answered; a.status != 202 || !slices.Equal(a.Accepted, []string{schemas.DerivedID("acme", "late")}) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, err := http.Post(r.url+"/v1/events", "application/json", nil); err == nil {
		t.Error("it still takes requests")
	}
	r.find("assistant.code", schemas.DerivedID("acme", "late"))
}
