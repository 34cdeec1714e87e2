package signals

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/assayhq/assay/schemas"
)

var escape = strings.NewReplacer("%", "%25", "/", "%2F")

// subject is the key of what a signal is about; different orgs and kinds never share one.
func subject(kind, org, id string) string { return kind + "/" + escape.Replace(org) + "/" + id }

// suggestionOr is the suggestion, or where it has no id the event that holds it.
func suggestionOr(org, suggestion, event string) string {
	if suggestion != "" {
		return subject("suggestion", org, suggestion)
	}
	return subject("event", org, event)
}

// replyOf is the suggestion, else the message, else the conversation.
func replyOf(org, suggestion, message, conversation string) string {
	switch {
	case suggestion != "":
		return subject("suggestion", org, suggestion)
	case message != "":
		return subject("message", org, message)
	}
	return subject("conversation", org, conversation)
}

func codeTemplate(e *schemas.CodeEvent, s *schemas.Signal) {
	s.Subject = suggestionOr(e.Org, e.SuggestionID, e.EventID)
	s.Weight, s.Value = e.SampleWeight.Or(1), e.Survival
	s.Model, s.ModelVersion, s.Feature, s.Language = e.Model, e.ModelVersion, e.Feature, e.Language
	s.SuggestionID, s.ConversationID, s.ChangeID, s.SessionID = e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID
	s.FileID, s.TeamToken, s.RepoToken = e.FileID, e.TeamToken, e.RepoToken
	s.Fingerprints = sample(e.Fingerprints)
	if len(e.Sealed) > 0 {
		s.Attributes = map[string]string{Content: "true"}
	}
}

func chatTemplate(e *schemas.ChatEvent, s *schemas.Signal) {
	s.Subject = replyOf(e.Org, e.SuggestionID, e.MessageID, e.ConversationID)
	s.Weight = e.SampleWeight.Or(1)
	s.Model, s.ModelVersion, s.Feature, s.Language = e.Model, e.ModelVersion, e.Feature, e.Language
	s.SuggestionID, s.ConversationID, s.ChangeID, s.SessionID = e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID
	s.FileID, s.TeamToken, s.RepoToken = e.FileID, e.TeamToken, e.RepoToken
}

func findingTemplate(f *schemas.Finding, s *schemas.Signal) {
	s.Subject = suggestionOr(f.Org, f.SuggestionID, f.CausedBy)
	s.CWE, s.Severity = f.CWE, f.Severity
	s.Model, s.ModelVersion, s.Feature, s.Language = f.Model, f.ModelVersion, f.Feature, f.Language
	s.SuggestionID, s.ConversationID, s.ChangeID, s.SessionID = f.SuggestionID, f.ConversationID, f.ChangeID, f.SessionID
	s.FileID, s.TeamToken, s.RepoToken = f.FileID, f.TeamToken, f.RepoToken
}

// confusionTemplate takes the message that shows confusion for the subject: each one is an observation.
func confusionTemplate(t *schemas.ConfusionTag, s *schemas.Signal) {
	s.Subject = replyOf(t.Org, t.SuggestionID, cmp.Or(t.MessageID, t.CausedBy), t.ConversationID)
	s.Weight, s.Value = t.SampleWeight.Or(1), t.Score
	s.Model, s.ModelVersion, s.Feature, s.Language = t.Model, t.ModelVersion, t.Feature, t.Language
	s.SuggestionID, s.ConversationID, s.ChangeID, s.SessionID = t.SuggestionID, t.ConversationID, t.ChangeID, t.SessionID
	s.TeamToken, s.RepoToken = t.TeamToken, t.RepoToken
}

// reworkTemplate tells accepted pieces that have no id apart by file and time of acceptance.
func reworkTemplate(v *schemas.ReworkVerdict, s *schemas.Signal) {
	if s.Subject = subject("suggestion", v.Org, v.SuggestionID); v.SuggestionID == "" {
		s.Subject = subject("piece", v.Org, v.FileID+"@"+strconv.FormatInt(v.AcceptedAt.Value.UnixMilli(), 10))
	}
	s.Weight, s.Value = v.SampleWeight.Or(1), v.Survival
	s.Model, s.ModelVersion, s.Feature, s.Language = v.Model, v.ModelVersion, v.Feature, v.Language
	s.SuggestionID, s.ConversationID, s.ChangeID, s.SessionID = v.SuggestionID, v.ConversationID, v.ChangeID, v.SessionID
	s.FileID, s.TeamToken, s.RepoToken = v.FileID, v.TeamToken, v.RepoToken
}

func changeTemplate(e *schemas.ChangeEvent, s *schemas.Signal) {
	s.Subject = subject("change", e.Org, e.ChangeID)
	s.Weight, s.Severity = e.SampleWeight.Or(1), e.Severity
	s.Model, s.ModelVersion, s.Feature, s.Language = e.Model, e.ModelVersion, e.Feature, e.Language
	s.SuggestionID, s.ConversationID, s.ChangeID, s.SessionID = e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID
	s.TeamToken, s.RepoToken = e.TeamToken, e.RepoToken
}

// Content is the attribute of a signal whose cause holds the suggestion's sealed text, and of the score of such a suggestion.
const Content = "content"

// sampled is how many fingerprints a signal carries.
const sampled = 16

// sample keeps the smallest fingerprints. They are keyed hashes, so that these are a random sample of the set, and of two sets
// the same one (bottom-k sketch; Broder 1997, On the resemblance and containment of documents).
func sample(fingerprints []int64) []int64 {
	if len(fingerprints) == 0 {
		return nil
	}
	all := slices.Clone(fingerprints)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(sampled, len(all))]
}
