package outcomes

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers"
	"github.com/assayhq/assay/schemas"
)

var envelope = schemas.Envelope{
	EventID: "e1", OccurredAt: time.UnixMilli(1_790_000_000_000).UTC(), Source: "copilot", Org: "acme", Environment: schemas.EnvironmentDogfood,
}

func code(kind schemas.CodeKind, set ...func(*schemas.CodeEvent)) *schemas.CodeEvent {
	e := &schemas.CodeEvent{Envelope: envelope, Kind: kind, FileID: "f", Model: "m", ModelVersion: "1", Feature: "chat", Language: "go"}
	for _, f := range set {
		f(e)
	}
	return e
}

func decided(by schemas.DecidedBy) func(*schemas.CodeEvent) {
	return func(e *schemas.CodeEvent) { e.DecidedBy = by }
}

func survival(at int32, fraction float64) func(*schemas.CodeEvent) {
	return func(e *schemas.CodeEvent) { e.CheckpointS, e.Survival = schemas.Some(at), schemas.Some(fraction) }
}

func method(m string) func(*schemas.CodeEvent) {
	return func(e *schemas.CodeEvent) { e.SurvivalMethod = m }
}

func chat(kind schemas.ChatKind, r schemas.Rating) *schemas.ChatEvent {
	return &schemas.ChatEvent{Envelope: envelope, Kind: kind, ConversationID: "c", Rating: r}
}

func finding(kind schemas.FindingKind, s schemas.Severity) *schemas.Finding {
	return &schemas.Finding{Envelope: envelope, Kind: kind, FileID: "f", Severity: s}
}

func change(kind schemas.ChangeKind, set ...func(*schemas.ChangeEvent)) *schemas.ChangeEvent {
	e := &schemas.ChangeEvent{Envelope: envelope, Kind: kind, ChangeID: "ch"}
	for _, f := range set {
		f(e)
	}
	return e
}

func TestSignals(t *testing.T) {
	unassisted := func(e *schemas.ChangeEvent) { e.Assisted = schemas.Some(false) }
	for name, test := range map[string]struct {
		event schemas.Event
		want  string // category signal result; empty: no outcome
	}{
		"accepted":                  {code(schemas.CodeSuggestionAccepted), "acceptance accepted success"},
		"accepted by a person":      {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByHuman)), "acceptance accepted success"},
		"accepted, nobody said who": {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByUnknown)), "acceptance accepted success"},
		"accepted by a setting":     {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByConfig)), ""},
		"rejected by a hook":        {code(schemas.CodeSuggestionRejected, decided(schemas.DecidedByHook)), ""},
		"dismissed by timeout":      {code(schemas.CodeSuggestionDismissed, decided(schemas.DecidedByTimeout)), ""},
		"partially accepted":        {code(schemas.CodeSuggestionPartiallyAccepted), "acceptance partially_accepted success"},
		"rejected":                  {code(schemas.CodeSuggestionRejected), "acceptance rejected failure"},
		"dismissed":                 {code(schemas.CodeSuggestionDismissed), "acceptance dismissed failure"},
		"shown":                     {code(schemas.CodeSuggestionShown), ""},
		"saved":                     {code(schemas.CodeFileSaved), ""},
		"half survives":             {code(schemas.CodeSurvivalObserved, survival(600, 0.5)), "retention survived success"},
		"less survives":             {code(schemas.CodeSurvivalObserved, survival(600, 0.499)), "retention lost failure"},
		"early checkpoint":          {code(schemas.CodeSurvivalObserved, survival(300, 0)), ""},
		"a bit later":               {code(schemas.CodeSurvivalObserved, survival(603, 1)), "retention survived success"},
		"second look":               {code(schemas.CodeSurvivalObserved, survival(900, 0)), ""},
		"four_gram":                 {code(schemas.CodeSurvivalObserved, survival(600, 0.2), method("four_gram")), "retention lost failure"},
		"second measure":            {code(schemas.CodeSurvivalObserved, survival(600, 0.2), method("no_revert")), ""},
		"survival unknown":          {code(schemas.CodeSurvivalObserved, func(e *schemas.CodeEvent) { e.CheckpointS = schemas.Some[int32](600) }), ""},
		"thumbs up":                 {chat(schemas.ChatReplyRated, schemas.RatingUp), "rating thumbs_up success"},
		"thumbs down":               {chat(schemas.ChatReplyRated, schemas.RatingDown), "rating thumbs_down failure"},
		"rating taken back":         {chat(schemas.ChatReplyRated, schemas.RatingNone), ""},
		"prompt":                    {chat(schemas.ChatPromptSent, schemas.RatingNone), ""},
		"clean":                     {finding(schemas.FindingScanCompleted, schemas.SeverityNone), "security scan_clean success"},
		"medium":                    {finding(schemas.FindingScanCompleted, schemas.SeverityMedium), "security scan_clean success"},
		"high":                      {finding(schemas.FindingScanCompleted, schemas.SeverityHigh), "security scan_findings failure"},
		"critical":                  {finding(schemas.FindingScanCompleted, schemas.SeverityCritical), "security scan_findings failure"},
		"partial, nothing":          {finding(schemas.FindingScanPartial, schemas.SeverityNone), ""},
		"partial, high":             {finding(schemas.FindingScanPartial, schemas.SeverityHigh), "security scan_findings failure"},
		"not scanned":               {finding(schemas.FindingNotScanned, schemas.SeverityNone), ""},
		"single finding":            {finding(schemas.FindingFinding, schemas.SeverityCritical), ""},
		"merged":                    {change(schemas.ChangeChangeMerged), "delivery merged success"},
		"reverted":                  {change(schemas.ChangeChangeReverted), "delivery reverted failure"},
		"merged without assistant":  {change(schemas.ChangeChangeMerged, unassisted), ""},
		"incident of the change":    {change(schemas.ChangeIncidentOpened, func(e *schemas.ChangeEvent) { e.IncidentID = "i" }), "delivery incident failure"},
		"incident of no change":     {change(schemas.ChangeIncidentOpened, func(e *schemas.ChangeEvent) { e.IncidentID = "ch" }), ""},
		"deployment":                {change(schemas.ChangeDeployment), ""},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := Map(consumers.Input{Event: test.event, Topic: "x"})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range events {
				o := e.(*schemas.Outcome)
				got += o.Category + " " + o.Signal + " " + string(o.Kind)
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestOutcomeCarriesItsSubject(t *testing.T) {
	e := code(schemas.CodeSuggestionRejected)
	e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID, e.TeamToken = "s", "co", "ch", "se", "t"
	e.SampleWeight = schemas.Some(2.5)
	events, err := Map(consumers.Input{Event: e, Topic: "assistant.code"})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, error %v", len(events), err)
	}
	got := events[0].(*schemas.Outcome)
	want := &schemas.Outcome{
		Envelope: schemas.Envelope{
			EventID: got.EventID, OccurredAt: envelope.OccurredAt, Source: "outcomes", Org: "acme", Environment: schemas.EnvironmentDogfood,
		},
		Kind: schemas.OutcomeFailure, Domain: "m|1|chat|go|acceptance", Category: "acceptance", Signal: "rejected", Weight: 2.5,
		CausedBy: "e1", CauseTopic: "assistant.code", Model: "m", ModelVersion: "1", Feature: "chat", Language: "go",
		SuggestionID: "s", ConversationID: "co", ChangeID: "ch", SessionID: "se", TeamToken: "t",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n%+v, want\n%+v", got, want)
	}
	if len(got.EventID) != 22 {
		t.Errorf("event id %q", got.EventID)
	}
}

func TestBadWeightIsAnError(t *testing.T) {
	for _, w := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		e := code(schemas.CodeSuggestionAccepted)
		e.SampleWeight = schemas.Some(w)
		if _, err := Map(consumers.Input{Event: e}); err == nil {
			t.Errorf("weight %v was accepted", w)
		}
	}
	if _, err := Map(consumers.Input{Event: new(schemas.DeadLetter)}); err == nil {
		t.Error("a dead letter was accepted")
	}
}

// Different causes, categories and orgs have different ids; the same cause has the same one.
func TestIDs(t *testing.T) {
	id := func(set func(*schemas.CodeEvent)) string {
		e := code(schemas.CodeSuggestionAccepted)
		set(e)
		events, err := Map(consumers.Input{Event: e})
		if err != nil || len(events) != 1 {
			t.Fatalf("%d events, error %v", len(events), err)
		}
		return events[0].Env().EventID
	}
	first := id(func(*schemas.CodeEvent) {})
	if again := id(func(e *schemas.CodeEvent) { e.Model = "other" }); again != first {
		t.Error("the same cause has two ids")
	}
	if other := id(func(e *schemas.CodeEvent) { e.EventID = "e2" }); other == first {
		t.Error("two causes share an id")
	}
	if other := id(func(e *schemas.CodeEvent) { e.Org = "other" }); other == first {
		t.Error("two orgs share an id")
	}
}

func TestDomainIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a|%27C]{0,4}`)
		draw := func() subject {
			return subject{model: part.Draw(t, "model"), version: part.Draw(t, "version"), feature: part.Draw(t, "feature"), language: part.Draw(t, "language")}
		}
		a, b := draw(), draw()
		if (a == b) != (a.domain("x") == b.domain("x")) {
			t.Fatalf("%+v and %+v: %s and %s", a, b, a.domain("x"), b.domain("x"))
		}
	})
}

// Whatever an event says, it is at most one outcome of a category, and the weight is its own.
func TestOncePerCategory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := code(
			rapid.SampledFrom([]schemas.CodeKind{schemas.CodeSuggestionAccepted, schemas.CodeSuggestionRejected, schemas.CodeSurvivalObserved}).Draw(t, "kind"),
			survival(rapid.Int32Range(0, 2000).Draw(t, "at"), rapid.Float64Range(0, 1).Draw(t, "fraction")),
			decided(rapid.SampledFrom([]schemas.DecidedBy{"", schemas.DecidedByHuman, schemas.DecidedByConfig}).Draw(t, "by")),
		)
		events, err := Map(consumers.Input{Event: e})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, event := range events {
			o := event.(*schemas.Outcome)
			if seen[o.Category] || o.Weight != 1 {
				t.Fatalf("%d outcomes, weight %v", len(events), o.Weight)
			}
			seen[o.Category] = true
		}
	})
}

func BenchmarkMap(b *testing.B) {
	for _, bench := range []struct {
		name  string
		event schemas.Event
	}{
		{"outcome", code(schemas.CodeSurvivalObserved, survival(600, 1))},
		{"none", code(schemas.CodeFileSaved)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			in := consumers.Input{Event: bench.event, Topic: "assistant.code"}
			for b.Loop() {
				if _, err := Map(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
