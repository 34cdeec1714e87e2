package securityscan

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// severities in ascending order.
var severities = []schemas.Severity{
	schemas.SeverityNone, schemas.SeverityLow, schemas.SeverityMedium, schemas.SeverityHigh, schemas.SeverityCritical,
}

// report returns the findings and, last, the summary.
func (s service) report(cause *schemas.CodeEvent, r examined) []schemas.Event {
	subject := cause.SuggestionID
	if subject == "" {
		subject = cause.EventID
	}
	events := make([]schemas.Event, 0, len(r.Found)+1)
	seen := make(map[string]int, len(r.Found))
	worst := schemas.SeverityNone
	for _, w := range r.Found {
		f := s.finding(cause, r.payload, w)
		same := f.RuleID + " " + f.MatchHash
		f.EventID = schemas.DerivedID(Name, cause.Org, subject, f.RuleID, f.MatchHash, strconv.Itoa(seen[same]))
		seen[same]++
		if !f.Shadow && slices.Index(severities, f.Severity) > slices.Index(severities, worst) {
			worst = f.Severity
		}
		events = append(events, f)
	}
	summary := s.derive(cause)
	summary.EventID = schemas.DerivedID(Name, cause.Org, subject, string(r.Kind))
	summary.Kind = r.Kind
	summary.Reason = r.Reason
	summary.Severity = worst
	summary.Findings = schemas.Some(int32(len(r.Found)))
	if r.Kind == schemas.FindingNotScanned {
		summary.Findings = schemas.Opt[int32]{}
	}
	return append(events, summary)
}

// derive returns a finding with what it has in common with its cause.
func (s service) derive(cause *schemas.CodeEvent) *schemas.Finding {
	f := &schemas.Finding{
		Envelope:       cause.Envelope,
		FileID:         cause.FileID,
		CausedBy:       cause.EventID,
		SuggestionID:   cause.SuggestionID,
		SessionID:      cause.SessionID,
		ConversationID: cause.ConversationID,
		ChangeID:       cause.ChangeID,
		Model:          cause.Model,
		ModelVersion:   cause.ModelVersion,
		Feature:        cause.Feature,
		Language:       cause.Language,
		TeamToken:      cause.TeamToken,
		RepoToken:      cause.RepoToken,
		PathToken:      cause.PathToken,
		RulePack:       s.scanner.Hash(),
		Severity:       schemas.SeverityNone,
		Confidence:     schemas.ConfidenceNone,
		Origin:         schemas.FindingOriginUnknown,
	}
	f.Source = Name
	return f
}

func (s service) finding(cause *schemas.CodeEvent, p schemas.Payload, w weakness.Weakness) *schemas.Finding {
	match := p.Code[w.Start:w.End]
	_, last := utf8.DecodeLastRuneInString(match)
	lineStart, columnStart := Position(p.Code, w.Start)
	lineEnd, columnEnd := Position(p.Code, w.End-last)

	f := s.derive(cause)
	f.Kind = schemas.FindingFinding
	f.RuleID, f.CWE, f.OWASP, f.Shadow = w.Rule.ID, w.CWE, w.OWASP, w.Shadow
	f.Severity, f.Confidence = w.Severity, w.Confidence
	f.Message, f.FixHint = w.Message, w.Fix
	f.LineStart, f.LineEnd = schemas.Some(lineStart), schemas.Some(lineEnd)
	f.ColumnStart, f.ColumnEnd = schemas.Some(columnStart), schemas.Some(columnEnd)
	f.MatchHash = s.hash(cause.Org, match)
	f.MatchLength = schemas.Some(int32(len(match)))
	switch {
	case p.Prompt == "":
	case strings.Contains(p.Prompt, match):
		f.Origin = schemas.FindingOriginInherited
	default:
		f.Origin = schemas.FindingOriginIntroduced
	}
	if _, ok := Suppressed(p.Code, w); ok {
		f.Attributes = maps.Clone(f.Attributes)
		if f.Attributes == nil {
			f.Attributes = make(map[string]string, 1)
		}
		f.Attributes["suppressed"] = "inline"
	}
	return f
}

// hash differs between orgs, so that nobody learns that two of them share a secret. 128 bits.
func (s service) hash(org, match string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(strconv.Itoa(len(org)) + ":" + org + match))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// Position returns the line and column, in code points, of the byte at offset, both from 1.
func Position(code string, offset int) (line, column int32) {
	before := code[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return int32(1 + strings.Count(before, "\n")), int32(1 + utf8.RuneCountInString(before[start:]))
}
