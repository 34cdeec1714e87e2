package collector

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/producers"
	"github.com/assayhq/assay/producers/collector/events"
	"github.com/assayhq/assay/producers/collector/intake"
	"github.com/assayhq/assay/producers/privacy"
	"github.com/assayhq/assay/schemas"
)

// A field that could hold a client's words has a rule, and what has a rule exists.
func TestEveryFieldHasARule(t *testing.T) {
	words := []schemas.FieldType{schemas.String, schemas.NullString, schemas.NullBytes, "bytes", schemas.Strings, schemas.StringMap, schemas.Longs}
	seen := map[string]bool{}
	for _, record := range events.Records {
		placed := map[string]bool{}
		for _, p := range placesOf(record) {
			placed[p.field] = true
			switch v := reflect.ValueOf(record.New()).Elem().FieldByIndex(p.index).Addr().Interface().(type) {
			case *string, *[]string, *map[string]string:
			default:
				if p.act != own {
					t.Errorf("%s.%s: nothing hides a %T", record.Name, p.field, v)
				}
			}
		}
		for _, f := range record.Fields {
			if !slices.Contains(words, f.Type) {
				continue
			}
			seen[f.Name] = true
			if !placed[f.Name] {
				t.Errorf("%s.%s has no rule: say in fields.go how it is protected", record.Name, f.Name)
			}
		}
	}
	for field, r := range rules {
		if !seen[field] {
			t.Errorf("%s has a rule, and no record has it", field)
		}
		if (r.act == token || r.act == identifier || r.act == name) && r.kind == "" {
			t.Errorf("%s: tokens of what?", field)
		}
	}
}

func TestHide(t *testing.T) {
	r := startRig(t, settings{})
	auth := "Authorization: Bearer " + r.token("acme", "my-plugin")
	uuid := "7f3c2a10-9f1e-4b1c-8a53-0d3f6c1b2a3d"
	key := "AKIA" + "W7QK2ZPXM4TRBVN6"
	body := fmt.Sprintf(`{"record":"ChangeEvent","event_id":"e","occurred_at":%q,"kind":"finding_triaged","change_id":%q,"session_id":"zoe","commit_ids":["%s","zoe@acme.example"],
		"author":"zoe","model":"anthropic/claude-sonnet-4-5-20250929","task":"src/ledger.go","base_branch":"zoe/fix","verdict":"false_positive","review_state":%q,
		"reason":"Zoe says: ask zoe@acme.example at 10.0.0.7","payload":{"code":"total := price * count"},
		"attributes":{"mode":"agent","ratio":"0.5","zoe@acme.example":"x","note":"see /home/zoe/x","api_key":"Tr0ub4dor-and-3","privacy":"rules=9"}}`,
		noon, uuid, strings.Repeat("ab12", 10), key)
	if a := r.post("/v1/events", body, auth); a.status != 202 || !slices.Equal(a.Accepted, []string{"e"}) {
		t.Fatalf("%d %s", a.status, a.body)
	}
	e := r.find("delivery.changes", "e").(*schemas.ChangeEvent)
	token := func(kind, value string) string { return r.keys.Token("acme", kind, value) }
	want := schemas.ChangeEvent{
		Envelope: e.Envelope, Kind: e.Kind, DecidedBy: e.DecidedBy, Severity: e.Severity, Sealed: e.Sealed, SealKeyID: e.SealKeyID, Fingerprints: e.Fingerprints,
		ChangeID: uuid, SessionID: token("session", "zoe"), CommitIDs: []string{strings.Repeat("ab12", 10), token("commit", "zoe@acme.example")},
		AuthorToken: token("user", "zoe"), Model: "anthropic/claude-sonnet-4-5-20250929", Task: token("task", "src/ledger.go"), BaseBranch: token("branch", "zoe/fix"),
		Verdict: "false_positive", ReviewState: token("review", key), Reason: "[person] says: ask [email] at [ip]",
		Attributes: map[string]string{"mode": "agent", "ratio": "0.5", token("attribute", "zoe@acme.example"): "x", "note": "see [path]", "api_key": "[secret]",
			token("attribute", "privacy"): "[code]", "privacy": "rules=2 hidden=7 redacted=6"},
	}
	if !reflect.DeepEqual(*e, want) {
		t.Errorf("got  %+v\nwant %+v", *e, want)
	}
	if len(e.Fingerprints) == 0 {
		t.Error("the code has no fingerprints")
	}
	if want := map[string]float64{"token": 1, "hidden": 7, "redacted": 6, "sealed": 1}; !maps.Equal(r.protected(), want) {
		t.Errorf("counted %v, want %v", r.protected(), want)
	}
}

// protected is what the metric says was protected, by action.
func (r *rig) protected() map[string]float64 {
	r.t.Helper()
	counted := map[string]float64{}
	families, err := r.metrics.Gather()
	r.must(err)
	for _, family := range families {
		if family.GetName() == "assay_collector_protected_values_total" {
			for _, m := range family.GetMetric() {
				counted[m.GetLabel()[0].GetValue()] += m.GetCounter().GetValue()
			}
		}
	}
	return counted
}

// The code matters more than what is derived from it: where both don't fit, the event says so, and the metric counts it.
func TestWhatIsDerivedGivesWayToTheCode(t *testing.T) {
	r := startRig(t, settings{})
	var code strings.Builder
	for n := 0; code.Len() < producers.MaxRecordBytes-1000; n++ {
		fmt.Fprintf(&code, "v%d = f%d(%d); ", n, n*7, n*13)
	}
	e := &schemas.CodeEvent{Envelope: schemas.Envelope{EventID: "e", OccurredAt: time.Now()}, Kind: schemas.CodeFileSaved, FileID: "f", Language: "go"}
	got, err := r.protect(intake.Request{Org: "acme", Client: "test"}, intake.Draft{Event: e, Payload: &schemas.Payload{Code: code.String()}})
	r.must(err)
	e = got.(*schemas.CodeEvent)
	if len(e.Fingerprints)+len(e.Sketch) > 0 || len(e.Sealed) < code.Len() || !strings.HasSuffix(e.Attributes[PrivacyAttribute], " underived=1") {
		t.Errorf("%d fingerprints, %d bytes sealed of %d, %q", len(e.Fingerprints), len(e.Sealed), code.Len(), e.Attributes)
	}
	if counted := r.protected(); counted["underived"] != 1 {
		t.Errorf("counted %v", counted)
	}
}

// Equal ids of two organisations are two events; the same of one is a repeat.
func TestIDsAreOfAnOrganisation(t *testing.T) {
	r := startRig(t, settings{})
	id := "7f3c2a10-9f1e-4b1c-8a53-0d3f6c1b2a3d"
	for _, org := range []string{"acme", "globex", "acme"} {
		if a := r.post("/v1/events", shown(id, "f", ""), "Authorization: Bearer "+r.token(org, "my-plugin")); !slices.Equal(a.Accepted, []string{id}) {
			t.Fatalf("%s: %d %s", org, a.status, a.body)
		}
	}
	count := map[string]int{}
	for _, e := range r.read("assistant.code") {
		count[e.Env().Org+" "+e.Env().EventID]++
	}
	if len(count) != 2 || count["acme "+schemas.DerivedID("acme", id)] != 2 || count["globex "+schemas.DerivedID("globex", id)] != 1 {
		t.Errorf("got %v", count)
	}
}

func TestOpaque(t *testing.T) {
	for id, want := range map[string]bool{
		"7f3c2a10-9f1e-4b1c-8a53-0d3f6c1b2a3d": true, "cmpl-7f3c2a10-9f1e-4b1c-8a53-0d3f6c1b2a3d": true, "01JD0Q6Z6X8Y3V0A1B2C3D4E5F": true,
		"1234567": true, "17": true, "deadbeef0": true, strings.Repeat("a0", 20): true, "zoe": false, "zoe17": false, "zoe-17": false, "": false,
		"zoe@acme.example": false, "/home/zoe": false, "facade": false, "decade-7": false, "a b": false, "abcdefghijklmnopqrstuv": false,
		"cmpl-zoe": false, strings.Repeat("é", 11): false,
	} {
		if opaque(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
	if t.Failed() {
		return
	}
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringMatching(`[a-z]{1,30}([ ._@/-][a-z]{1,20})*`).Draw(rt, "word")
		if opaque(word) {
			rt.Fatalf("%q", word)
		}
	})
}

// Accepted code that has a place, and whole files, have a sketch; suggestions have fingerprints alone.
func TestDerive(t *testing.T) {
	keys, err := privacy.OpenKeyring(filepath.Join(t.TempDir(), "keyring.json"))
	if err != nil {
		t.Fatal(err)
	}
	h := &hashers{keys: keys}
	for kind, sketched := range map[schemas.CodeKind]bool{
		schemas.CodeSuggestionShown: false, schemas.CodeSuggestionAccepted: true, schemas.CodeFileSaved: true, schemas.CodeFileCommitted: true,
	} {
		sketches := map[string]bool{}
		for _, org := range []string{"acme", "globex"} {
			e := &schemas.CodeEvent{Envelope: schemas.Envelope{Org: org}, Kind: kind, Language: "go", LineStart: schemas.Some[int32](1)}
			h.derive(e, "func total(items []Item) int { return len(items) }")
			if len(e.Fingerprints) == 0 || (len(e.Sketch) > 0) != sketched {
				t.Errorf("%s: %d fingerprints, a sketch of %d bytes", kind, len(e.Fingerprints), len(e.Sketch))
			}
			sketches[fmt.Sprint(e.Fingerprints, e.Sketch)] = true
		}
		if len(sketches) != 2 {
			t.Errorf("%s: two organisations have the same", kind)
		}
	}
	e := &schemas.CodeEvent{Kind: schemas.CodeSuggestionAccepted}
	if h.derive(e, "x := 1"); len(e.Sketch) > 0 {
		t.Error("rework refuses a sketch without a place")
	}
}
