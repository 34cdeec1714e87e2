package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/assayhq/assay/producers/collector/github"
	"github.com/assayhq/assay/producers/collector/gitlab"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/pagerduty"
	"github.com/assayhq/assay/producers/collector/webhook"
	"github.com/assayhq/assay/schemas"
)

const (
	head = "1f0a2b3c4d5e6f708192a3b4c5d6e7f801234567"
	repo = `"repository":{"id":7,"html_url":"https://github.com/Acme/Blue","full_name":"Acme/Blue","created_at":1700000000},"sender":{"login":"ann"}`
	// canary stands in every text of these requests that nothing is kept of.
	canary = "Zoe Canary zoe@canary.example"
)

func of(body string, headers ...string) intake.Request {
	r := intake.Request{Method: "POST", Body: []byte(body), Received: received, Org: "acme", Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func hub(event, body string) intake.Request {
	return of(body, "X-GitHub-Event", event, "X-GitHub-Delivery", event+body)
}

// change maps a request that must become one or more events about changes, and nothing else, without what isn't to be kept.
func change(t *testing.T, m intake.Mapping, r intake.Request) []*schemas.ChangeEvent {
	t.Helper()
	result, err := m.Map(r)
	if err != nil || len(result.Rejected) > 0 || len(result.Drafts) == 0 {
		t.Fatalf("%s: %v %+v", r.Body, err, result)
	}
	var events []*schemas.ChangeEvent
	for _, d := range result.Drafts {
		if strings.Contains(string(d.Event.AppendAvro(nil)), "anary") {
			t.Errorf("%s: a text is kept", r.Body)
		}
		if e, ok := d.Event.(*schemas.ChangeEvent); ok {
			events = append(events, e)
		}
	}
	return events
}

func pull(action, more string) string {
	return fmt.Sprintf(`{"action":%q,%s,"pull_request":{"number":9,"title":"Revert \"%s\"","body":"%s\nReverts Acme/Blue#8","user":{"login":"bob"},
		"created_at":"2026-03-01T10:00:00Z","updated_at":"2026-03-01T11:00:00Z","merge_commit_sha":%q,"head":{"sha":%q},"base":{"ref":"main"}%s}}`,
		action, repo, canary, canary, strings.Repeat("a", 40), head, more)
}

func TestGitHub(t *testing.T) {
	m := github.New()
	opened := change(t, m, hub("pull_request", pull("opened", "")))[0]
	if opened.Kind != schemas.ChangeChangeOpened || opened.ChangeID != "github.com/acme/blue#9" || opened.RevertsChangeID != "github.com/acme/blue#8" || !slices.Equal(opened.CommitIDs, []string{head}) {
		t.Errorf("%+v", opened)
	}
	closed := change(t, m, hub("pull_request", pull("closed", `,"merged":false,"closed_at":"2026-03-01T12:00:00Z"`)))
	if len(closed) != 1 || closed[0].Kind != schemas.ChangeChangeClosed || closed[0].DurationMs.Value != 2*60*60*1000 || len(closed[0].CommitIDs) != 1 {
		t.Errorf("%+v", closed)
	}
	merged := change(t, m, hub("pull_request", pull("closed", `,"merged":true,"merged_at":"2026-03-01T10:30:00Z","closed_at":"2026-03-01T10:30:00Z"`)))
	if len(merged) != 2 || merged[0].Kind != schemas.ChangeChangeMerged || merged[0].CommitIDs[0] != strings.Repeat("a", 40) ||
		merged[1].Kind != schemas.ChangeChangeReverted || merged[1].ChangeID != "github.com/acme/blue#8" {
		t.Errorf("%+v", merged)
	}
	if labeled := change(t, m, hub("pull_request", pull("labeled", "")))[0]; labeled.Kind != schemas.ChangeUnknown {
		t.Errorf("%+v", labeled)
	}
	form := hub("pull_request", "payload="+url.QueryEscape(pull("opened", "")))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if e := change(t, m, form)[0]; e.EventID != opened.EventID {
		t.Error("as a form it is another event")
	}
	issue := func(action, label, labels string) intake.Request {
		return hub("issues", fmt.Sprintf(`{"action":%q,%s,"label":{"name":%q},"issue":{"number":3,"title":%q,"labels":[%s],"created_at":"2026-03-01T10:00:00Z","updated_at":"2026-03-01T10:05:00Z","closed_at":"2026-03-01T11:00:00Z","state_reason":null}}`,
			action, repo, label, canary, labels))
	}
	const incident = `{"name":"type: Incident"}`
	first, labelled := change(t, m, issue("opened", "", incident))[0], change(t, m, issue("labeled", "type: Incident", incident))[0]
	if first.EventID != labelled.EventID || first.Kind != schemas.ChangeIncidentOpened || first.IncidentID != first.ChangeID {
		t.Errorf("opened with a label it counts twice: %+v %+v", first, labelled)
	}
	if e := change(t, m, issue("labeled", "slow", incident))[0]; e.Kind != schemas.ChangeUnknown {
		t.Errorf("%+v", e)
	}
	if e := change(t, m, issue("closed", "", incident))[0]; e.Kind != schemas.ChangeIncidentResolved || e.DurationMs.Value != 60*60*1000 {
		t.Errorf("%+v", e)
	}
	if e := change(t, m, issue("closed", "", `{"name":"post-incident review"}`))[0]; e.Kind != schemas.ChangeUnknown || e.IncidentID != "" {
		t.Errorf("%+v", e)
	}
}

func TestAReusedDeliveryIsADeadLetter(t *testing.T) {
	m := github.New()
	send := func(org, action string) int {
		r := of(pull(action, ""), "X-GitHub-Event", "pull_request", "X-GitHub-Delivery", "d")
		r.Org = org
		result, err := m.Map(r)
		if err != nil {
			t.Fatal(err)
		}
		return len(result.Rejected)
	}
	for i, c := range []struct {
		org, action string
		dead        int
	}{{"acme", "opened", 0}, {"acme", "opened", 0}, {"acme", "edited", 1}, {"globex", "edited", 0}} {
		if got := send(c.org, c.action); got != c.dead {
			t.Errorf("%d: %+v: %d dead letters", i, c, got)
		}
	}
}

func TestPush(t *testing.T) {
	commit := func(id, message, files string) string {
		return fmt.Sprintf(`{"id":%q,"message":%q,"timestamp":"2026-03-01T10:00:00+02:00","author":{"email":"bob@example.com"},%s}`, id, message, files)
	}
	push := func(before, after string, commits ...string) intake.Result {
		r, err := github.New().Map(hub("push", fmt.Sprintf(`{%s,"ref":"refs/heads/main","before":%q,"after":%q,"commits":[%s]}`, repo, before, after, strings.Join(commits, ","))))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	zeros := strings.Repeat("0", 40)
	r := push(zeros, head, commit(head, "Revert \"x\"\n\nThis reverts commit "+strings.Repeat("b", 40)+".", `"added":["a.go"],"modified":["b.go"],"removed":["c.go"]`),
		commit("short", "x", `"added":["d.go"]`))
	if len(r.Drafts) != 4 || len(r.Rejected) != 1 {
		t.Fatalf("%+v", r)
	}
	for i, path := range []string{"a.go", "b.go", "c.go"} {
		d := r.Drafts[i]
		e := d.Event.(*schemas.CodeEvent)
		if d.Path != path || d.User != "bob@example.com" || e.CommitID != head || !e.IsRevert || e.RevertsCommitID != strings.Repeat("b", 40) || e.FileDeleted != (path == "c.go") || e.OccurredAt.Hour() != 8 {
			t.Errorf("%+v %+v", d, e)
		}
	}
	if e := r.Drafts[3].Event.(*schemas.ChangeEvent); e.Attributes["created"] != "true" || e.Attributes["deleted"] != "" || len(e.CommitIDs) != 1 || e.Attributes["commits"] != "2" {
		t.Errorf("%+v", e)
	}
	if r := push(head, zeros); len(r.Drafts) != 1 || r.Drafts[0].Event.(*schemas.ChangeEvent).Attributes["deleted"] != "true" {
		t.Errorf("%+v", r)
	}
	many := `"added":["` + strings.Repeat(`x","`, 5001) + `"]`
	if r := push(head, head, commit(head, "x", many)); len(r.Drafts) != 1 || r.Drafts[0].Event.(*schemas.ChangeEvent).Attributes["files_left_out"] != "5001" {
		t.Errorf("%d drafts", len(r.Drafts))
	}
}

func TestReadRevert(t *testing.T) {
	for _, c := range []struct {
		title, text string
		want        webhook.Revert
	}{
		{"Add x", "as Reverts do", webhook.Revert{}},
		{`Revert "Add x"`, "", webhook.Revert{Is: true}},
		{"Undo", "Reverts #12", webhook.Revert{Is: true, Number: "12"}},
		{"Undo", "Reverts acme/blue#12\n", webhook.Revert{Is: true, Project: "acme/blue", Number: "12"}},
		{"Undo", "This reverts merge request !12", webhook.Revert{Is: true, Number: "12"}},
		{"Undo", "This reverts merge request a/b/c!12", webhook.Revert{Is: true, Project: "a/b/c", Number: "12"}},
		{"Undo", "x\nThis reverts commit " + head + ".", webhook.Revert{Is: true, Commit: head}},
		{"Undo", "This reverts commit abc.", webhook.Revert{}},
	} {
		if got := webhook.ReadRevert(c.title, c.text); got != c.want {
			t.Errorf("%q, %q: %+v, want %+v", c.title, c.text, got, c.want)
		}
	}
}

func TestSignatures(t *testing.T) {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte("body"))
	code := hex.EncodeToString(mac.Sum(nil))
	other := strings.Repeat("a", 64)
	for _, c := range []struct {
		m             intake.Signed
		header, value string
		want          bool
	}{
		{github.New(), "X-Hub-Signature-256", "sha256=" + code, true}, {github.New(), "X-Hub-Signature-256", code, false},
		{github.New(), "X-Hub-Signature-256", "sha256=" + other, false}, {github.New(), "X-Hub-Signature-256", "sha256=zz", false}, {github.New(), "X", "", false},
		{pagerduty.Mapping{}, "X-PagerDuty-Signature", "v1=" + other + ", v1=" + code, true}, {pagerduty.Mapping{}, "X-PagerDuty-Signature", "v0=" + code, false},
		{pagerduty.Mapping{}, "X-PagerDuty-Signature", "", false}, {pagerduty.Mapping{}, "X-PagerDuty-Signature", "v1=" + code + ",v1=" + other, true},
		{gitlab.Mapping{}, "X-Gitlab-Token", "key", true}, {gitlab.Mapping{}, "X-Gitlab-Token", "kex", false}, {gitlab.Mapping{}, "X", "", false},
	} {
		if got := c.m.Verify(of("body", c.header, c.value), []byte("key")); got != c.want {
			t.Errorf("%s %s: %v", c.m.Provider(), c.value, got)
		}
	}
}

func TestGitLab(t *testing.T) {
	request := func(action, more string) intake.Request {
		return of(fmt.Sprintf(`{"object_kind":"merge_request","user":{"id":5,"username":"ann"},"project":{"id":7,"web_url":"https://git.example.com/Acme/Blue"},
			"object_attributes":{"iid":4,"action":%q,"title":%q,"description":"This reverts merge request !3","author_id":5,"created_at":"2026-03-01 10:00:00 UTC","updated_at":"2026-03-01 12:00:00 +0100",
			"target_branch":"main","last_commit":{"id":%q}%s}}`, action, canary, head, more), "X-Gitlab-Event", "Merge Request Hook")
	}
	merged := change(t, gitlab.Mapping{}, request("merge", ""))
	if len(merged) != 2 || merged[0].Kind != schemas.ChangeChangeMerged || merged[0].ChangeID != "git.example.com/acme/blue!4" || merged[0].DurationMs.Value != 60*60*1000 ||
		merged[1].Kind != schemas.ChangeChangeReverted || merged[1].ChangeID != "git.example.com/acme/blue!3" {
		t.Errorf("%+v", merged)
	}
	if e := change(t, gitlab.Mapping{}, request("approved", ""))[0]; e.Kind != schemas.ChangeReviewSubmitted || e.ReviewState != "approved" {
		t.Errorf("%+v", e)
	}
	if e := change(t, gitlab.Mapping{}, request("update", `,"oldrev":"1"`))[0]; e.Kind != schemas.ChangeChangeUpdated || e.Attributes["pushed"] != "true" {
		t.Errorf("%+v", e)
	}
}

func TestPagerDuty(t *testing.T) {
	request := func(kind, more string) intake.Request {
		return of(fmt.Sprintf(`{"event":{"id":"e-%s","event_type":"incident.%s","occurred_at":"2026-03-01T11:00:00.500Z","agent":null,"data":{"id":"QX","title":%q,"created_at":"2026-03-01T10:00:00Z","urgency":"low"%s}}}`, kind, kind, canary, more))
	}
	if e := change(t, pagerduty.Mapping{}, request("resolved", `,"priority":{"summary":"P2"},"resolve_reason":null`))[0]; e.DurationMs.Value != 3600500 || e.Severity != schemas.SeverityHigh || e.ChangeID != e.IncidentID {
		t.Errorf("%+v", e)
	}
	for _, reason := range []string{`"merged"`, `{"type":"merge_resolve_reason","incident":{"id":"QY"}}`} {
		if e := change(t, pagerduty.Mapping{}, request("resolved", `,"resolve_reason":`+reason))[0]; e.DurationMs.Set || e.Reason != "merged" {
			t.Errorf("%+v", e)
		}
	}
	if e := change(t, pagerduty.Mapping{}, request("reopened", ""))[0]; e.Kind != schemas.ChangeIncidentOpened || e.Severity != schemas.SeverityLow {
		t.Errorf("%+v", e)
	}
}

// Any bytes get events, a reason or a refusal with one.
func FuzzMap(f *testing.F) {
	f.Add("pull_request", []byte(pull("opened", "")))
	f.Add("push", []byte(`{`+repo+`,"ref":"refs/heads/main","commits":[{"id":"`+head+`","timestamp":"2026-03-01T10:00:00Z","added":["a"]}]}`))
	f.Add("Issue Hook", []byte(`{"object_kind":"issue","project":{"id":7,"web_url":"https://git.example.com/a/b"},"object_attributes":{"iid":4,"action":"open","type":"Incident","created_at":"2026-03-01 10:00:00 UTC"}}`))
	f.Add("Deployment Hook", []byte(`{"object_kind":"deployment","project":{"id":7,"web_url":"https://git.example.com/a/b"},"deployment_id":1,"status":"failed","status_changed_at":"2026-03-01 10:00:00 UTC","commit_url":"x"}`))
	f.Add("", []byte(`{"event":{"id":"e","event_type":"incident.resolved","occurred_at":"2026-03-01T11:00:00Z","data":{"id":"QX","resolve_reason":{}}}}`))
	hooks := []intake.Mapping{github.New(), gitlab.Mapping{}, pagerduty.Mapping{}}
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		r := of(string(body))
		r.Header["X-Github-Event"], r.Header["X-Github-Delivery"], r.Header["X-Gitlab-Event"] = []string{event}, []string{string(body)}, []string{event}
		for _, m := range hooks {
			result, err := m.Map(r)
			var refused *intake.Refusal
			if err != nil && (!errors.As(err, &refused) || refused.Reason == "" || refused.Status/100 != 4) {
				t.Fatalf("no refusal: %v", err)
			}
			if err == nil && len(result.Drafts)+len(result.Rejected)+result.Ignored == 0 {
				t.Fatal("dropped silently")
			}
			for _, d := range result.Drafts {
				if env := d.Event.Env(); env.EventID == "" || env.OccurredAt.IsZero() || d.Event.Key() == "" && d.Path == "" {
					t.Fatalf("%+v", d)
				}
			}
			for _, x := range result.Rejected {
				if x.Reason == "" || !x.Dead || len(x.Raw) == 0 || !json.Valid(x.Raw) {
					t.Fatalf("%+v", x)
				}
			}
		}
	})
}

func BenchmarkGitHub(b *testing.B) {
	m, r := github.New(), hub("pull_request", pull("opened", ""))
	b.SetBytes(int64(len(r.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if result, err := m.Map(r); err != nil || len(result.Drafts) != 1 {
			b.Fatal(err)
		}
	}
}
