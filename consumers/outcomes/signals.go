package outcomes

import "github.com/assayhq/assay/schemas"

// Categories of outcomes.
const (
	acceptance = "acceptance" // did a person take the suggestion
	retention  = "retention"  // did the code stay
	rating     = "rating"     // did the person like the reply
	security   = "security"   // is the suggestion free of grave findings
	delivery   = "delivery"   // did the change hold
)

// stillInCode is the surviving fraction of an accepted suggestion from which Copilot counts it as still in the code
// (microsoft/vscode-copilot-chat, postInsertion.ts, stillInCodeFraction).
const stillInCode = 0.5

// The checkpoint at which retention is judged, in seconds after acceptance: the last one that Copilot's completions have.
// Clients that look again later, as Copilot's chat after 900 s, must not be counted twice, so the next one is excluded.
const (
	retentionFrom  = 600
	retentionUntil = 900
)

// signal is a kind of event that counts as a success or failure in a category. An event matches at most one signal of a
// category, so that each cause counts once.
type signal[E schemas.Event] struct {
	kind     string
	when     func(E) bool // nil: always
	category string
	name     string
	result   schemas.OutcomeKind
}

var codeSignals = []signal[*schemas.CodeEvent]{
	{string(schemas.CodeSuggestionAccepted), byPerson, acceptance, "accepted", schemas.OutcomeSuccess},
	{string(schemas.CodeSuggestionPartiallyAccepted), byPerson, acceptance, "partially_accepted", schemas.OutcomeSuccess},
	{string(schemas.CodeSuggestionRejected), byPerson, acceptance, "rejected", schemas.OutcomeFailure},
	{string(schemas.CodeSuggestionDismissed), byPerson, acceptance, "dismissed", schemas.OutcomeFailure},
	{string(schemas.CodeSurvivalObserved), survived, retention, "survived", schemas.OutcomeSuccess},
	{string(schemas.CodeSurvivalObserved), lost, retention, "lost", schemas.OutcomeFailure},
}

var chatSignals = []signal[*schemas.ChatEvent]{
	{string(schemas.ChatReplyRated), rated(schemas.RatingUp), rating, "thumbs_up", schemas.OutcomeSuccess},
	{string(schemas.ChatReplyRated), rated(schemas.RatingDown), rating, "thumbs_down", schemas.OutcomeFailure},
}

// A partial scan proves what it found, not that there is nothing else; what wasn't scanned proves nothing.
var findingSignals = []signal[*schemas.Finding]{
	{string(schemas.FindingScanCompleted), grave, security, "scan_findings", schemas.OutcomeFailure},
	{string(schemas.FindingScanCompleted), notGrave, security, "scan_clean", schemas.OutcomeSuccess},
	{string(schemas.FindingScanPartial), grave, security, "scan_findings", schemas.OutcomeFailure},
}

var changeSignals = []signal[*schemas.ChangeEvent]{
	{string(schemas.ChangeChangeMerged), assisted, delivery, "merged", schemas.OutcomeSuccess},
	{string(schemas.ChangeChangeReverted), assisted, delivery, "reverted", schemas.OutcomeFailure},
	{string(schemas.ChangeIncidentOpened), incidentOfChange, delivery, "incident", schemas.OutcomeFailure},
}

// byPerson excludes what a setting, a hook or a timeout decided. Many clients don't say who did.
func byPerson(e *schemas.CodeEvent) bool {
	return e.DecidedBy == schemas.DecidedByHuman || e.DecidedBy == schemas.DecidedByUnknown || e.DecidedBy == ""
}

// atCheckpoint leaves out no_revert, which clients send beside another measure of the same moment.
func atCheckpoint(e *schemas.CodeEvent) bool {
	at := e.CheckpointS.Or(0)
	return e.Survival.Set && at >= retentionFrom && at < retentionUntil && e.SurvivalMethod != "no_revert"
}

func survived(e *schemas.CodeEvent) bool { return atCheckpoint(e) && e.Survival.Value >= stillInCode }

func lost(e *schemas.CodeEvent) bool { return atCheckpoint(e) && e.Survival.Value < stillInCode }

func rated(r schemas.Rating) func(*schemas.ChatEvent) bool {
	return func(e *schemas.ChatEvent) bool { return e.Rating == r }
}

func grave(f *schemas.Finding) bool {
	return f.Severity == schemas.SeverityHigh || f.Severity == schemas.SeverityCritical
}

func notGrave(f *schemas.Finding) bool { return !grave(f) }

// assisted leaves out changes that are known to be made without an assistant.
func assisted(e *schemas.ChangeEvent) bool { return e.Assisted.Or(true) }

// incidentOfChange is false where the change id stands in for an incident that no change is known for.
func incidentOfChange(e *schemas.ChangeEvent) bool {
	return assisted(e) && e.ChangeID != e.IncidentID
}
