package gate

import (
	_ "embed"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/assayhq/assay/consumers/policyfile"
	"github.com/assayhq/assay/schemas"
)

//go:embed policy.yaml
var defaultPolicy []byte

// Policy says what blocks and what asks for a person; see policy.yaml. Build it with ParsePolicy or DefaultPolicy.
type Policy struct {
	Block     bar          `yaml:"block"`
	Unscanned string       `yaml:"unscanned"`
	Review    []condition  `yaml:"review"`
	Precision precision    `yaml:"precision"`
	Revert    revertPolicy `yaml:"revert"`

	hash string
}

// bar is the least severity and confidence of a finding.
type bar struct {
	Severity   schemas.Severity   `yaml:"severity"`
	Confidence schemas.Confidence `yaml:"confidence"`
}

type condition struct {
	ID              string             `yaml:"id"`
	Reason          string             `yaml:"reason"`
	Paths           []string           `yaml:"paths"`
	Languages       []string           `yaml:"languages"`
	Features        []string           `yaml:"features"`
	Severity        schemas.Severity   `yaml:"severity"`
	Confidence      schemas.Confidence `yaml:"confidence"`
	Lines           int32              `yaml:"lines"`
	NewModelVersion bool               `yaml:"new_model_version"`
}

type precision struct {
	Floor      float64 `yaml:"floor"`
	MinTriages int     `yaml:"min_triages"`
	Z          float64 `yaml:"z"`
}

type revertPolicy struct {
	IncidentSeverity schemas.Severity `yaml:"incident_severity"`
}

// What an unscanned suggestion means.
const (
	unscannedReview = "review"
	unscannedPass   = "pass"
)

// In ascending order.
var (
	severities = []schemas.Severity{
		schemas.SeverityNone, schemas.SeverityLow, schemas.SeverityMedium, schemas.SeverityHigh, schemas.SeverityCritical,
	}
	confidences = []schemas.Confidence{schemas.ConfidenceNone, schemas.ConfidenceLow, schemas.ConfidenceMedium, schemas.ConfidenceHigh}
)

// DefaultPolicy is the policy that ships with Assay.
func DefaultPolicy() *Policy {
	p, err := ParsePolicy(defaultPolicy)
	if err != nil {
		panic(err) // a test parses it
	}
	return p
}

// ParsePolicy reads a policy in YAML. The error lists every problem with its line.
func ParsePolicy(source []byte) (*Policy, error) {
	p := new(Policy)
	file, err := policyfile.Read("policy", source, p)
	if err != nil {
		return nil, err
	}
	if err := p.check(file); err != nil {
		return nil, err
	}
	p.hash = file.Hash()
	return p, nil
}

// Hash is the content hash of the policy, which every decision carries.
func (p *Policy) Hash() string { return p.hash }

var conditionID = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// check returns every problem of the policy.
func (p *Policy) check(file *policyfile.File) error {
	require := func(ok bool, field, format string, args ...any) { file.Require(ok, field, field+" "+format, args...) }
	severity := func(s schemas.Severity, field string) {
		require(slices.Contains(severities, s), field, "must be none, low, medium, high or critical, is %q", s)
	}
	confidence := func(c schemas.Confidence, field string) {
		require(slices.Contains(confidences, c), field, "must be none, low, medium or high, is %q", c)
	}
	severity(p.Block.Severity, "block.severity")
	confidence(p.Block.Confidence, "block.confidence")
	require(p.Unscanned == unscannedReview || p.Unscanned == unscannedPass, "unscanned", "must be review or pass, is %q", p.Unscanned)
	require(p.Precision.Floor >= 0 && p.Precision.Floor <= 1, "precision.floor", "must be from 0 to 1, is %v", p.Precision.Floor)
	require(p.Precision.MinTriages >= 1, "precision.min_triages", "must be at least 1, is %d", p.Precision.MinTriages)
	require(p.Precision.Z > 0, "precision.z", "must be over 0, is %v", p.Precision.Z)
	severity(p.Revert.IncidentSeverity, "revert.incident_severity")
	seen := map[string]bool{}
	for i := range p.Review {
		c := &p.Review[i]
		at := func(field string) string { return fmt.Sprintf("review[%d].%s", i, field) }
		require(conditionID.MatchString(c.ID) && c.ID != unscannedID && c.ID != findingID, at("id"), "must be lower-case words joined by - or _, is %q", c.ID)
		require(!seen[c.ID], at("id"), "is used by an earlier entry")
		seen[c.ID] = true
		if c.Severity != "" {
			severity(c.Severity, at("severity"))
		}
		if c.Confidence != "" {
			confidence(c.Confidence, at("confidence"))
			require(c.Severity != "", at("confidence"), "means nothing without a severity")
		}
		require(c.Lines >= 0, at("lines"), "must not be negative, is %d", c.Lines)
		require(len(c.Paths)+len(c.Languages)+len(c.Features) > 0 || c.Severity != "" || c.Lines > 0 || c.NewModelVersion, at("id"), "has no condition: say when a person must look")
	}
	return file.Err()
}

// reached tells whether a finding is grave and sure enough.
func (b bar) reached(f *finding) bool {
	return slices.Index(severities, f.Severity) >= slices.Index(severities, b.Severity) &&
		slices.Index(confidences, f.Confidence) >= slices.Index(confidences, b.Confidence)
}

// holds tells whether the condition holds for a suggestion in a change. weak are the suggestion's findings that count and don't
// block; known tells whether the repository has code of the model's version already.
func (c *condition) holds(ch *change, s *suggestion, weak []string, known bool) bool {
	in := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	if !in(c.Paths, s.Path) || !in(c.Languages, s.Language) || !in(c.Features, s.Feature) || ch.Lines < c.Lines || c.NewModelVersion && known {
		return false
	}
	least := bar{Severity: c.Severity, Confidence: c.Confidence}
	return c.Severity == "" || slices.ContainsFunc(weak, func(id string) bool { return least.reached(s.Findings[id]) })
}

// distrusts tells whether a rule is surely less precise than the floor: whether the upper bound of the Wilson score interval
// (Wilson 1927) of its precision is below it.
func (p precision) distrusts(t tally) bool {
	n := float64(t.True + t.False)
	if n < float64(p.MinTriages) {
		return false
	}
	rate, z2 := float64(t.True)/n, p.Z*p.Z
	upper := (rate + z2/(2*n) + p.Z*math.Sqrt(rate*(1-rate)/n+z2/(4*n*n))) / (1 + z2/n)
	return upper < p.Floor
}
