package securityscan

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// Made up, in the formats of providers, with checksums that aren't right; in two parts, so that nobody's scanner takes this file for a leak.
var (
	githubToken = "ghp" + "_x7Kq2LmV9bTzR4sWc8Ny1Pd6Hj3Fg5Ae0UvB"
	awsKey      = "AKIA" + "Q3EGRZK7WN5TYB2X"
)

var hashKey = []byte("0123456789abcdef0123456789abcdef")

var compileOnce = sync.OnceValues(func() (consumers.MapFunc, error) { return New(Options{HashKey: hashKey}) })

func compiled(t testing.TB) consumers.MapFunc {
	t.Helper()
	scan, err := compileOnce()
	if err != nil {
		t.Fatal(err)
	}
	return scan
}

func suggestion(kind schemas.CodeKind) *schemas.CodeEvent {
	return &schemas.CodeEvent{
		Envelope: schemas.Envelope{
			EventID: "e1", OccurredAt: time.UnixMilli(1_790_000_000_000).UTC(), Source: "copilot", Org: "acme",
			Environment: schemas.EnvironmentCanary,
		},
		Kind: kind, FileID: "f1", SuggestionID: "s1", SessionID: "se1", ConversationID: "co1", ChangeID: "ch1",
		Model: "m", ModelVersion: "1", Feature: "inline_completion", Language: "python",
		TeamToken: "t", RepoToken: "r", PathToken: "p", Sealed: []byte("sealed"),
	}
}

func run(t testing.TB, scan consumers.MapFunc, e *schemas.CodeEvent, p schemas.Payload) []*schemas.Finding {
	t.Helper()
	return runPlain(t, scan, e, p.Marshal())
}

func runPlain(t testing.TB, scan consumers.MapFunc, e *schemas.CodeEvent, plain []byte) []*schemas.Finding {
	t.Helper()
	events, err := scan(consumers.Input{Event: e, Topic: "assistant.code", Plain: plain})
	if err != nil {
		t.Fatal(err)
	}
	var findings []*schemas.Finding
	for _, e := range events {
		findings = append(findings, e.(*schemas.Finding))
	}
	return findings
}

func TestFindingSaysWhereButNotWhat(t *testing.T) {
	code := "import github\n\nc = '…'\nname = 'ü'; token = '" + githubToken + "'\n"
	got := run(t, compiled(t), suggestion(schemas.CodeSuggestionShown), schemas.Payload{Code: code, Path: "a/b.py", Prompt: "import"})
	if len(got) != 2 {
		t.Fatalf("%d events, want a finding and a summary: %+v", len(got), got)
	}
	f, summary := got[0], got[1]
	want := schemas.Finding{
		Envelope: schemas.Envelope{
			EventID: f.EventID, OccurredAt: time.UnixMilli(1_790_000_000_000).UTC(), Source: "security-scan", Org: "acme",
			Environment: schemas.EnvironmentCanary,
		},
		Kind: schemas.FindingFinding, FileID: "f1", CausedBy: "e1", SuggestionID: "s1", SessionID: "se1", ConversationID: "co1",
		ChangeID: "ch1", Model: "m", ModelVersion: "1", Feature: "inline_completion", Language: "python",
		TeamToken: "t", RepoToken: "r", PathToken: "p",
		RuleID: "github-pat", RulePack: f.RulePack, CWE: "CWE-798", OWASP: "A07:2021",
		Severity: schemas.SeverityHigh, Confidence: schemas.ConfidenceMedium, Message: f.Message, FixHint: f.FixHint,
		LineStart: schemas.Some[int32](4), LineEnd: schemas.Some[int32](4),
		ColumnStart: schemas.Some[int32](22), ColumnEnd: schemas.Some[int32](61),
		MatchHash: f.MatchHash, MatchLength: schemas.Some[int32](40), Origin: schemas.FindingOriginIntroduced,
	}
	if diff := differs(f, &want); diff {
		t.Errorf("finding\n%+v, want\n%+v", *f, want)
	}
	if f.EventID == "" || f.RulePack == "" || f.Message == "" || f.FixHint == "" || len(f.MatchHash) != 22 {
		t.Errorf("finding lacks an id, rule pack, message, fix hint or hash: %+v", *f)
	}
	if summary.Kind != schemas.FindingScanCompleted || summary.Severity != schemas.SeverityHigh ||
		summary.Findings != schemas.Some[int32](1) || summary.EventID == f.EventID || summary.RuleID != "" || summary.FileID != "f1" {
		t.Errorf("summary %+v", *summary)
	}
	for _, e := range got {
		if bytes.Contains(e.AppendAvro(nil), []byte(githubToken[8:20])) {
			t.Errorf("%s carries part of the secret", e.Kind)
		}
	}
}

func differs(a, b *schemas.Finding) bool { return !bytes.Equal(a.AppendAvro(nil), b.AppendAvro(nil)) }

func TestSummaries(t *testing.T) {
	clean := schemas.Payload{Code: "def f(x):\n    return x + 1\n"}.Marshal()
	long := strings.Repeat("x = compute(x)\n", maxCode/15+10)
	for _, test := range []struct {
		name   string
		event  func(*schemas.CodeEvent)
		plain  []byte
		kind   schemas.FindingKind // empty: no events at all
		reason string
	}{
		{name: "clean", plain: clean, kind: schemas.FindingScanCompleted},
		{name: "accepted", event: kind(schemas.CodeSuggestionAccepted), plain: clean, kind: schemas.FindingScanCompleted},
		{name: "partially", event: kind(schemas.CodeSuggestionPartiallyAccepted), plain: clean, kind: schemas.FindingScanCompleted},
		{name: "no payload", event: func(e *schemas.CodeEvent) { e.Sealed = nil }, kind: schemas.FindingNotScanned, reason: "no_payload"},
		{name: "key gone", kind: schemas.FindingNotScanned, reason: "payload_unreadable"},
		{name: "not JSON", plain: []byte("code"), kind: schemas.FindingNotScanned, reason: "payload_unreadable"},
		{name: "other payload", plain: []byte(`{"text":"hello"}`), kind: schemas.FindingNotScanned, reason: "no_code"},
		{name: "too large", plain: schemas.Payload{Code: long}.Marshal(), kind: schemas.FindingScanPartial, reason: "too_large"},
		{name: "acceptance repeats no code", event: func(e *schemas.CodeEvent) { e.Kind, e.Sealed = schemas.CodeSuggestionAccepted, nil }},
		{
			name: "acceptance of nobody's suggestion", kind: schemas.FindingNotScanned, reason: "no_payload",
			event: func(e *schemas.CodeEvent) {
				e.Kind, e.Sealed, e.SuggestionID = schemas.CodeSuggestionAccepted, nil, ""
			},
		},
		{name: "reshown", event: kind(schemas.CodeSuggestionReshown), plain: clean},
		{name: "browsed", event: kind(schemas.CodeSuggestionBrowsed), plain: clean},
		{name: "rejected", event: kind(schemas.CodeSuggestionRejected), plain: clean},
		{name: "survival", event: kind(schemas.CodeSurvivalObserved), plain: clean},
		{name: "saved", event: kind(schemas.CodeFileSaved), plain: clean},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := suggestion(schemas.CodeSuggestionShown)
			if test.event != nil {
				test.event(e)
			}
			got := runPlain(t, compiled(t), e, test.plain)
			if test.kind == "" {
				if len(got) != 0 {
					t.Fatalf("%d events, want none", len(got))
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d events, want only the summary", len(got))
			}
			if got[0].Kind != test.kind || got[0].Reason != test.reason || got[0].Severity != schemas.SeverityNone {
				t.Errorf("%s %q %s, want %s %q none", got[0].Kind, got[0].Reason, got[0].Severity, test.kind, test.reason)
			}
			if counted := got[0].Findings.Set; counted == (test.kind == schemas.FindingNotScanned) {
				t.Errorf("number of findings known: %v", counted)
			}
		})
	}
}

func kind(k schemas.CodeKind) func(*schemas.CodeEvent) {
	return func(e *schemas.CodeEvent) { e.Kind = k }
}

func TestPartialScanStillFinds(t *testing.T) {
	code := "k = '" + awsKey + "'\n" + strings.Repeat("x = compute(x)\n", maxCode/15) + "k2 = '" + githubToken + "'\n"
	got := run(t, compiled(t), suggestion(schemas.CodeSuggestionShown), schemas.Payload{Code: code})
	summary := got[len(got)-1]
	if len(got) != 2 || got[0].RuleID != "aws-access-token" || summary.Kind != schemas.FindingScanPartial || summary.Severity != schemas.SeverityHigh {
		t.Errorf("%d events, summary %+v", len(got), *summary)
	}
}

func TestSameSuggestionSameIDs(t *testing.T) {
	scan := compiled(t)
	p := schemas.Payload{Code: "a = '" + awsKey + "'\nb = '" + awsKey + "'\n"}
	shown := run(t, scan, suggestion(schemas.CodeSuggestionShown), p)
	accepted := suggestion(schemas.CodeSuggestionAccepted)
	accepted.EventID = "e2"
	again := run(t, scan, accepted, p)
	other := suggestion(schemas.CodeSuggestionShown)
	other.SuggestionID = "s2"
	elsewhere := run(t, scan, other, p)

	ids := map[string]bool{}
	for i := range shown {
		if shown[i].EventID != again[i].EventID {
			t.Errorf("event %d: %s when shown, %s when accepted", i, shown[i].EventID, again[i].EventID)
		}
		ids[shown[i].EventID], ids[elsewhere[i].EventID] = true, true
	}
	if len(shown) != 3 || len(ids) != 6 {
		t.Errorf("%d events, %d ids over two suggestions, want 3 and 6", len(shown), len(ids))
	}
}

func TestHashIsKeyedPerOrg(t *testing.T) {
	scan := compiled(t)
	otherKey, err := New(Options{HashKey: []byte("another key of 32 bytes, in tests")})
	if err != nil {
		t.Fatal(err)
	}
	p := schemas.Payload{Code: "a = '" + awsKey + "'\n"}
	e, foreign := suggestion(schemas.CodeSuggestionShown), suggestion(schemas.CodeSuggestionShown)
	foreign.Org = "other"
	a, b, c := run(t, scan, e, p)[0], run(t, scan, foreign, p)[0], run(t, otherKey, e, p)[0]
	if a.MatchHash == b.MatchHash || a.MatchHash == c.MatchHash {
		t.Errorf("hashes %s %s %s don't differ by org and key", a.MatchHash, b.MatchHash, c.MatchHash)
	}
	if _, err := New(Options{HashKey: []byte("short")}); err == nil {
		t.Error("a key of 5 bytes was accepted")
	}
}

func TestOrigin(t *testing.T) {
	for _, test := range []struct {
		prompt string
		want   schemas.FindingOrigin
	}{
		{"", schemas.FindingOriginUnknown},
		{"x = 1", schemas.FindingOriginIntroduced},
		{"old = '" + awsKey + "'", schemas.FindingOriginInherited},
	} {
		p := schemas.Payload{Code: "a = '" + awsKey + "'\n", Prompt: test.prompt}
		if got := run(t, compiled(t), suggestion(schemas.CodeSuggestionShown), p)[0].Origin; got != test.want {
			t.Errorf("prompt %q: %s, want %s", test.prompt, got, test.want)
		}
	}
}

func TestInlineCommentDoesNotAcquit(t *testing.T) {
	p := schemas.Payload{Code: "a = '" + awsKey + "' # gitleaks:allow\n"}
	if got := run(t, compiled(t), suggestion(schemas.CodeSuggestionShown), p); len(got) != 2 {
		t.Errorf("%d events, want the finding in spite of the comment", len(got))
	}
}

type panicking struct{}

func (panicking) Scan(string, string, string) ([]weakness.Weakness, weakness.Coverage) {
	panic("index out of range in " + awsKey)
}
func (panicking) Hash() string { return "p" }

func TestPanicIsNotClean(t *testing.T) {
	scan := service{scanner: &Scanner{secrets: panicking{}, hash: "p"}, key: hashKey}.scan
	got := run(t, scan, suggestion(schemas.CodeSuggestionShown), schemas.Payload{Code: "x"})
	if len(got) != 1 || got[0].Kind != schemas.FindingNotScanned || got[0].Reason != "scanner_failed" {
		t.Errorf("%+v, want not_scanned: scanner_failed", got)
	}
}

func TestForeignEventIsAnError(t *testing.T) {
	if _, err := compiled(t)(consumers.Input{Event: new(schemas.ChatEvent)}); err == nil {
		t.Error("a chat event was taken for code")
	}
}
