package signals

import "github.com/assayhq/assay/schemas"

// Categories of signals and outcomes.
const (
	Acceptance = "acceptance" // did a person take the suggestion
	Retention  = "retention"  // did the code stay
	Rating     = "rating"     // did the person like the reply
	Security   = "security"   // is the suggestion free of grave findings
	Confusion  = "confusion"  // did the person understand the reply
	Delivery   = "delivery"   // did the change or the reply put to use hold
)

// rule says which events are a signal. An event meets at most one rule of a category.
type rule[E schemas.Event] struct {
	kind     string
	when     func(E) bool // nil: always
	category string
	signal   string
	says     schemas.SignalKind
}

const (
	context = schemas.SignalContext
	success = schemas.SignalSuccess
	failure = schemas.SignalFailure
)

var codeRules = []rule[*schemas.CodeEvent]{
	{string(schemas.CodeSuggestionShown), hasContent, Acceptance, "shown", context},
	{string(schemas.CodeSuggestionAccepted), byPerson, Acceptance, "accepted", success},
	{string(schemas.CodeSuggestionPartiallyAccepted), byPerson, Acceptance, "partially_accepted", success},
	{string(schemas.CodeSuggestionRejected), byPerson, Acceptance, "rejected", failure},
	{string(schemas.CodeSuggestionRejected), byTimeout, Acceptance, "timed_out", failure},
	{string(schemas.CodeSuggestionDismissed), byPerson, Acceptance, "dismissed", failure},
	{string(schemas.CodeSuggestionDismissed), byTimeout, Acceptance, "timed_out", failure},
	{string(schemas.CodeSurvivalObserved), reportedSurvival(true), Retention, "survived", success},
	{string(schemas.CodeSurvivalObserved), reportedSurvival(false), Retention, "lost", failure},
}

// A reply that was put to use is copied, and held unless the person put something else in its place or undid it.
var chatRules = []rule[*schemas.ChatEvent]{
	{string(schemas.ChatReplyRated), rated(schemas.RatingUp), Rating, "thumbs_up", success},
	{string(schemas.ChatReplyRated), rated(schemas.RatingDown), Rating, "thumbs_down", failure},
	{string(schemas.ChatReplyCopied), nil, Delivery, "copied", success},
	{string(schemas.ChatReplyOverridden), nil, Delivery, "overridden", failure},
	{string(schemas.ChatReplyUndone), nil, Delivery, "undone", failure},
}

// A partial scan proves what it found, not that there is nothing else; what wasn't scanned proves nothing. A secret is context
// even where it isn't grave: it keeps code out of the examples.
var findingRules = []rule[*schemas.Finding]{
	{string(schemas.FindingFinding), func(f *schemas.Finding) bool { return !f.Shadow && grave(f) }, Security, "scan_findings", failure},
	{string(schemas.FindingFinding), func(f *schemas.Finding) bool { return !f.Shadow && !grave(f) && Secret(f.CWE) }, Security, "secret", context},
	{string(schemas.FindingScanCompleted), grave, Security, "scan_findings", failure},
	{string(schemas.FindingScanCompleted), func(f *schemas.Finding) bool { return !grave(f) }, Security, "scan_clean", success},
	{string(schemas.FindingScanPartial), grave, Security, "scan_findings", failure},
}

// Review comments count where the change is known to come from a model.
var confusionRules = []rule[*schemas.ConfusionTag]{
	{string(schemas.ConfusionConfused), aboutModel, Confusion, "confused", failure},
	{string(schemas.ConfusionNotConfused), aboutModel, Confusion, "not_confused", success},
}

// What clients report is in assistant.code already.
var reworkRules = []rule[*schemas.ReworkVerdict]{
	{string(schemas.ReworkCheckpoint), measuredSurvival(true), Retention, "measured_survived", success},
	{string(schemas.ReworkCheckpoint), measuredSurvival(false), Retention, "measured_lost", failure},
	{string(schemas.ReworkFinal), verdict(schemas.VerdictKept), Retention, "kept", success},
	{string(schemas.ReworkFinal), verdict(schemas.VerdictMoved), Retention, "moved", success},
	{string(schemas.ReworkFinal), verdict(schemas.VerdictRewritten), Retention, "rewritten", failure},
	{string(schemas.ReworkFinal), verdict(schemas.VerdictDeleted), Retention, "deleted", failure},
	{string(schemas.ReworkFinal), verdict(schemas.VerdictReverted), Retention, "reverted", failure},
}

var changeRules = []rule[*schemas.ChangeEvent]{
	{string(schemas.ChangeChangeMerged), assisted, Delivery, "merged", success},
	{string(schemas.ChangeChangeReverted), assisted, Delivery, "reverted", failure},
	{string(schemas.ChangeIncidentOpened), incidentOfChange, Delivery, "incident", failure},
	{string(schemas.ChangeTaskFinished), task(true), Delivery, "task_succeeded", success},
	{string(schemas.ChangeTaskFinished), task(false), Delivery, "task_failed", failure},
}

// byPerson excludes what a setting or a hook decided. Many clients don't say who did.
func byPerson(e *schemas.CodeEvent) bool {
	return e.DecidedBy == schemas.DecidedByHuman || e.DecidedBy == schemas.DecidedByUnknown || e.DecidedBy == ""
}

// byTimeout is a suggestion that was on display and that nobody took, the only form of rejection that some clients have.
func byTimeout(e *schemas.CodeEvent) bool { return e.DecidedBy == schemas.DecidedByTimeout }

func hasContent(e *schemas.CodeEvent) bool { return len(e.Sealed) > 0 || len(e.Fingerprints) > 0 }

// stillInCode is the surviving fraction of an accepted suggestion from which Copilot counts it as still in the code
// (microsoft/vscode-copilot-chat, postInsertion.ts, stillInCodeFraction).
const stillInCode = 0.5

// The checkpoint at which retention is judged, in seconds after acceptance: the last one that Copilot's completions have.
// Later looks, as Copilot's chat after 900 s, are not its business, so the next one is excluded.
const (
	retentionFrom  = 600
	retentionUntil = 900
)

func survives(survival schemas.Opt[float64], checkpoint schemas.Opt[int32], want bool) bool {
	at := checkpoint.Or(0)
	return survival.Set && at >= retentionFrom && at < retentionUntil && (survival.Value >= stillInCode) == want
}

// reportedSurvival leaves out no_revert, which clients send beside another measure of the same moment.
func reportedSurvival(want bool) func(*schemas.CodeEvent) bool {
	return func(e *schemas.CodeEvent) bool {
		return survives(e.Survival, e.CheckpointS, want) && e.SurvivalMethod != "no_revert"
	}
}

func measuredSurvival(want bool) func(*schemas.ReworkVerdict) bool {
	return func(v *schemas.ReworkVerdict) bool { return !v.Reported && survives(v.Survival, v.CheckpointS, want) }
}

func verdict(want schemas.Verdict) func(*schemas.ReworkVerdict) bool {
	return func(v *schemas.ReworkVerdict) bool { return !v.Reported && v.Verdict == want }
}

func rated(r schemas.Rating) func(*schemas.ChatEvent) bool {
	return func(e *schemas.ChatEvent) bool { return e.Rating == r }
}

// grave findings count against a suggestion.
func grave(f *schemas.Finding) bool {
	return f.Severity == schemas.SeverityHigh || f.Severity == schemas.SeverityCritical
}

// Secret tells whether a weakness is a credential in the code: it doesn't belong into an example, however it is rated.
func Secret(cwe string) bool {
	switch cwe {
	case "CWE-259", "CWE-312", "CWE-321", "CWE-522", "CWE-540", "CWE-615", "CWE-798":
		return true
	}
	return false
}

func aboutModel(t *schemas.ConfusionTag) bool { return t.Channel != "review" || t.Model != "" }

// assisted leaves out changes that are known to be made without an assistant.
func assisted(e *schemas.ChangeEvent) bool { return e.Assisted.Or(true) }

// incidentOfChange is false where the change id stands in for an incident that no change is known for.
func incidentOfChange(e *schemas.ChangeEvent) bool { return assisted(e) && e.ChangeID != e.IncidentID }

// task is one that an assistant is known to have been used for.
func task(succeeded bool) func(*schemas.ChangeEvent) bool {
	return func(e *schemas.ChangeEvent) bool {
		return e.Assisted.Or(false) && e.Succeeded.Set && e.Succeeded.Value == succeeded
	}
}
