package gate

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

func TestDecisions(t *testing.T) {
	blocked := []schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s"), opened("1")}
	and := func(more ...schemas.GateInput) []schemas.GateInput { return slices.Concat(blocked, more) }
	for name, c := range map[string]struct {
		inputs []schemas.GateInput
		want   string // kinds in order
	}{
		"nothing of an assistant":     {[]schemas.GateInput{opened("1")}, "pass"},
		"clean":                       {[]schemas.GateInput{accepted("s", "1"), clean("s"), opened("1"), updated("1")}, "pass"},
		"high and sure":               {blocked, "blocked"},
		"found later":                 {[]schemas.GateInput{accepted("s", "1"), opened("1"), sqli("s"), clean("s")}, "awaiting_review blocked blocked"}, // the scan's end is a reason less
		"shown, never taken":          {[]schemas.GateInput{but(sqli("s"), func(e *schemas.GateInput) { e.ChangeID = "1" }), clean("s"), opened("1")}, "pass"},
		"inherited":                   {[]schemas.GateInput{accepted("s", "1"), but(sqli("s"), func(e *schemas.GateInput) { e.Origin = schemas.FindingOriginInherited }), clean("s"), opened("1")}, "pass"},
		"origin unknown":              {[]schemas.GateInput{accepted("s", "1"), but(sqli("s"), func(e *schemas.GateInput) { e.Origin = "" }), clean("s"), opened("1")}, "blocked"},
		"shadow":                      {[]schemas.GateInput{accepted("s", "1"), but(sqli("s"), func(e *schemas.GateInput) { e.Shadow = true }), clean("s"), opened("1")}, "pass"},
		"suppressed in the code":      {[]schemas.GateInput{accepted("s", "1"), but(sqli("s"), func(e *schemas.GateInput) { e.Attributes = map[string]string{"suppressed": "true"} }), clean("s"), opened("1")}, "pass"},
		"too weak to block":           {[]schemas.GateInput{accepted("s", "1"), found("s", "x", schemas.SeverityHigh, schemas.ConfidenceMedium), clean("s"), opened("1")}, "awaiting_review"},
		"weak":                        {[]schemas.GateInput{accepted("s", "1"), found("s", "x", schemas.SeverityLow, schemas.ConfidenceHigh), clean("s"), opened("1")}, "pass"},
		"not scanned":                 {[]schemas.GateInput{accepted("s", "1"), scan("s", schemas.FindingNotScanned), opened("1")}, "awaiting_review"},
		"scanned in part":             {[]schemas.GateInput{accepted("s", "1"), scan("s", schemas.FindingScanPartial), opened("1")}, "awaiting_review"},
		"scan comes":                  {[]schemas.GateInput{accepted("s", "1"), opened("1"), clean("s")}, "awaiting_review pass"},
		"by commit":                   {[]schemas.GateInput{accepted("s", ""), sqli("s"), clean("s"), committed("s", "c-1"), opened("1"), opened("2")}, "blocked pass"},
		"by fingerprints":             {[]schemas.GateInput{accepted("s", "", prefix(1, 10)...), sqli("s"), clean("s"), opened("1", prefix(1, 40)...)}, "blocked"},
		"by most fingerprints":        {[]schemas.GateInput{accepted("s", "", prefix(1, 10)...), sqli("s"), clean("s"), opened("1", prefix(5, 40)...)}, "blocked"},
		"by few fingerprints":         {[]schemas.GateInput{accepted("s", "", prefix(1, 10)...), sqli("s"), clean("s"), opened("1", prefix(6, 40)...)}, "pass"},
		"by too short a text":         {[]schemas.GateInput{accepted("s", "", prefix(1, 3)...), sqli("s"), clean("s"), opened("1", prefix(1, 40)...)}, "pass"},
		"fixed in the change":         {[]schemas.GateInput{accepted("s", "1", prefix(1, 10)...), sqli("s"), clean("s"), opened("1", prefix(1, 40)...), updated("1", prefix(11, 40)...)}, "blocked pass"},
		"changed, not fixed":          {[]schemas.GateInput{accepted("s", "1", prefix(1, 10)...), sqli("s"), clean("s"), opened("1", prefix(1, 40)...), updated("1", prefix(3, 40)...)}, "blocked"},
		"an old event comes late":     {[]schemas.GateInput{accepted("s", "1", prefix(1, 10)...), sqli("s"), clean("s"), opened("1", prefix(1, 40)...), but(updated("1", prefix(99, 9)...), func(e *schemas.GateInput) { e.OccurredAt = start })}, "blocked"},
		"replaced":                    {and(accepted("t", "1"), clean("t")), "blocked blocked pass"},
		"replaced by the same":        {and(accepted("t", "1"), but(sqli("t"), func(e *schemas.GateInput) {}), clean("t")), "blocked blocked blocked blocked"},
		"replaced in another file":    {and(but(accepted("t", "1"), func(e *schemas.GateInput) { e.FileID = "g" }), but(clean("t"), func(e *schemas.GateInput) { e.FileID = "g" })), "blocked blocked blocked"},
		"other code in the file":      {[]schemas.GateInput{accepted("s", "1", prefix(1, 10)...), sqli("s"), clean("s"), opened("1"), clean("t"), accepted("t", "1", prefix(50, 10)...)}, "blocked"},
		"a version of the code":       {[]schemas.GateInput{accepted("s", "1", prefix(1, 10)...), sqli("s"), clean("s"), opened("1"), clean("t"), accepted("t", "1", prefix(6, 10)...)}, "blocked pass"},
		"approved":                    {and(gateReview("1", Approved, "bob")), "blocked approved"},
		"approved by the author":      {and(gateReview("1", Approved, "ann")), "blocked blocked"},
		"a code review lifts nothing": {and(codeReview("1", Approved, "bob")), "blocked"},
		"a code review is a review":   {[]schemas.GateInput{accepted("s", "1"), scan("s", schemas.FindingNotScanned), opened("1"), codeReview("1", Approved, "bob")}, "awaiting_review approved"},
		"a review is withdrawn":       {[]schemas.GateInput{accepted("s", "1"), scan("s", schemas.FindingNotScanned), opened("1"), codeReview("1", Approved, "bob"), codeReview("1", "dismissed", "bob")}, "awaiting_review approved awaiting_review"},
		"new after the approval":      {and(gateReview("1", Approved, "bob"), clean("t"), found("t", "xss", schemas.SeverityCritical, schemas.ConfidenceHigh), but(accepted("t", "1"), func(e *schemas.GateInput) { e.FileID = "g" })), "blocked approved blocked"},
		"rejected":                    {and(gateReview("1", Rejected, "bob")), "blocked rejected"},
		"rejected though clean":       {[]schemas.GateInput{opened("1"), gateReview("1", Rejected, "bob")}, "pass rejected"},
		"rejected, then changed":      {[]schemas.GateInput{opened("1"), gateReview("1", Rejected, "bob"), updated("1")}, "pass rejected pass"},
		"false positive":              {and(triaged("s/sql", FalsePositive)), "blocked pass"},
		"true positive":               {and(triaged("s/sql", TruePositive)), "blocked"},
		"second thoughts":             {and(triaged("s/sql", FalsePositive), triaged("s/sql", TruePositive)), "blocked pass blocked"},
		"found after the merge":       {[]schemas.GateInput{accepted("s", "1"), opened("1"), mergedAs("1", "m"), sqli("s"), incident("1")}, "awaiting_review revert_requested"},
		"merged against the gate":     {and(mergedAs("1", "m")), "blocked revert_requested"},
		"merged with approval":        {and(gateReview("1", Approved, "bob"), mergedAs("1", "m")), "blocked approved"},
		"incident":                    {[]schemas.GateInput{opened("1"), mergedAs("1", "m"), incident("1")}, "pass revert_requested"},
		"incident of a commit":        {[]schemas.GateInput{opened("1"), opened("2"), mergedAs("1", "m"), mergedAs("2", "n"), incident("", "m")}, "pass pass revert_requested"},
		"incident of an open change":  {[]schemas.GateInput{opened("1"), incident("1")}, "pass"},
		"incident after the revert":   {[]schemas.GateInput{opened("1"), mergedAs("1", "m"), closed("1", Reverted), incident("1")}, "pass"},
		"merged and closed":           {[]schemas.GateInput{opened("1"), mergedAs("1", "m"), closed("1", ""), incident("1")}, "pass revert_requested"},
		"reviewed, never opened":      {[]schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s"), codeReview("1", Approved, "bob")}, "blocked"},
		"closed":                      {and(closed("1", ""), triaged("s/sql", FalsePositive)), "blocked"},
		"reopened":                    {and(closed("1", ""), opened("1")), "blocked blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTape(t)
			var got []string
			for _, e := range c.inputs {
				for _, d := range p.feed(e) {
					got = append(got, string(d.Kind))
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestADecisionSaysWhy(t *testing.T) {
	p := newTape(t)
	for _, e := range []schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s"), opened("1")} {
		p.feed(e)
	}
	d := p.last()
	want := []string{"sql (CWE-89): high severity, high confidence, in suggestion s"}
	if !slices.Equal(d.Reasons, want) || !slices.Equal(d.RuleIDs, []string{"sql"}) || !slices.Equal(d.FindingIDs, []string{"s/sql"}) ||
		!slices.Equal(d.SuggestionIDs, []string{"s"}) || d.Severity != schemas.SeverityHigh || d.PolicyHash != p.policy.Hash() || d.CausedBy != "e4" {
		t.Errorf("got %+v", d)
	}
	p.feed(gateReview("1", Approved, "bob"))
	d = p.last()
	if d.Kind != schemas.GateApproved || d.Previous != "blocked" || d.ReviewerToken != "bob" || d.ReviewReason != "because" || !d.ReviewedAt.Value.Equal(start.Add(5*time.Minute)) {
		t.Errorf("got %+v", d)
	}
	p.feed(mergedAs("1", "m1", "m2"))
	p.feed(incident("1"))
	if d = p.last(); d.Kind != schemas.GateRevertRequested || !slices.Equal(d.CommitIDs, []string{"m1", "m2"}) || d.IncidentID != "inc-1" || len(d.Reasons) != 1 {
		t.Errorf("got %+v", d)
	}
	ids := map[string]bool{}
	for _, d := range p.decisions {
		ids[d.EventID] = true
	}
	if len(ids) != len(p.decisions) {
		t.Errorf("%d ids of %d decisions", len(ids), len(p.decisions))
	}
}

func TestASuppressionEnds(t *testing.T) {
	p := newTape(t)
	for _, e := range []schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s"), opened("1")} {
		p.feed(e)
	}
	until := schemas.Some(start.Add(time.Hour))
	p.feed(schemas.GateInput{Kind: schemas.GateInputSuppression, RuleID: "sql", PathToken: "elsewhere", ExpiresAt: until})
	if p.last().Kind != schemas.GateBlocked {
		t.Error("a suppression of another file lifts the block")
	}
	p.feed(schemas.GateInput{Kind: schemas.GateInputSuppression, RuleID: "sql", PathToken: "path", ExpiresAt: until})
	if p.last().Kind != schemas.GatePass {
		t.Error("the suppression doesn't lift the block")
	}
	p.feed(but(opened("2"), func(e *schemas.GateInput) { e.OccurredAt = start.Add(time.Hour) }))
	var again bool
	for _, d := range p.decisions[len(p.decisions)-2:] {
		again = again || d.ChangeID == "1" && d.Kind == schemas.GateBlocked
	}
	if !again {
		t.Error("the suppression doesn't end")
	}
}

func TestAnImpreciseRuleLosesTheRightToBlock(t *testing.T) {
	p := newTape(t)
	for _, e := range []schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s"), opened("1")} {
		p.feed(e)
	}
	for i := range 9 {
		p.feed(triaged(fmt.Sprint("other", i), FalsePositive))
	}
	if p.last().Kind != schemas.GateBlocked {
		t.Fatal("nine triages are too few to say so")
	}
	p.feed(triaged("other9", FalsePositive))
	if p.last().Kind != schemas.GateAwaitingReview {
		t.Fatalf("got %s, want a person to look", p.last().Kind)
	}
	for i := range 10 {
		p.feed(triaged(fmt.Sprint("more", i), TruePositive))
	}
	p.feed(triaged("more10", TruePositive))
	if got := p.state.Orgs["acme"].Rules["sql"]; got != (tally{11, 10}) {
		t.Errorf("got %+v", got)
	}
}

func TestAPolicyAppliesWithTheNextInput(t *testing.T) {
	p := newTape(t)
	for _, e := range []schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s"), opened("1")} {
		p.feed(e)
	}
	text := strings.Replace(string(defaultPolicy), "severity: high\n", "severity: critical\n", 1)
	lax, err := ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p.policy = lax
	p.feed(opened("2"))
	d := p.decisions[len(p.decisions)-2]
	if d.ChangeID != "1" || d.Kind != schemas.GateAwaitingReview || d.PolicyHash != lax.Hash() {
		t.Errorf("got %+v", d)
	}
}

func TestANewModelVersionIsLookedAtOnce(t *testing.T) {
	p := newTape(t)
	policy, err := ParsePolicy([]byte(strings.Replace(string(defaultPolicy), "review:\n  -", "review:\n  - {id: new-model, new_model_version: true}\n  -", 1)))
	if err != nil {
		t.Fatal(err)
	}
	p.policy = policy
	for _, e := range []schemas.GateInput{accepted("s", "1"), clean("s"), opened("1")} {
		p.feed(e)
	}
	if p.last().Kind != schemas.GateAwaitingReview {
		t.Fatalf("got %s", p.last().Kind)
	}
	for _, e := range []schemas.GateInput{codeReview("1", Approved, "bob"), mergedAs("1", "m"), accepted("t", "2"), clean("t"), opened("2")} {
		p.feed(e)
	}
	if p.last().Kind != schemas.GatePass {
		t.Errorf("got %+v", p.last())
	}
}

// Organisations share nothing, even if their repositories had the same token.
func TestOrganisationsAreApart(t *testing.T) {
	p := newTape(t)
	for _, e := range []schemas.GateInput{accepted("s", "1"), sqli("s"), clean("s")} {
		p.feed(e)
	}
	e := opened("1")
	e.EventID, e.OccurredAt, e.Org, e.RepoToken = "other", start.Add(time.Hour), "other", "repo"
	_, events, err := New(func() *Policy { return p.policy })(p.state, consumers.Input{Event: &e, LogTime: e.OccurredAt})
	if err != nil || len(events) != 1 || events[0].KindName() != string(schemas.GatePass) {
		t.Errorf("%v, %v", events, err)
	}
}

// A repository with more than its room keeps what matters: open changes with their suggestions.
func TestStateIsBounded(t *testing.T) {
	p := newTape(t)
	fold := New(func() *Policy { return p.policy })
	feed := func(e schemas.GateInput, n int) {
		e.EventID, e.Org, e.OccurredAt = fmt.Sprint(n), "acme", start.Add(time.Duration(n)*time.Second)
		next, _, err := fold(p.state, consumers.Input{Event: &e, LogTime: e.OccurredAt})
		if err != nil {
			t.Fatal(err)
		}
		p.state = next
	}
	feed(accepted("s", "1", prefix(1, 20)...), 0)
	feed(sqli("s"), 1)
	feed(opened("1", prefix(1, 2000)...), 2)
	for i := range 1500 {
		feed(accepted(fmt.Sprint("other", i), "", prefix(int64(1000*(i+10)), 60)...), i+3)
		if i%30 == 0 {
			feed(opened(fmt.Sprint("merged", i), prefix(int64(5000*i+7_000_000), 2000)...), i+3)
			feed(mergedAs(fmt.Sprint("merged", i), "m"), i+3)
		}
	}
	text, err := json.Marshal(p.state)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 800<<10 {
		t.Errorf("the state has %d bytes", len(text))
	}
	if c := p.state.Orgs["acme"].Changes["1"]; c == nil || !slices.Equal(c.Links, []string{"s"}) || p.state.Orgs["acme"].Suggestions["s"] == nil || p.state.Orgs["acme"].Forgotten == 0 {
		t.Errorf("the open change is %t with %v, %d forgotten", c != nil, p.state.Orgs["acme"].Changes["1"].Links, p.state.Orgs["acme"].Forgotten)
	}
	feed(but(opened("9"), func(*schemas.GateInput) {}), 100*24*3600)
	p.state.Orgs["acme"].prune()
	if got := slices.Sorted(func(yield func(string) bool) {
		for id := range p.state.Orgs["acme"].Suggestions {
			if !yield(id) {
				return
			}
		}
	}); !reflect.DeepEqual(got, []string{"s"}) {
		t.Errorf("kept %v", got)
	}
}
