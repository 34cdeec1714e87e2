package outcomes

import (
	"fmt"
	"math"
	"strings"

	"github.com/assayhq/assay/schemas"
)

// subject is what an outcome is about.
type subject struct {
	model, version, feature, language               string
	suggestion, conversation, change, session, team string
	weight                                          schemas.Opt[float64]
}

func codeSubject(e *schemas.CodeEvent) subject {
	return subject{
		e.Model, e.ModelVersion, e.Feature, e.Language,
		e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID, e.TeamToken, e.SampleWeight,
	}
}

func chatSubject(e *schemas.ChatEvent) subject {
	return subject{
		e.Model, e.ModelVersion, e.Feature, e.Language,
		e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID, e.TeamToken, e.SampleWeight,
	}
}

func findingSubject(f *schemas.Finding) subject {
	return subject{
		f.Model, f.ModelVersion, f.Feature, f.Language,
		f.SuggestionID, f.ConversationID, f.ChangeID, f.SessionID, f.TeamToken, schemas.Opt[float64]{},
	}
}

func changeSubject(e *schemas.ChangeEvent) subject {
	return subject{
		e.Model, e.ModelVersion, e.Feature, e.Language,
		e.SuggestionID, e.ConversationID, e.ChangeID, e.SessionID, e.TeamToken, e.SampleWeight,
	}
}

// outcome returns the observation; its id follows from the cause and the category.
func (s subject) outcome(cause *schemas.Envelope, category, signal string, result schemas.OutcomeKind) (*schemas.Outcome, error) {
	weight := s.weight.Or(1)
	if !(weight > 0) || math.IsInf(weight, 0) { // also false for NaN
		return nil, fmt.Errorf("sample_weight %v is not a positive number", weight)
	}
	o := &schemas.Outcome{
		Envelope:       *cause,
		Kind:           result,
		Domain:         s.domain(category),
		Category:       category,
		Signal:         signal,
		Weight:         weight,
		CausedBy:       cause.EventID,
		Model:          s.model,
		ModelVersion:   s.version,
		Feature:        s.feature,
		Language:       s.language,
		SuggestionID:   s.suggestion,
		ConversationID: s.conversation,
		ChangeID:       s.change,
		SessionID:      s.session,
		TeamToken:      s.team,
	}
	o.EventID = schemas.DerivedID(Name, cause.Org, cause.EventID, category)
	o.Source = Name
	return o, nil
}

var escape = strings.NewReplacer("%", "%25", "|", "%7C")

// domain is model|version|feature|language|category; what is unknown is empty. Different parts give different domains.
func (s subject) domain(category string) string {
	parts := [...]string{s.model, s.version, s.feature, s.language, category}
	for i, p := range parts {
		parts[i] = escape.Replace(p)
	}
	return strings.Join(parts[:], "|")
}
