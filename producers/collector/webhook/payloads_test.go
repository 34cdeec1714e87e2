package webhook_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/producers/collector/github"
	"github.com/assayhq/assay/producers/collector/gitlab"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/collector/pagerduty"
	"github.com/assayhq/assay/producers/collector/terms"
	"github.com/assayhq/assay/schemas"
)

var received = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// secrets of the payloads, as their README gives them.
var secrets = map[string]string{"github": "fixture-hmac-key", "gitlab": "fixture-token", "pagerduty": "fixture-hmac-key"}

// entry is a file of an index.json.
type entry struct {
	File        string
	Expect      string
	AlsoOK      []string `json:"also_ok"`
	Headers     map[string]string
	DuplicateOf string `json:"duplicate_of"`

	facts map[string]json.RawMessage
}

func (e *entry) UnmarshalJSON(b []byte) error {
	type plain entry
	return errors.Join(json.Unmarshal(b, (*plain)(e)), json.Unmarshal(b, &e.facts))
}

func shared(t *testing.T, client string) (folder string, files, malformed []entry) {
	t.Helper()
	folder = filepath.Join("..", "..", "..", "..", "shared", "data", "payloads", client)
	content, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("%s is missing: this test posts the webhooks of real senders", folder)
	}
	var list struct{ Files, Malformed []entry }
	if err == nil {
		err = json.Unmarshal(content, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder, list.Files, list.Malformed
}

// deliver verifies and maps a request as the collector does.
func deliver(m intake.Signed, r intake.Request, secret string) (intake.Result, error) {
	if !m.Verify(r, []byte(secret)) {
		return intake.Result{}, intake.Refuse(http.StatusUnauthorized, "not signed")
	}
	return m.Map(r)
}

func verdict(r intake.Result, err error) string {
	var refused *intake.Refusal
	switch {
	case errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500:
		return "reject_400"
	case err != nil:
		return "error"
	case len(r.Rejected) > 0:
		return "dead_letter"
	case len(r.Drafts) == 0:
		return "accept_ignore_unknown"
	}
	return "accept"
}

func TestPayloads(t *testing.T) {
	for _, m := range []intake.Signed{github.New(), gitlab.Mapping{}, pagerduty.Mapping{}} {
		t.Run(m.Provider(), func(t *testing.T) {
			folder, files, malformed := shared(t, m.Provider())
			results := map[string]intake.Result{}
			for _, e := range slices.Concat(files, malformed) {
				body, err := os.ReadFile(filepath.Join(folder, e.File))
				if err != nil {
					t.Fatal(err)
				}
				r := intake.Request{Method: "POST", Body: body, Received: received, Org: "acme", Header: http.Header{}}
				for name, value := range e.Headers {
					r.Header.Set(name, value)
				}
				result, err := deliver(m, r, secrets[m.Provider()])
				results[e.File] = result
				got := verdict(result, err)
				if first, ok := results[e.DuplicateOf]; ok && got == "accept" && slices.Equal(ids(first), ids(result)) {
					got = "accept_dedup"
				}
				if got != e.Expect && !slices.Contains(e.AlsoOK, got) {
					t.Errorf("%s: %s, want %s %v: %v %+v", e.File, got, e.Expect, e.AlsoOK, err, result)
				}
				var refused *intake.Refusal
				if status := string(e.facts["status"]); status == "401" && (!errors.As(err, &refused) || refused.Status != 401) {
					t.Errorf("%s: %v, want 401", e.File, err)
				}
				if got == "accept" {
					checkFacts(t, e, result)
				}
			}
		})
	}
}

func ids(r intake.Result) []string {
	var ids []string
	for _, d := range r.Drafts {
		ids = append(ids, d.Event.Env().EventID)
	}
	return ids
}

// facts say how what an index states about a file is read from its last event.
var facts = map[string]func(intake.Draft, *schemas.ChangeEvent) string{
	"repo": func(d intake.Draft, _ *schemas.ChangeEvent) string {
		return strings.TrimPrefix(d.Repo, "https://github.com/")
	},
	"number": number,
	"iid":    number,
	"merged": func(_ intake.Draft, e *schemas.ChangeEvent) string {
		return strconv.FormatBool(e.Kind == schemas.ChangeChangeMerged)
	},
	"additions":     func(_ intake.Draft, e *schemas.ChangeEvent) string { return count(e.LinesAdded) },
	"deletions":     func(_ intake.Draft, e *schemas.ChangeEvent) string { return count(e.LinesRemoved) },
	"changed_files": func(_ intake.Draft, e *schemas.ChangeEvent) string { return count(e.FilesChanged) },
	"merged_at":     moment, "closed_at": moment, "submitted_at": moment, "at": moment, "opened_at": moment, "head_commit_at": moment,
	"environment":         func(_ intake.Draft, e *schemas.ChangeEvent) string { return e.DeploymentTarget },
	"status":              func(_ intake.Draft, e *schemas.ChangeEvent) string { return e.Attributes["state"] },
	"action":              func(_ intake.Draft, e *schemas.ChangeEvent) string { return e.Attributes["action"] },
	"incident":            func(_ intake.Draft, e *schemas.ChangeEvent) string { return strconv.FormatBool(e.IncidentID != "") },
	"lead_time_s":         duration,
	"time_to_restore_s":   duration,
	"total_commits_count": func(_ intake.Draft, e *schemas.ChangeEvent) string { return e.Attributes["commits"] },
	"commits_listed":      func(_ intake.Draft, e *schemas.ChangeEvent) string { return strconv.Itoa(len(e.CommitIDs)) },
	"incident_id": func(_ intake.Draft, e *schemas.ChangeEvent) string {
		return strings.TrimPrefix(e.IncidentID, "pagerduty:")
	},
	"deployment_id": func(_ intake.Draft, e *schemas.ChangeEvent) string {
		return e.DeploymentID[strings.LastIndexByte(e.DeploymentID, '/')+1:]
	},
	"deleted": func(_ intake.Draft, e *schemas.ChangeEvent) string { return e.Attributes["deleted"] },
	"created": func(_ intake.Draft, e *schemas.ChangeEvent) string { return e.Attributes["created"] },
	"state": func(_ intake.Draft, e *schemas.ChangeEvent) string {
		if e.Kind == schemas.ChangeDeployment {
			return e.Attributes["state"]
		}
		return e.ReviewState
	},
}

func number(_ intake.Draft, e *schemas.ChangeEvent) string {
	return e.ChangeID[strings.LastIndexAny(e.ChangeID, "#!")+1:]
}
func count(o schemas.Opt[int32]) string { return strconv.Itoa(int(o.Value)) }
func moment(_ intake.Draft, e *schemas.ChangeEvent) string {
	return e.OccurredAt.UTC().Format(time.RFC3339Nano)
}
func duration(_ intake.Draft, e *schemas.ChangeEvent) string {
	return strconv.FormatInt(e.DurationMs.Value/1000, 10)
}

func checkFacts(t *testing.T, e entry, r intake.Result) {
	t.Helper()
	d := r.Drafts[len(r.Drafts)-1]
	event := d.Event.(*schemas.ChangeEvent)
	for name, raw := range e.facts {
		of, ok := facts[name]
		if !ok || string(raw) == "null" {
			continue
		}
		want := strings.Trim(string(raw), `"`)
		if at, err := terms.Time(want); err == nil {
			want = at.Format(time.RFC3339Nano)
		}
		if got := of(d, event); got != want {
			t.Errorf("%s: %s is %q, want %q", e.File, name, got, want)
		}
	}
}
