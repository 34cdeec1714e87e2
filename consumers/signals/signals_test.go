package signals

import (
	"math"
	"slices"
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
	return &schemas.ChatEvent{Envelope: envelope, Kind: kind, ConversationID: "c", MessageID: "r", Rating: r}
}

func finding(kind schemas.FindingKind, s schemas.Severity, set ...func(*schemas.Finding)) *schemas.Finding {
	f := &schemas.Finding{Envelope: envelope, Kind: kind, FileID: "f", CausedBy: "scanned", Severity: s}
	for _, set := range set {
		set(f)
	}
	return f
}

func cwe(id string) func(*schemas.Finding) { return func(f *schemas.Finding) { f.CWE = id } }

func tag(kind schemas.ConfusionKind, channel, model string) *schemas.ConfusionTag {
	return &schemas.ConfusionTag{Envelope: envelope, Kind: kind, ConversationID: "c", CausedBy: "prompt", Channel: channel, Model: model}
}

func rework(kind schemas.ReworkKind, v schemas.Verdict, at int32, fraction float64, reported bool) *schemas.ReworkVerdict {
	return &schemas.ReworkVerdict{
		Envelope: envelope, Kind: kind, FileID: "f", SuggestionID: "s", Verdict: v,
		CheckpointS: schemas.Some(at), Survival: schemas.Some(fraction), Reported: reported,
	}
}

func change(kind schemas.ChangeKind, set ...func(*schemas.ChangeEvent)) *schemas.ChangeEvent {
	e := &schemas.ChangeEvent{Envelope: envelope, Kind: kind, ChangeID: "ch"}
	for _, f := range set {
		f(e)
	}
	return e
}

func finished(assisted schemas.Opt[bool], succeeded bool) func(*schemas.ChangeEvent) {
	return func(e *schemas.ChangeEvent) { e.Assisted, e.Succeeded = assisted, schemas.Some(succeeded) }
}

func TestSignals(t *testing.T) {
	unassisted := func(e *schemas.ChangeEvent) { e.Assisted = schemas.Some(false) }
	sealed := func(e *schemas.CodeEvent) { e.Sealed = []byte{1} }
	shadow := func(f *schemas.Finding) { f.Shadow = true }
	for name, test := range map[string]struct {
		event schemas.Event
		want  string // category signal kind subject; empty: no signal
	}{
		"accepted":                  {code(schemas.CodeSuggestionAccepted), "acceptance accepted success event/acme/e1"},
		"accepted by a person":      {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByHuman)), "acceptance accepted success event/acme/e1"},
		"accepted, nobody said who": {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByUnknown)), "acceptance accepted success event/acme/e1"},
		"accepted by a setting":     {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByConfig)), ""},
		"accepted by a timeout":     {code(schemas.CodeSuggestionAccepted, decided(schemas.DecidedByTimeout)), ""},
		"rejected by a hook":        {code(schemas.CodeSuggestionRejected, decided(schemas.DecidedByHook)), ""},
		"rejected by timeout":       {code(schemas.CodeSuggestionRejected, decided(schemas.DecidedByTimeout)), "acceptance timed_out failure event/acme/e1"},
		"dismissed by timeout":      {code(schemas.CodeSuggestionDismissed, decided(schemas.DecidedByTimeout)), "acceptance timed_out failure event/acme/e1"},
		"partially accepted":        {code(schemas.CodeSuggestionPartiallyAccepted), "acceptance partially_accepted success event/acme/e1"},
		"rejected":                  {code(schemas.CodeSuggestionRejected), "acceptance rejected failure event/acme/e1"},
		"dismissed":                 {code(schemas.CodeSuggestionDismissed), "acceptance dismissed failure event/acme/e1"},
		"shown without content":     {code(schemas.CodeSuggestionShown), ""},
		"shown":                     {code(schemas.CodeSuggestionShown, sealed), "acceptance shown context event/acme/e1"},
		"saved":                     {code(schemas.CodeFileSaved), ""},
		"half survives":             {code(schemas.CodeSurvivalObserved, survival(600, 0.5)), "retention survived success event/acme/e1"},
		"less survives":             {code(schemas.CodeSurvivalObserved, survival(600, 0.499)), "retention lost failure event/acme/e1"},
		"early checkpoint":          {code(schemas.CodeSurvivalObserved, survival(300, 0)), ""},
		"a bit later":               {code(schemas.CodeSurvivalObserved, survival(603, 1)), "retention survived success event/acme/e1"},
		"second look":               {code(schemas.CodeSurvivalObserved, survival(900, 0)), ""},
		"four_gram":                 {code(schemas.CodeSurvivalObserved, survival(600, 0.2), method("four_gram")), "retention lost failure event/acme/e1"},
		"second measure":            {code(schemas.CodeSurvivalObserved, survival(600, 0.2), method("no_revert")), ""},
		"survival unknown":          {code(schemas.CodeSurvivalObserved, func(e *schemas.CodeEvent) { e.CheckpointS = schemas.Some[int32](600) }), ""},
		"thumbs up":                 {chat(schemas.ChatReplyRated, schemas.RatingUp), "rating thumbs_up success message/acme/r"},
		"thumbs down":               {chat(schemas.ChatReplyRated, schemas.RatingDown), "rating thumbs_down failure message/acme/r"},
		"rating taken back":         {chat(schemas.ChatReplyRated, schemas.RatingNone), ""},
		"prompt":                    {chat(schemas.ChatPromptSent, schemas.RatingNone), ""},
		"copied":                    {chat(schemas.ChatReplyCopied, schemas.RatingNone), "delivery copied success message/acme/r"},
		"overridden":                {chat(schemas.ChatReplyOverridden, schemas.RatingNone), "delivery overridden failure message/acme/r"},
		"undone":                    {chat(schemas.ChatReplyUndone, schemas.RatingNone), "delivery undone failure message/acme/r"},
		"clean":                     {finding(schemas.FindingScanCompleted, schemas.SeverityNone), "security scan_clean success event/acme/scanned"},
		"medium":                    {finding(schemas.FindingScanCompleted, schemas.SeverityMedium), "security scan_clean success event/acme/scanned"},
		"high":                      {finding(schemas.FindingScanCompleted, schemas.SeverityHigh), "security scan_findings failure event/acme/scanned"},
		"critical":                  {finding(schemas.FindingScanCompleted, schemas.SeverityCritical), "security scan_findings failure event/acme/scanned"},
		"partial, nothing":          {finding(schemas.FindingScanPartial, schemas.SeverityNone), ""},
		"partial, high":             {finding(schemas.FindingScanPartial, schemas.SeverityHigh), "security scan_findings failure event/acme/scanned"},
		"not scanned":               {finding(schemas.FindingNotScanned, schemas.SeverityNone), ""},
		"grave weakness":            {finding(schemas.FindingFinding, schemas.SeverityCritical, cwe("CWE-89")), "security scan_findings failure event/acme/scanned"},
		"weakness on trial":         {finding(schemas.FindingFinding, schemas.SeverityCritical, cwe("CWE-89"), shadow), ""},
		"small weakness":            {finding(schemas.FindingFinding, schemas.SeverityMedium, cwe("CWE-89")), ""},
		"small secret":              {finding(schemas.FindingFinding, schemas.SeverityMedium, cwe("CWE-798")), "security secret context event/acme/scanned"},
		"confused":                  {tag(schemas.ConfusionConfused, "chat", ""), "confusion confused failure message/acme/prompt"},
		"not confused":              {tag(schemas.ConfusionNotConfused, "chat", ""), "confusion not_confused success message/acme/prompt"},
		"abstained":                 {tag(schemas.ConfusionAbstained, "chat", ""), ""},
		"review of unknown code":    {tag(schemas.ConfusionConfused, "review", ""), ""},
		"review of a model's code":  {tag(schemas.ConfusionConfused, "review", "m"), "confusion confused failure message/acme/prompt"},
		"measured":                  {rework(schemas.ReworkCheckpoint, schemas.VerdictRewritten, 600, 0.6, false), "retention measured_survived success suggestion/acme/s"},
		"measured, lost":            {rework(schemas.ReworkCheckpoint, schemas.VerdictDeleted, 600, 0.1, false), "retention measured_lost failure suggestion/acme/s"},
		"measured, early":           {rework(schemas.ReworkCheckpoint, schemas.VerdictDeleted, 300, 0.1, false), ""},
		"reported as a verdict":     {rework(schemas.ReworkCheckpoint, schemas.VerdictNone, 600, 0.1, true), ""},
		"final, kept":               {rework(schemas.ReworkFinal, schemas.VerdictKept, 0, 1, false), "retention kept success suggestion/acme/s"},
		"final, reverted":           {rework(schemas.ReworkFinal, schemas.VerdictReverted, 0, 0, false), "retention reverted failure suggestion/acme/s"},
		"censored":                  {rework(schemas.ReworkCensored, schemas.VerdictNone, 600, 0, false), ""},
		"merged":                    {change(schemas.ChangeChangeMerged), "delivery merged success change/acme/ch"},
		"reverted":                  {change(schemas.ChangeChangeReverted), "delivery reverted failure change/acme/ch"},
		"merged without assistant":  {change(schemas.ChangeChangeMerged, unassisted), ""},
		"incident of the change":    {change(schemas.ChangeIncidentOpened, func(e *schemas.ChangeEvent) { e.IncidentID = "i" }), "delivery incident failure change/acme/ch"},
		"incident of no change":     {change(schemas.ChangeIncidentOpened, func(e *schemas.ChangeEvent) { e.IncidentID = "ch" }), ""},
		"deployment":                {change(schemas.ChangeDeployment), ""},
		"task":                      {change(schemas.ChangeTaskFinished, finished(schemas.Some(true), true)), "delivery task_succeeded success change/acme/ch"},
		"failed task":               {change(schemas.ChangeTaskFinished, finished(schemas.Some(true), false)), "delivery task_failed failure change/acme/ch"},
		"task, perhaps assisted":    {change(schemas.ChangeTaskFinished, finished(schemas.Opt[bool]{}, false)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := Map(consumers.Input{Event: test.event, Topic: "x"})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range events {
				s := e.(*schemas.Signal)
				got += s.Category + " " + s.Signal + " " + string(s.Kind) + " " + s.Subject
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatBecomesOfAChangeIsKnownOfItsSuggestion(t *testing.T) {
	merged := change(schemas.ChangeChangeMerged, func(e *schemas.ChangeEvent) { e.SuggestionID = "s" })
	events, err := Map(consumers.Input{Event: merged, Topic: "x"})
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, error %v", len(events), err)
	}
	first, second := events[0].(*schemas.Signal), events[1].(*schemas.Signal)
	if first.Kind != success || first.Subject != "change/acme/ch" {
		t.Errorf("%+v", first)
	}
	if second.Kind != context || second.Subject != "suggestion/acme/s" || second.Value != schemas.Some(1.0) || second.EventID == first.EventID {
		t.Errorf("%+v", second)
	}
}

func TestBadWeightIsAnError(t *testing.T) {
	for _, w := range []float64{0, -1, maxWeight + 1, math.NaN(), math.Inf(1)} {
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

func TestSubjectsOfOrgsAndKindsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) [3]string {
			org := rapid.StringMatching(`[a%/2F]{0,4}`).Draw(t, name+" org")
			return [3]string{rapid.SampledFrom([]string{"suggestion", "message"}).Draw(t, name+" kind"), org, rapid.StringMatching(`[a%/2F]{0,4}`).Draw(t, name+" id")}
		}
		a, b := draw("a"), draw("b")
		if (a == b) != (subject(a[0], a[1], a[2]) == subject(b[0], b[1], b[2])) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

// A sample is the smallest of the set, whatever its order and repeats.
func TestFingerprintsAreSampled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(-40, 40), 0, 60).Draw(t, "fingerprints")
		before := slices.Clone(all)
		got := sample(all)
		if !slices.Equal(all, before) {
			t.Fatal("the event was changed")
		}
		set := slices.Clone(all)
		slices.Sort(set)
		set = slices.Compact(set)
		if len(got) != min(sampled, len(set)) || !slices.Equal(got, set[:len(got)]) {
			t.Fatalf("%v of %v", got, all)
		}
	})
}

func BenchmarkMap(b *testing.B) {
	for _, bench := range []struct {
		name  string
		event schemas.Event
	}{
		{"signal", code(schemas.CodeSurvivalObserved, survival(600, 1))},
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
