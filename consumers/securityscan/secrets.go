package securityscan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// secrets finds hard-coded secrets with the rules and the engine of gitleaks.
type secrets struct {
	detector *detect.Detector
	hash     string
}

// newSecrets reads gitleaks' own rules. detect.NewDetectorDefaultConfig does that too, but through viper's global state.
func newSecrets() (secrets, error) {
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return secrets{}, fmt.Errorf("read the rules of gitleaks: %w", err)
	}
	var raw config.ViperConfig
	if err := v.Unmarshal(&raw); err != nil {
		return secrets{}, fmt.Errorf("unpack the rules of gitleaks: %w", err)
	}
	rules, err := raw.Translate()
	if err != nil {
		return secrets{}, fmt.Errorf("compile the rules of gitleaks: %w", err)
	}
	for id, rule := range rules.Rules {
		if rule.Regex == nil { // judges the path alone: not the suggestion
			delete(rules.Rules, id)
		}
	}
	sum := sha256.Sum256([]byte(config.DefaultConfig))
	d := detect.NewDetector(rules)
	d.IgnoreGitleaksAllow = true // the assistant must not acquit itself by a comment
	return secrets{detector: d, hash: hex.EncodeToString(sum[:8])}, nil
}

// Hash implements scanner.
func (s secrets) Hash() string { return s.hash }

// Scan is deterministic, unlike gitleaks, which ranges over a map of rules. gitleaks logs matches at trace level only, and
// its logger is set to info. gitleaks isn't told the path: it would take what lies in a lock file or a vendor folder for clean
// without looking, which costs more time than the looking.
func (s secrets) Scan(_, _, code string) ([]weakness.Weakness, weakness.Coverage) {
	var found []weakness.Weakness
	//lint:ignore SA1019 what is to replace it in v9 can't be handed to Detect in v8
	fragment := detect.Fragment{Raw: code}
	for _, f := range s.detector.Detect(fragment) {
		start := locate(code, f)
		found = append(found, weakness.At(weakness.Rule{
			ID: f.RuleID, CWE: "CWE-798", OWASP: "A07:2021",
			Severity: schemas.SeverityHigh, Confidence: confidence(f.RuleID),
			Message: f.Description,
			Fix:     "Read it from the environment or a secret store; revoke it if it is real.",
		}, code, start, start+len(f.Secret)))
	}
	return weakness.Sort(found), weakness.Coverage{}
}

// confidence is lower for rules that go by a variable's name and entropy than for those that know a provider's format.
func confidence(rule string) schemas.Confidence {
	if strings.Contains(rule, "generic") {
		return schemas.ConfidenceMedium
	}
	return schemas.ConfidenceHigh
}

// locate returns the offset of the secret. gitleaks only says the line, from 0, and its columns are off by one on all
// lines but the first.
func locate(code string, f report.Finding) int {
	start := 0
	for range f.StartLine {
		start += strings.IndexByte(code[start:], '\n') + 1
	}
	start += max(strings.Index(code[start:], f.Match), 0)
	return start + max(strings.Index(code[start:], f.Secret), 0)
}
